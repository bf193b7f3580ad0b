#!/bin/sh
# The slow tests, then those that drive a browser: on both cores, each worker with a city and a browser of its own.
set -eu
python -m pytest -q -n 2 --dist loadfile -m "slow and not browser" "$@"
python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m browser "$@"
