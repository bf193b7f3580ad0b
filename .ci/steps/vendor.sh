#!/bin/sh
# Copy what pages need from node_modules into gridmgmt/web/static/vendor, one folder per package.
set -eu
vendor=gridmgmt/web/static/vendor

copy() {
    package=$1
    shift
    mkdir -p "$vendor/$package"
    for file in "$@"; do
        cp -R "node_modules/$package/dist/$file" "$vendor/$package/"
    done
}

rm -rf $vendor
copy leaflet leaflet.js leaflet.css images
copy leaflet.vectorgrid Leaflet.VectorGrid.bundled.min.js
