"""Where points are drawn."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridmgmt.demo.density import draw_points, share_out
from gridmgmt.errors import InvalidInputError

CENTRE = (527_816.0, 3_384_446.0)  # 114.29 E 30.58 N


def test_points_lie_inside_and_gather_about_the_core() -> None:
    square = shapely.box(CENTRE[0] - 20_000, CENTRE[1] - 20_000, CENTRE[0] + 20_000, CENTRE[1] + 20_000)
    points = draw_points(np.random.default_rng(1), square, 4_000, 4547)
    assert shapely.contains_xy(square, points[:, 0], points[:, 1]).all()
    near = np.hypot(points[:, 0] - CENTRE[0], points[:, 1] - CENTRE[1]) < 5_000
    assert near.mean() > 3 * (np.pi * 25e6 / square.area)


def test_unit_grids_are_shared_out_to_the_last_one() -> None:
    shapes = [shapely.box(CENTRE[0] + x, CENTRE[1], CENTRE[0] + x + 3_000, CENTRE[1] + 3_000) for x in (0, 3_000, 40_000)]
    counts = share_out(1_001, shapes, [10, 20, 30], 4547)
    assert sum(counts) == 1_001
    assert all(count >= 4 * communities for count, communities in zip(counts, (10, 20, 30), strict=True))


def test_too_few_unit_grids_are_refused_with_the_number_needed() -> None:
    with pytest.raises(InvalidInputError, match="at least 240"):
        share_out(200, [shapely.box(0, 0, 1, 1)], [60], 4547)
