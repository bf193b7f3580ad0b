#!/bin/sh
# Bring the front-end assets named in package-lock.json and compile the translations; pages load nothing from other hosts.
set -eu
stamp=gridmgmt/web/static/vendor/stamp
wanted="$(cat package-lock.json ops/vendor.sh | cksum)"

if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && [ -d node_modules ]; then
    echo "    up to date"
else
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
    sh ops/vendor.sh
    echo "$wanted" >$stamp
fi
if [ -d gridmgmt/web/translations ]; then
    .venv/bin/pybabel --quiet compile --directory gridmgmt/web/translations
fi
