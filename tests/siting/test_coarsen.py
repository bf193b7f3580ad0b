"""Cells are joined where few people are."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmgmt.siting.coarsen import LEVELS, coarsen

POINTS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 900), st.integers(0, 900), st.integers(1, 500)), min_size=1, max_size=60)


@settings(deadline=None)
@given(POINTS, st.integers(4, 30))
def test_joined_points_share_an_area_and_a_cell_and_there_are_few_enough(points: list[tuple[int, int, int, int]], most: int) -> None:
    area, x, y, weight = np.array(points, np.int64).T
    xy = np.stack([x, y], axis=1).astype(np.float64)
    number, width = coarsen(area, xy, weight, cell_m=100.0, most=most)
    assert len(width) == number.max() + 1
    for cell in range(len(width)):
        here = number == cell
        assert len(set(area[here])) == 1
        assert (np.ptp(xy[here], axis=0) <= 100.0 * width[cell]).all()
    assert len(width) <= most or (width == 2**LEVELS).all()


def test_the_dense_area_stays_fine() -> None:
    xy = np.array([[float(n % 4) * 100, float(n // 4) * 100] for n in range(16)] * 2)
    area, weight = np.repeat([0, 1], 16), np.repeat([1000, 1], 16)
    number, width = coarsen(area, xy, weight, cell_m=100.0, most=20)
    assert len(np.unique(number[:16])) == 16
    assert (width[number[:16]] == 1).all()
    assert (width[number[16:]] > 1).all()
