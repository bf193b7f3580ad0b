#!/bin/sh
# The slow tests on both cores, then the browser tests alone, so that no other work makes a page late.
set -eu
python -m pytest -q -n 2 --dist loadfile -m "slow and not browser" "$@"
python -m pytest -q -m browser "$@"
