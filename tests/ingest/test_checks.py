"""Every check finds its fault, and only that."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Iterable

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon

from gridmgmt.city.model import CityProfile, CodeScheme, Level
from gridmgmt.hierarchy.model import Area, RetiredCode
from gridmgmt.ingest.area_layer import AreaLayer
from gridmgmt.ingest.checks import Surroundings, check_areas
from gridmgmt.ingest.checks_coverage import check_siblings
from gridmgmt.ingest.checks_shapes import Tolerance
from gridmgmt.ingest.layer import Fault, FaultKind
from tests.toy_city import AREAS, EAST_COMMUNITY, NORTH_WEST, PROFILE, SOUTH_EAST, SOUTH_WEST, WEST_COMMUNITY, area, point, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
COMMUNITIES = {each.code: each for each in AREAS if each.level is Level.COMMUNITY}
LOCAL = dataclasses.replace(PROFILE, code_scheme=CodeScheme.LOCAL)
AROUND = Surroundings([], COMMUNITIES, {})


def grid(code: str, shape: MultiPolygon, parent: str | None = WEST_COMMUNITY) -> Area:
    return area(Level.UNIT_GRID, code, None, parent, shape)


def layer(areas: list[Area]) -> AreaLayer:
    return AreaLayer(areas[0].level, np.arange(1, len(areas) + 1), tuple(areas))


def faults_of(areas: list[Area], around: Surroundings = AROUND, profile: CityProfile = PROFILE, *, fix: bool = False) -> list[Fault]:
    return check_areas(layer(areas), around, profile, fix=fix)[1]


def kinds(faults: Iterable[Fault]) -> list[tuple[int, FaultKind]]:
    return [(fault.feature, fault.kind) for fault in faults]


def test_the_toy_city_passes() -> None:
    assert faults_of(GRIDS) == []


def bow_tie() -> MultiPolygon:
    return MultiPolygon([Polygon([point(0, 0), point(100, 100), point(100, 0), point(0, 100)])])


def test_an_invalid_polygon_is_left_out_and_says_where() -> None:
    kept, faults = check_areas(layer([grid(SOUTH_WEST, bow_tie()), *GRIDS[1:]]), AROUND, PROFILE)
    assert SOUTH_WEST not in kept.codes
    assert faults[1].feature == 1
    assert faults[1].kind is FaultKind.INVALID
    assert faults[1].blocking
    assert "Self-intersection[500050 3380050]" in faults[1].reason


def test_fix_repairs_it_and_reports_the_change_of_area() -> None:
    kept, faults = check_areas(layer([grid(SOUTH_WEST, bow_tie()), *GRIDS[1:]]), AROUND, PROFILE, fix=True)
    repaired = next(each.shape for each in kept.areas if each.code == SOUTH_WEST)
    assert repaired is not None
    assert repaired.is_valid
    assert repaired.area == pytest.approx(5000)
    invalid = next(fault for fault in faults if fault.kind is FaultKind.INVALID)
    assert not invalid.blocking
    assert "repaired, area 0.0 → 5,000.0 m²" in invalid.reason


def test_an_overlap_names_both_and_carries_the_piece() -> None:
    faults = faults_of([grid(SOUTH_WEST, rectangle(0, 0, 105, 100)), *GRIDS[1:]])
    overlap = next(fault for fault in faults if fault.kind is FaultKind.OVERLAP)
    assert (overlap.feature, overlap.code) == (1, SOUTH_WEST)
    assert overlap.reason == f"overlaps {SOUTH_EAST} (feature 3) by 500.0 m² (5.0% of the smaller)"
    assert overlap.shape is not None
    assert shapely.equals(overlap.shape, rectangle(100, 0, 105, 100))
    assert kinds(fault for fault in faults if fault.blocking) == [(1, FaultKind.OUTSIDE_PARENT), (1, FaultKind.OVERLAP)]


def test_a_copy_and_an_area_inside_another_overlap_too() -> None:
    inside = grid("420100001001003", rectangle(20, 20, 40, 40))
    copy = grid("420100001001004", rectangle(0, 100, 100, 200))
    overlaps = {(fault.feature, fault.reason.split()[1]) for fault in faults_of([*GRIDS, inside, copy]) if fault.kind is FaultKind.OVERLAP}
    assert overlaps == {(1, inside.code), (2, copy.code)}


def test_an_overlap_with_a_stored_area_that_stays_is_found() -> None:
    around = Surroundings(GRIDS[2:], COMMUNITIES, {})
    overlap = next(
        fault for fault in faults_of([grid(SOUTH_WEST, rectangle(0, 0, 105, 100)), GRIDS[1]], around) if fault.kind is FaultKind.OVERLAP
    )
    assert f"the stored {SOUTH_EAST}" in overlap.reason


def test_an_overlap_up_to_the_tolerance_is_only_a_border_that_does_not_match() -> None:
    faults = faults_of([grid(SOUTH_WEST, rectangle(0, 0, 100.0078125, 100)), *GRIDS[1:]])
    assert {fault.kind for fault in faults} == {FaultKind.MISMATCHED_BORDER}
    assert not any(fault.blocking for fault in faults)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 12)] * 2, *[st.integers(1, 5)] * 2), min_size=1, max_size=9))
def test_overlaps_agree_with_comparing_every_pair(boxes: list[tuple[int, int, int, int]]) -> None:
    areas = [grid(str(i), rectangle(x * 10, y * 10, (x + w) * 10, (y + h) * 10)) for i, (x, y, w, h) in enumerate(boxes)]
    found = {
        (int(fault.code or ""), int(fault.reason.split()[1]))
        for fault in check_siblings(layer(areas), [], Tolerance())
        if fault.kind is FaultKind.OVERLAP
    }
    shapes = [each.shape for each in areas]
    brute = {(i, j) for i, a in enumerate(shapes) for j, b in enumerate(shapes) if i < j and a and b and a.intersection(b).area > 1}
    assert found == brute


def test_a_gap_belongs_to_the_parent() -> None:
    faults = faults_of([GRIDS[0], grid(NORTH_WEST, rectangle(0, 100, 100, 180)), *GRIDS[2:]])
    gap = next(fault for fault in faults if fault.kind is FaultKind.GAP)
    assert (gap.feature, gap.code, gap.blocking) == (0, WEST_COMMUNITY, False)
    assert gap.reason == "1 gaps, 2,000.0 m² in all (10.0%), the largest 2,000.0 m²"


def test_an_area_outside_its_parent_says_how_much_of_it() -> None:
    faults = faults_of([GRIDS[0], grid(NORTH_WEST, rectangle(0, 100, 100, 220)), *GRIDS[2:]])
    assert [(fault.kind, fault.reason) for fault in faults if fault.blocking] == [
        (FaultKind.OUTSIDE_PARENT, f"2,000.0 m² (16.7%) lie outside its parent {WEST_COMMUNITY}")
    ]


def test_a_sliver_is_said() -> None:
    sliver = MultiPolygon([*rectangle(0, 0, 99.5, 100).geoms, *rectangle(99.75, 0, 100, 100).geoms])
    assert (1, FaultKind.SLIVER) in kinds(faults_of([grid(SOUTH_WEST, sliver), *GRIDS[1:]]))


def test_a_code_that_does_not_nest_is_fatal() -> None:
    wrong_parent = grid("420100001001003", rectangle(100, 0, 200, 100), EAST_COMMUNITY)
    too_short = grid("42010000100100", rectangle(100, 100, 200, 200), "42010000100")
    faults = [fault for fault in faults_of([*GRIDS[:2], wrong_parent, too_short]) if fault.blocking]
    assert [(fault.feature, fault.kind, fault.reason) for fault in faults] == [
        (3, FaultKind.BROKEN_NESTING, f"the code does not begin with that of its parent {EAST_COMMUNITY}"),
        (4, FaultKind.BROKEN_NESTING, "a unit grid has 15 digits"),
    ]


def test_a_parent_must_exist_in_every_scheme() -> None:
    assert (1, FaultKind.NO_PARENT) in kinds(faults_of([grid("420100009001001", rectangle(0, 0, 100, 100), "420100009001")]))
    local = [grid("SQ-3-2", rectangle(0, 0, 100, 100), "SQ-3")]
    assert (1, FaultKind.NO_PARENT) in kinds(faults_of(local, profile=LOCAL))
    assert (1, FaultKind.NO_PARENT) in kinds(faults_of([grid("SQ-3-2", rectangle(0, 0, 100, 100), None)], profile=LOCAL))


def test_local_codes_may_look_like_anything() -> None:
    community = area(Level.COMMUNITY, "SQ-3", "三社区", None, rectangle(0, 0, 100, 100))
    around = Surroundings([], {"SQ-3": community}, {})
    assert faults_of([grid("SQ-3-2", rectangle(0, 0, 100, 100), "SQ-3")], around, LOCAL) == []


def test_importing_before_the_level_above_is_one_fault_not_one_a_feature() -> None:
    faults = faults_of(GRIDS, Surroundings([], {}, {}))
    assert [(fault.feature, fault.kind) for fault in faults] == [(0, FaultKind.WRONG_ORDER)]
    assert faults[0].reason == "no community is stored yet; import that level before unit grids"


def test_a_code_given_twice_is_fatal() -> None:
    faults = faults_of([*GRIDS, grid(SOUTH_WEST, rectangle(0, 200, 100, 210))])
    assert (5, FaultKind.DUPLICATE_CODE) in kinds(faults)


def test_a_retired_code_is_fatal_unless_the_same_edition_is_corrected() -> None:
    day = datetime.date(2025, 1, 1)
    retired = {SOUTH_WEST: RetiredCode(Level.UNIT_GRID, SOUTH_WEST, day, NORTH_WEST)}
    (fault,) = faults_of(GRIDS, Surroundings([], COMMUNITIES, retired, datetime.date(2026, 1, 1)))
    assert fault.kind is FaultKind.RETIRED_CODE
    assert fault.reason == f"retired on 2025-01-01 and never used again; {NORTH_WEST} carries on"
    assert faults_of(GRIDS, Surroundings([], COMMUNITIES, retired, day)) == []


def test_a_name_that_repeats_under_one_parent_is_said_but_not_across_parents() -> None:
    named = [dataclasses.replace(each, name="广场") for each in GRIDS]
    assert kinds(faults_of(named)) == [(2, FaultKind.REPEATED_NAME), (4, FaultKind.REPEATED_NAME)]


def test_an_area_beyond_the_envelope_is_left_out() -> None:
    kept, faults = check_areas(layer([*GRIDS, grid("420100001001003", rectangle(90_000, 0, 90_100, 100))]), AROUND, PROFILE)
    assert kinds(faults) == [(5, FaultKind.OUTSIDE_CITY)]
    assert len(kept.areas) == 4


@pytest.mark.slow
def test_forty_three_thousand_unit_grids_are_checked_within_half_a_minute() -> None:
    side = 208
    squares = [
        grid(
            f"{420100001001 + (i // 16) * 13 + j // 16}{(i % 16) * 16 + j % 16 + 1:03d}",
            rectangle(i * 10, j * 10, i * 10 + 10, j * 10 + 10),
            f"{420100001001 + (i // 16) * 13 + j // 16}",
        )
        for i in range(side)
        for j in range(side)
    ]
    parents = {
        code: area(Level.COMMUNITY, code, None, "420100001", rectangle(i * 160, j * 160, i * 160 + 160, j * 160 + 160))
        for i in range(13)
        for j in range(13)
        for code in [str(420100001001 + i * 13 + j)]
    }
    squares[777] = dataclasses.replace(squares[777], shape=shapely.transform(squares[777].shape, lambda xy: xy + 3))
    start = time.monotonic()
    faults = faults_of(squares, Surroundings([], parents, {}))
    assert time.monotonic() - start < 30
    assert {fault.kind for fault in faults} == {FaultKind.OVERLAP, FaultKind.GAP}
