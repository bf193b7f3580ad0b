"""Coverage in SQL equals brute force with shapely, and every line of what "covered" means holds."""

from __future__ import annotations

import dataclasses
import datetime
import math
import random
from collections.abc import Sequence

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.crs import crs_to_crs, snap
from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities import store
from gridmgmt.facilities.coverage import RADIUS_RULES, DistrictCoverage
from gridmgmt.facilities.coverage_store import (
    _BY_DISTRICT,
    _COVERED_ANYWHERE,
    _COVERED_HERE,
    _values,
    coverage_by_district,
    covered_unit_grid_codes,
    facilities_fingerprint,
)
from gridmgmt.facilities.model import Facility, FacilityKind, FacilityStatus
from gridmgmt.hierarchy import store as hierarchy_store
from tests import toy_city
from tests.facilities.test_store import facility

TODAY = datetime.date(2026, 11, 1)
TOILET = FacilityKind.TOILET
ALL_GRIDS = [toy_city.SOUTH_WEST, toy_city.NORTH_WEST, toy_city.SOUTH_EAST, toy_city.NORTH_EAST]


def covered(session: Session, *facilities: Facility, radius_m: float = 60.0, on: datetime.date = TODAY) -> list[str]:
    store.add_facilities(session, facilities)
    return covered_unit_grid_codes(session, TOILET, radius_m=radius_m, on=on)


def test_a_grid_is_covered_up_to_and_including_the_radius(session: Session) -> None:
    assert covered(session, facility("T1", 50, 110), radius_m=60) == [toy_city.SOUTH_WEST, toy_city.NORTH_WEST]
    assert covered_unit_grid_codes(session, TOILET, radius_m=59.999, on=TODAY) == [toy_city.NORTH_WEST]


def test_a_facility_beyond_the_border_covers_all_the_same_but_is_counted_nowhere(session: Session) -> None:
    assert covered(session, facility("T1", -5, 50)) == [toy_city.SOUTH_WEST]
    (district,) = coverage_by_district(session, TOILET, radius_m=60, on=TODAY)
    assert (district.code, district.facilities, district.unit_grids, district.covered_unit_grids) == (toy_city.DISTRICT, 0, 4, 1)


@pytest.mark.parametrize(
    ("status", "opened", "closed", "counts"),
    [
        (FacilityStatus.OPEN, None, None, True),
        (FacilityStatus.OPEN, TODAY, None, True),
        (FacilityStatus.OPEN, TODAY + datetime.timedelta(1), None, False),
        (FacilityStatus.OPEN, None, TODAY, False),
        (FacilityStatus.CLOSED, None, TODAY + datetime.timedelta(1), True),
        (FacilityStatus.CLOSED, None, TODAY, False),
        (FacilityStatus.CLOSED, None, None, False),
        (FacilityStatus.PAUSED, None, None, False),
        (FacilityStatus.PLANNED, None, None, False),
        (FacilityStatus.BUILDING, TODAY, None, False),
    ],
)
def test_only_what_serves_on_the_day_counts(
    session: Session, status: FacilityStatus, opened: datetime.date | None, closed: datetime.date | None, *, counts: bool
) -> None:
    one = facility("T1", 50, 50, status=status, opened_on=opened, closed_on=closed)
    assert covered(session, one) == ([toy_city.SOUTH_WEST] if counts else [])
    (district,) = coverage_by_district(session, TOILET, radius_m=60, on=TODAY)
    assert (district.facilities, district.covered_unit_grids) == ((1, 1) if counts else (0, 0))
    assert (district.covered_area_m2 > 0) == counts


def test_another_kind_does_not_cover(session: Session) -> None:
    store.add_facilities(session, [facility("D1", 50, 50, kind=FacilityKind.DEMOLITION_SITE, status=FacilityStatus.ACTIVE)])
    assert covered_unit_grid_codes(session, TOILET, radius_m=60, on=TODAY) == []
    assert covered_unit_grid_codes(session, FacilityKind.DEMOLITION_SITE, radius_m=60, on=TODAY) == [toy_city.SOUTH_WEST]


