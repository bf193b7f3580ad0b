#!/bin/sh
# Compile what the tests would otherwise wait for, each worker for itself: the test files, and what numba compiles when these tests run.
# It may be stopped at any time: what is compiled by then stays. What fails here fails again, and is shown, when it runs in its turn.
exec python -m pytest -q -p no:cacheprovider -m "not slow and not browser" \
    -k "test_where_only_zones_changed or test_capacitated_is_the_best or test_p_median_is_the_best or test_walks_are_those or test_the_tables_of_a_search or test_a_sound_plan_has_no_faults" >/dev/null 2>&1
