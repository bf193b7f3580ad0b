#!/bin/sh
# The slow and the browser tests; none of them being there is no failure.
python -m pytest -q -m "slow or browser" "$@"
status=$?
[ $status -ne 5 ] || status=0
exit $status