def test_people_are_spread_over_the_grids_of_their_community(session: Session) -> None:
    session.execute(text("UPDATE area SET population = 1000 WHERE level = 'community' AND code = :code"), {"code": toy_city.WEST_COMMUNITY})
    covered(session, facility("T1", 50, 50))
    (district,) = coverage_by_district(session, TOILET, radius_m=60, on=TODAY)
    assert (district.population, district.covered_population, district.population_share) == (1000, 500.0, 0.5)
    assert district.grid_share == 0.25


def test_nobody_knows_the_people_where_communities_carry_none(session: Session) -> None:
    (district,) = coverage_by_district(session, TOILET, radius_m=60, on=TODAY)
    assert (district.population, district.covered_population, district.population_share) == (None, None, None)
    assert (district.facilities, district.covered_unit_grids, district.area_share) == (0, 0, 0.0)


def test_a_city_of_districts_and_unit_grids_only_is_counted_too(session: Session) -> None:
    session.execute(text("UPDATE city_profile SET levels = '{district,unit_grid}'"))
    session.execute(text("DELETE FROM area WHERE level IN ('street_office', 'community')"))
    session.execute(text("UPDATE area SET parent_code = :code WHERE level = 'unit_grid'"), {"code": toy_city.DISTRICT})
    covered(session, facility("T1", 100, 100), radius_m=71)
    (district,) = coverage_by_district(session, TOILET, radius_m=71, on=TODAY)
    assert (district.unit_grids, district.covered_unit_grids, district.population) == (4, 4, None)


def test_the_area_of_one_circle_is_that_of_the_circle(session: Session) -> None:
    covered(session, facility("T1", 100, 100), radius_m=90)
    (district,) = coverage_by_district(session, TOILET, radius_m=90, on=TODAY)
    assert district.covered_area_m2 == pytest.approx(math.pi * 90**2)


UNITED = text("""
SELECT st_area(st_intersection(
    (SELECT shape FROM area WHERE level = 'district'),
    st_union(st_buffer(point, :radius_m * sqrt(pi() / (16 * sin(pi() / 16))), 8))
)) FROM facility
""")


def test_the_area_of_many_circles_is_the_one_postgis_finds(session: Session) -> None:
    chance = random.Random(4)
    covered(session, *[facility(f"T{n}", float(snap(chance.uniform(-40, 240))), float(snap(chance.uniform(-40, 240)))) for n in range(40)])
    for radius_m in (7.0, 15.0, 60.0):
        (district,) = coverage_by_district(session, TOILET, radius_m=radius_m, on=TODAY)
        assert district.covered_area_m2 == pytest.approx(session.scalar(UNITED, {"radius_m": radius_m}), rel=1e-9)


def test_a_facility_on_the_border_of_two_districts_counts_for_the_lower_code(session: Session) -> None:
    session.execute(text("UPDATE area SET level = 'district', parent_code = NULL WHERE level = 'street_office'"))
    session.execute(text("DELETE FROM area WHERE level = 'district' AND code = :code"), {"code": toy_city.DISTRICT})
    covered(session, facility("T1", 100, 50), facility("T2", 150, 50))
    districts = coverage_by_district(session, TOILET, radius_m=60, on=TODAY)
    assert [entry.facilities for entry in districts] == [1, 1]


def test_the_fingerprint_changes_with_any_facility(session: Session) -> None:
    store.add_facilities(session, [facility("T1", 50, 50)])
    first = facilities_fingerprint(session)
    assert facilities_fingerprint(session) == first
    session.execute(text("UPDATE facility SET status = 'paused'"))
    second = facilities_fingerprint(session)
    session.execute(text("DELETE FROM facility"))
    assert len({first, second, facilities_fingerprint(session)}) == 3


def test_the_statement_finds_facilities_by_their_spatial_index(session: Session) -> None:
    chance = random.Random(1)
    crowd = [facility(f"T{n}", chance.uniform(-5000, 5000), chance.uniform(-5000, 5000)) for n in range(3000)]
    store.add_facilities(session, crowd)
    session.execute(text("ANALYZE facility"))
    values = {**_values(TOILET, 60.0, TODAY), "west": 0.0, "south": 0.0, "east": 1.0, "north": 1.0}
    for statement in (_BY_DISTRICT, _COVERED_ANYWHERE, _COVERED_HERE):
        plan = session.execute(text(f"EXPLAIN {statement.text}"), values).scalars()
        assert any("ix_facility_point" in line for line in plan)


