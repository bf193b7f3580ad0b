#!/bin/sh
# Compile what the tests would otherwise wait for, each worker for itself: the test files, and what numba compiles when some of them run.
# What fails here fails again, and is shown, when they run in their turn.
exec python -m pytest -q -p no:cacheprovider -m "not slow and not browser" \
    -k "test_distance_solvers.py or test_search.py or test_check.py and siting or test_accessibility.py or test_point_index.py or test_answer_days.py" >/dev/null 2>&1
