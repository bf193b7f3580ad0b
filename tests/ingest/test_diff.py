"""What a new list of road segments changes."""

from __future__ import annotations

import dataclasses

from shapely import LineString

from gridmgmt.hierarchy.model import ChangeKind
from gridmgmt.ingest.diff import SegmentDifference, compare_segments
from gridmgmt.roads.model import RoadClass
from tests.toy_city import SEGMENTS, point

R1, R2, R3 = SEGMENTS


def lines(difference: SegmentDifference) -> list[tuple[ChangeKind, str | None, str | None]]:
    return [(change.kind, change.old_code, change.new_code) for change in difference.changes]


def test_the_same_roads_change_nothing() -> None:
    same = compare_segments(SEGMENTS, SEGMENTS)
    assert not same
    assert same.unchanged == 3


def test_a_road_renamed_reclassed_and_redrawn_says_all_three() -> None:
    new = dataclasses.replace(R1, name="新路", road_class=RoadClass.TRUNK, line=LineString([point(0, 10), point(200, 12)]))
    difference = compare_segments(SEGMENTS, [new, R2, R3])
    assert {change.kind: change.detail for change in difference.changes} == {
        ChangeKind.RENAMED: "南大路 → 新路",
        ChangeKind.ATTRIBUTES: "road_class: primary → trunk",
        ChangeKind.RESHAPED: "200.0 → 200.0 m, up to 2.0 m apart",
    }
    assert (difference.ended, [each.code for each in difference.opened]) == (("R1",), ["R1"])


def test_the_same_line_under_another_code_is_recoded() -> None:
    difference = compare_segments(SEGMENTS, [dataclasses.replace(R1, code="R9"), R2, R3])
    assert lines(difference) == [(ChangeKind.RECODED, "R1", "R9")]


def test_a_partial_source_and_codes_to_keep_end_nothing() -> None:
    assert not compare_segments(SEGMENTS, [R1], partial=True)
    assert lines(compare_segments(SEGMENTS, [R1], keep=frozenset({"R2"}))) == [(ChangeKind.REMOVED, "R3", None)]


def test_a_blank_name_does_not_erase() -> None:
    assert not compare_segments(SEGMENTS, [dataclasses.replace(R1, name=None), R2, R3])
