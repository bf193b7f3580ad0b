"""Points along the frontages of roads."""

from __future__ import annotations

import numpy as np
from shapely import LineString

from gridmgmt.roads.model import RoadClass
from gridmgmt.siting.frontage import crossings, walk_frontages
from tests.siting.drawn_ground import column


def test_points_stand_every_step_beside_the_road_left_and_right_in_turn() -> None:
    lines, classes = column(LineString([(0, 0), (100, 0)])), column("tertiary")
    found = walk_frontages(lines, classes, step_m=25.0, allowed=[RoadClass.TERTIARY], both_sides=False)
    assert found.xy.tolist() == [[12.5, 12.0], [37.5, -12.0], [62.5, 12.0], [87.5, -12.0]]
    assert found.number.tolist() == [1, 2, 3, 4]


def test_a_short_road_has_one_point_and_a_motorway_none() -> None:
    lines, classes = column(LineString([(0, 0), (10, 0)]), LineString([(0, 9), (500, 9)])), column("residential", "motorway")
    found = walk_frontages(lines, classes, step_m=25.0, allowed=[RoadClass.RESIDENTIAL], both_sides=True)
    assert found.xy.tolist() == [[5.0, 8.0], [5.0, -8.0]]


def test_a_crossing_is_where_three_arms_meet_and_a_bend_or_a_meeting_of_two_is_none() -> None:
    cross = column(LineString([(0, 0), (50, 0), (100, 0)]), LineString([(50, 0), (50, 70)]), LineString([(100, 0), (150, 10)]))
    assert crossings(cross).tolist() == [[50.0, 0.0]]
    assert np.shape(crossings(column(LineString([(0, 0), (1, 1), (2, 0)])))) == (0, 2)
