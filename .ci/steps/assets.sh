#!/bin/sh
# Bring the front-end assets named in package-lock.json and compile the translations; pages load nothing from other hosts.
set -eu
stamp=gridmgmt/web/static/vendor/stamp
wanted="$(cat package-lock.json .ci/steps/vendor.sh | cksum)"

if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && [ -d node_modules ]; then
    echo "    up to date"
else
    if ! command -v npm >/dev/null; then
        echo "    no npm here: installing one into .venv from requirements-node.lock"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-node.lock
    fi
    npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
    sh .ci/steps/vendor.sh
    echo "$wanted" >$stamp
fi
if [ -d gridmgmt/web/translations ]; then
    .venv/bin/pybabel --quiet compile --directory gridmgmt/web/translations
fi
