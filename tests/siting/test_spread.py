"""Whole numbers are shared out and none is lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridmgmt.siting.spread import spread

MEMBERS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), min_size=1, max_size=30)


@given(MEMBERS, st.lists(st.integers(0, 10_000), min_size=4, max_size=4))
def test_shares_of_a_group_add_up_to_its_total_and_follow_the_scores(members: list[tuple[int, int]], totals: list[int]) -> None:
    group, score = np.array(members, np.int64).T
    shares = spread(np.array(totals, np.int64), group, score)
    for number in range(4):
        here = group == number
        whole = score[here].sum()
        assert shares[here].sum() == (totals[number] if whole else 0)
        if whole:
            exact = totals[number] * score[here] / whole
            assert (np.abs(shares[here] - exact) < 1).all()
    assert (shares[score == 0] == 0).all()


def test_the_largest_remainder_is_rounded_up_and_the_first_of_equals() -> None:
    shares = spread(np.array([10, 1]), np.array([0, 0, 0, 1, 1]), np.array([1, 1, 1, 5, 5]))
    assert shares.tolist() == [4, 3, 3, 1, 0]
