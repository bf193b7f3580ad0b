#!/bin/sh
# Every check, all of them even when one fails.
set -u
failed=""

check() {
    name=$1
    shift
    printf '    %-16s' "$name"
    if output=$("$@" 2>&1); then
        echo ok
    else
        printf 'FAILED\n%s\n' "$output"
        failed="$failed $name"
    fi
}

tracked() {
    git ls-files --cached --others --exclude-standard -- "$@"
}

check format ruff format --check .
check ruff ruff check .
check types mypy
check architecture lint-imports
# shellcheck disable=SC2046 # our own file names hold no spaces
{
    [ -z "$(tracked '*.sql')" ] || check sql sqlfluff lint --disable-progress-bar $(tracked '*.sql')
    [ -z "$(tracked '*.html')" ] || check templates djlint --lint --quiet $(tracked 'gridmgmt/*.html')
    check shell shellcheck run .ci/run $(tracked '*.sh')
}
check dockerfile hadolint docker/Dockerfile docker/pgbouncer.Dockerfile
check compose check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml docker/compose.scale.yaml
if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
