"""SQL = brute force, on a city with a hole, a hole filled by another grid, a multi-part grid, gaps, junctions and changing dates."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level, SnapLimits
from gridmgmt.crs import snap
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.responsibility.store import resolve_responsibility
from gridmgmt.roads import store as roads_store
from gridmgmt.roads.model import NewAppointment, NewPerson, Post, RoadClass, RoadSegment, Zone
from tests import toy_city
from tests.responsibility import brute_force

FIRST, SECOND = datetime.date(2024, 1, 1), datetime.date(2026, 1, 1)
D, W, E = toy_city.DISTRICT, toy_city.WEST_COMMUNITY, toy_city.EAST_COMMUNITY


def grid(code: str, *parts: BaseGeometry, start: datetime.date = FIRST, end: datetime.date | None = None) -> Area:
    polygons = [polygon for part in parts for polygon in shapely.get_parts(part)]
    return Area(Level.UNIT_GRID, code, None, code[:12], MultiPolygon(polygons), GeometrySource.SYNTHETIC, start, end)


rect = toy_city.rectangle
RING = rect(0, 0, 100, 100).difference(rect(40, 40, 60, 60)).difference(rect(70, 70, 80, 80))  # two holes
AREAS = (
    *(area for area in toy_city.AREAS if area.level is not Level.UNIT_GRID),
    grid(f"{W}001", RING),
    grid(f"{W}002", rect(40, 40, 60, 60)),  # fills one hole; the other belongs to no grid
    grid(f"{W}003", rect(0, 100, 50, 150), rect(50, 150, 100, 200)),  # two parts that touch in a corner
    grid(f"{W}004", rect(50, 100, 100, 150), end=SECOND),
    grid(f"{W}005", rect(0, 150, 50, 200)),
    grid(f"{W}006", rect(50, 100, 75, 150), start=SECOND),  # 004 was split in two
    grid(f"{W}007", rect(75, 100, 100, 150), start=SECOND),
    grid(f"{E}001", Polygon([toy_city.point(*xy) for xy in [(100, 0), (200, 0), (100, 200)]])),  # an oblique border
    grid(f"{E}002", Polygon([toy_city.point(*xy) for xy in [(200, 0), (200, 200), (100, 200)]])),
)
SEGMENTS = (
    *toy_city.SEGMENTS,
    RoadSegment("A9", None, RoadClass.FOOTWAY, LineString([toy_city.point(0, 110), toy_city.point(200, 110)]), "toy", FIRST),
    RoadSegment("R0", None, RoadClass.PRIMARY, LineString([toy_city.point(10, 0), toy_city.point(10, 200)]), "toy", FIRST, SECOND),
    RoadSegment("R4", None, RoadClass.PRIMARY, LineString([toy_city.point(0, 0), toy_city.point(77, 133)]), "toy", SECOND),
)
ZONES = (
    *toy_city.ZONES,
    Zone("Z-G", "单格", ((Level.UNIT_GRID, f"{E}002"),), SECOND),
)
APPOINTMENTS = (*toy_city.APPOINTMENTS, NewAppointment("P5", Post.ROAD_CHIEF, None, "R3", FIRST, SECOND))
LIMITS = SnapLimits(30.0, {"footway": 15.0, "primary": 45.0}, {})
CITY = brute_force.City(FIRST, AREAS, SEGMENTS, ZONES, APPOINTMENTS, LIMITS)


@pytest.fixture(scope="module")
def tricky(new_database: Callable[..., str], migrated_template: str) -> Iterator[Session]:
    """Session on the tricky city."""
    engine = make_engine(new_database(migrated_template))
    with make_session_factory(engine)() as session:
        profile = toy_city.PROFILE
        city_store.save_profile(session, type(profile)(**{**vars(profile), "snap_limits": LIMITS}))
        first = hierarchy_store.open_edition(session, name="首版", valid_from=FIRST)
        assert first.valid_to is None
        hierarchy_store.open_edition(session, name="二版", valid_from=SECOND)
        hierarchy_store.add_areas(session, AREAS)
        roads_store.add_segments(session, SEGMENTS)
        roads_store.add_zones(session, ZONES)
        roads_store.add_people(session, [*toy_city.PEOPLE, NewPerson("P9", "周路长")])
        roads_store.add_appointments(session, APPOINTMENTS)
        session.commit()
        yield session
    engine.dispose()


# Lattice points hit borders, corners and equal distances; the fine ones lie a few 1/1024 m beside them; the free ones anywhere.
lattice = st.integers(-6, 46).map(lambda i: i * 5.0)
beside = st.tuples(lattice, st.integers(-3, 3)).map(lambda pair: pair[0] + pair[1] / 1024)
free = st.floats(-30, 230, allow_nan=False).map(lambda value: float(snap(value)))
coordinate = st.one_of(lattice, beside, free)
day = st.sampled_from(
    [datetime.date(2023, 12, 31), FIRST, datetime.date(2025, 6, 1), SECOND - datetime.timedelta(1), SECOND, datetime.date(2026, 11, 1)]
)


@settings(max_examples=300, deadline=None)
@given(x=coordinate, y=coordinate, on=day)
def test_sql_and_brute_force_give_the_same_answer(tricky: Session, x: float, y: float, on: datetime.date) -> None:
    assert_same_answer(tricky, x, y, on)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None)
@given(x=coordinate, y=coordinate, on=day)
def test_sql_and_brute_force_give_the_same_answer_at_thousands_of_points(tricky: Session, x: float, y: float, on: datetime.date) -> None:
    assert_same_answer(tricky, x, y, on)


def assert_same_answer(tricky: Session, x: float, y: float, on: datetime.date) -> None:
    """Ask both about a point of the drawing on a day."""
    easting, northing = toy_city.point(x, y)
    found = resolve_responsibility(tricky, (easting, northing), on=on)
    expected = brute_force.resolve(CITY, easting, northing, on)
    assert (found.basis.value, tuple(area.code for area in found.areas)) == (expected.basis, expected.codes)
    assert (found.shared_with, found.zone_code) == (expected.shared_with, expected.zone_code)
    assert found.border_distance_m == pytest.approx(expected.border_distance_m, abs=1e-9)
    assert (found.segment.code if found.segment else None) == expected.segment_code
    assert (found.segment.distance_m if found.segment else None) == pytest.approx(expected.segment_distance_m, abs=1e-9)
    names = {person.code: person.name for person in toy_city.PEOPLE}
    assert (found.chief.name if found.chief else None) == (names[expected.person_code] if expected.person_code else None)
