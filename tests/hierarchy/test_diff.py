"""What a new list of areas changes."""

from __future__ import annotations

import dataclasses

import pytest
from shapely import MultiPolygon

from gridmgmt.city.model import Level
from gridmgmt.hierarchy.diff import Difference, compare_areas
from gridmgmt.hierarchy.model import Area, ChangeKind
from tests.toy_city import AREAS, EAST, NORTH_EAST, NORTH_WEST, SOUTH_EAST, SOUTH_WEST, WEST, WEST_COMMUNITY, area, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
COMMUNITIES = [each for each in AREAS if each.level is Level.COMMUNITY]


def compare(incoming: list[Area], *, current: list[Area] = GRIDS, partial: bool = False) -> Difference:
    return compare_areas(Level.UNIT_GRID, current, incoming, partial=partial)


def grid(code: str, shape: MultiPolygon, parent: str = WEST_COMMUNITY) -> Area:
    return area(Level.UNIT_GRID, code, None, parent, shape)


def lines(difference: Difference) -> list[tuple[ChangeKind, str | None, str | None]]:
    return [(change.kind, change.old_code, change.new_code) for change in difference.changes]


def test_the_same_areas_change_nothing() -> None:
    same = compare(GRIDS)
    assert not same
    assert same.unchanged == 4


def test_a_ring_that_begins_elsewhere_or_runs_the_other_way_is_the_same_shape() -> None:
    (ring,) = [part.exterior.coords[:-1] for part in rectangle(0, 0, 100, 100).geoms]
    turned = MultiPolygon([([*ring[2:], *ring[:2]][::-1], [])])
    assert not compare([grid(SOUTH_WEST, turned), *GRIDS[1:]])


def test_a_listed_code_that_is_new_is_added_and_a_stored_one_that_is_not_listed_is_removed() -> None:
    fresh = grid("420100001001003", rectangle(0, 200, 100, 260))
    difference = compare([*GRIDS[1:], fresh])
    assert lines(difference) == [(ChangeKind.REMOVED, SOUTH_WEST, None), (ChangeKind.ADDED, None, fresh.code)]
    assert difference.successors == {}


def test_the_same_shape_under_another_code_is_recoded() -> None:
    difference = compare([grid("420100001001009", rectangle(0, 0, 100, 100)), *GRIDS[1:]])
    assert lines(difference) == [(ChangeKind.RECODED, SOUTH_WEST, "420100001001009")]
    assert difference.successors == {SOUTH_WEST: "420100001001009"}
    assert [each.code for each in difference.added] == ["420100001001009"]
    assert [each.code for each in difference.removed] == [SOUTH_WEST]


def test_a_merged_area_is_carried_on_by_the_one_that_covers_most_of_it() -> None:
    merged = grid(SOUTH_WEST, rectangle(0, 0, 100, 200))
    difference = compare([merged, *GRIDS[2:]])
    assert lines(difference) == [(ChangeKind.REMOVED, NORTH_WEST, SOUTH_WEST), (ChangeKind.RESHAPED, SOUTH_WEST, SOUTH_WEST)]
    assert difference.successors == {NORTH_WEST: SOUTH_WEST}


def test_a_reshaped_area_says_by_how_much() -> None:
    wider = grid(SOUTH_WEST, rectangle(0, 0, 110, 100))
    narrower = grid(SOUTH_EAST, rectangle(110, 0, 200, 100), "420100002001")
    changes = compare([wider, GRIDS[1], narrower, GRIDS[3]]).changes
    assert [change.kind for change in changes] == [ChangeKind.RESHAPED] * 2
    assert [change.area_change_percent for change in changes] == pytest.approx([10.0, -10.0])
    assert changes[0].detail == "10,000 → 11,000 m²; 1,000 m² changed sides"


def test_one_area_may_be_renamed_moved_and_changed_in_its_attributes_at_once() -> None:
    moved = dataclasses.replace(COMMUNITIES[0], name="新社区", parent_code=EAST, population=7)
    difference = compare_areas(Level.COMMUNITY, COMMUNITIES, [moved, COMMUNITIES[1]])
    assert [(change.kind, change.detail) for change in difference.changes] == [
        (ChangeKind.ATTRIBUTES, "population: - → 7"),
        (ChangeKind.MOVED, f"{WEST} → {EAST}"),
        (ChangeKind.RENAMED, "西社区 → 新社区"),
    ]
    assert difference.changed == ((COMMUNITIES[0], moved),)


def test_a_blank_never_erases() -> None:
    stored = dataclasses.replace(COMMUNITIES[0], population=5, remark="x")
    listed = dataclasses.replace(stored, name=None, shape=None, geometry_source=None, population=None, remark=None)
    assert not compare_areas(Level.COMMUNITY, [stored], [listed])


def test_a_partial_source_removes_nothing() -> None:
    difference = compare([grid(SOUTH_WEST, rectangle(0, 0, 90, 100))], partial=True)
    assert lines(difference) == [(ChangeKind.RESHAPED, SOUTH_WEST, SOUTH_WEST)]


def named(code: str, name: str, parent: str = WEST) -> Area:
    return dataclasses.replace(COMMUNITIES[0], code=code, name=name, parent_code=parent, shape=None, geometry_source=None)


def test_without_shapes_an_equal_name_under_the_same_parent_is_recoded_and_keeps_the_shape() -> None:
    difference = compare_areas(Level.COMMUNITY, COMMUNITIES, [named("420100001777", "西社区"), COMMUNITIES[1]])
    assert lines(difference) == [(ChangeKind.RECODED, WEST_COMMUNITY, "420100001777")]
    assert difference.added[0].shape == COMMUNITIES[0].shape


def test_a_name_that_repeats_under_its_parent_decides_nothing() -> None:
    stored = [named("420100001001", "同名"), named("420100001002", "同名")]
    difference = compare_areas(Level.COMMUNITY, stored, [named("420100001003", "同名")])
    assert {change.kind for change in difference.changes} == {ChangeKind.ADDED, ChangeKind.REMOVED}


def test_a_recoded_parent_is_known_to_its_children() -> None:
    stored, listed = [named("420100001001", "甲")], [named("420100009001", "甲", "420100009")]
    difference = compare_areas(Level.COMMUNITY, stored, listed, recoded_parents={WEST: "420100009"})
    assert lines(difference) == [(ChangeKind.RECODED, "420100001001", "420100009001")]


def test_what_the_source_declares_merges_codes_and_their_shapes() -> None:
    declared = {WEST_COMMUNITY: "420100001500", "420100002001": "420100001500"}
    difference = compare_areas(Level.COMMUNITY, COMMUNITIES, [named("420100001500", "合并社区")], declared=declared)
    assert difference.successors == declared
    (merged,) = difference.added
    assert merged.shape is not None
    assert merged.shape.equals(rectangle(0, 0, 200, 200))
    assert [change.kind for change in difference.changes] == [ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.REMOVED]


def test_north_east_is_untouched_by_a_change_in_the_south_west() -> None:
    difference = compare([grid(SOUTH_WEST, rectangle(0, 0, 90, 100)), *GRIDS[1:]])
    assert NORTH_EAST not in {change.new_code for change in difference.changes}
    assert difference.unchanged == 3