def test_a_box_keeps_the_grids_that_touch_it(session: Session) -> None:
    covered(session, facility("T1", 100, 100))
    (west, east), (south, north) = crs_to_crs(
        [toy_city.EAST0 + 10, toy_city.EAST0 + 20], [toy_city.NORTH0 + 10, toy_city.NORTH0 + 20], "epsg:4547", "epsg:3857"
    )
    box = (float(west), float(south), float(east), float(north))
    assert covered_unit_grid_codes(session, TOILET, radius_m=150, on=TODAY, box=box) == [toy_city.SOUTH_WEST]
    assert covered_unit_grid_codes(session, TOILET, radius_m=150, on=TODAY) == ALL_GRIDS


@pytest.mark.parametrize("radius_m", [0.0, -1.0, float("nan"), 1e9])
def test_a_radius_that_is_no_distance_is_refused(session: Session, radius_m: float) -> None:
    with pytest.raises(InvalidInputError, match="radius_m"):
        coverage_by_district(session, TOILET, radius_m=radius_m, on=TODAY)


def test_every_kind_has_a_rule_and_only_the_toilets_are_mandatory() -> None:
    assert set(RADIUS_RULES) == set(FacilityKind)
    assert [kind for kind, rule in RADIUS_RULES.items() if rule.mandatory] == [TOILET]
    assert RADIUS_RULES[TOILET].radius_m == 300
    assert RADIUS_RULES[FacilityKind.COLLECTION_HOUSE].local_setting
    assert not RADIUS_RULES[FacilityKind.DEMOLITION_SITE].service_radius


places = st.lists(st.tuples(st.integers(-100, 300), st.integers(-100, 300)), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=places, radius_m=st.sampled_from([10.0, 50.0, 70.71, 120.0]))
def test_sql_and_brute_force_agree(session: Session, places: list[tuple[int, int]], radius_m: float) -> None:
    session.rollback()
    chance = random.Random(str(places))
    facilities = [
        facility(f"T{n}", float(snap(x + chance.random())), y, status=chance.choice([FacilityStatus.OPEN, FacilityStatus.PAUSED]))
        for n, (x, y) in enumerate(places)
    ]
    store.add_facilities(session, facilities)
    serving = [entry for entry in facilities if entry.status is FacilityStatus.OPEN]
    expected_codes, expected = brute_force(session, serving, radius_m)
    assert covered_unit_grid_codes(session, TOILET, radius_m=radius_m, on=TODAY) == expected_codes
    (found,) = coverage_by_district(session, TOILET, radius_m=radius_m, on=TODAY)
    assert found.covered_area_m2 == pytest.approx(expected.covered_area_m2, rel=1e-6, abs=1e-3)
    assert dataclasses.replace(found, covered_area_m2=expected.covered_area_m2) == expected


def brute_force(session: Session, serving: Sequence[Facility], radius_m: float) -> tuple[list[str], DistrictCoverage]:
    """Measure every grid against every facility."""
    (district,) = hierarchy_store.list_areas(session, Level.DISTRICT, on=TODAY)
    grids = hierarchy_store.list_areas(session, Level.UNIT_GRID, on=TODAY)
    assert district.shape is not None
    codes = [
        grid.code
        for grid in grids
        if grid.shape is not None
        and any(shapely.distance(shapely.point_on_surface(grid.shape), entry.point) <= radius_m for entry in serving)
    ]
    equal_area_m = radius_m * math.sqrt(math.pi / (16 * math.sin(math.pi / 16)))
    circles = shapely.union_all([entry.point.buffer(equal_area_m, quad_segs=8) for entry in serving])
    inside = sum(bool(shapely.covers(district.shape, entry.point)) for entry in serving)
    area = shapely.area(shapely.intersection(district.shape, circles)) if serving else 0.0
    return codes, DistrictCoverage(district.code, district.name, inside, len(grids), len(codes), 40_000.0, float(area), None, None)
