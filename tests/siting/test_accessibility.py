"""Accessibility and density on a city that can be checked with a pencil, and against a slower way on a random one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.roads.export_store import list_segments_on
from gridmgmt.siting.accessibility import AccessRow, accessibility, nearest_m, walking_limit
from gridmgmt.siting.accessibility_record import access_record, read_record
from gridmgmt.siting.density import subject_of
from gridmgmt.siting.network import Network, network_of
from gridmgmt.siting.report import read_report
from tests import toy_city
from tests.siting.small_plan import DAY, keep_plan, places, tables


def by_code(rows: list[AccessRow]) -> dict[tuple[str, str], AccessRow]:
    return {(row.level, row.code): row for row in rows}


def square() -> Network:
    """Return a road along x = 50, y = 50 and y = 150 of the drawing, so that walks can be counted."""
    nodes = places((50, 150), (50, 50), (150, 50), (150, 150))
    return Network(nodes, np.array([[0, 1], [1, 2], [2, 3]]), np.array([100.0, 100.0, 100.0]))


def test_shares_are_those_a_pencil_finds() -> None:
    rows = by_code(accessibility(tables(), places((150, 60), (50, 50)), None, radius_m=40.0))
    city, west, east = rows["city", ""], rows["street_office", toy_city.WEST], rows["street_office", toy_city.EAST]
    assert (city.people, city.before.straight, city.after.straight) == (1000, 0.1, 0.8)
    assert (west.people, west.before.straight, west.after.straight) == (400, 0.25, 1.0)
    assert (east.people, east.before.straight, east.after.straight) == (600, 0.0, 400 / 600)
    assert rows["district", toy_city.DISTRICT].after == city.after
    assert city.after.walking is None


def test_who_lives_exactly_on_the_radius_is_within() -> None:
    exactly, less = (accessibility(tables(), places((150, 60)), None, radius_m=radius)[0].after.straight for radius in (10.0, 9.999))
    assert (exactly, less) == (0.5, 0.1)


def test_walks_are_those_along_the_road() -> None:
    rows = by_code(accessibility(tables(), places((150, 60), (50, 50)), square(), radius_m=40.0))
    before, after = rows["city", ""].before, rows["city", ""].after
    # before: a 0 m, c 100 m, d 200 m, b 300 m from T-1; after: a 0, c 0, d 10, b 90
    assert before.mean_m == pytest.approx((0 * 100 + 100 * 300 + 200 * 400 + 300 * 200) / 1000)
    assert after.mean_m == pytest.approx((10 * 400 + 90 * 200) / 1000)
    assert (before.p95_m, after.p95_m) == (300.0, 90.0)
    assert (before.walking, after.walking, after.reached) == (0.1, 0.8, 1.0)


def test_the_two_step_value_is_facilities_to_people() -> None:
    rows = by_code(accessibility(tables(), places((150, 60), (50, 50)), square(), radius_m=40.0))
    west = rows["street_office", toy_city.WEST].after
    # T-1 serves 100 people, site 2 serves 300: 100 and 33.3 facilities to 10,000
    assert west.per_heads == pytest.approx((100 * 100 + 10_000 / 300 * 300) / 400)
    assert west.gini is not None
    assert 0 < west.gini < 1


def test_nobody_and_nothing_is_no_number() -> None:
    made = tables()
    empty = dataclasses.replace(made, demand=dataclasses.replace(made.demand, people=np.zeros(4, np.int64)))
    rows = accessibility(empty, places((150, 60)), square(), radius_m=40.0)
    assert {row.after.straight for row in rows} == {None}
    none = dataclasses.replace(made, standing=dataclasses.replace(made.standing, meets=np.array([False])))
    before = accessibility(none, places((150, 60)), square(), radius_m=40.0)[0].before
    assert (before.straight, before.walking, before.reached, before.mean_m, before.p95_m, before.per_heads) == (
        0.0,
        0.0,
        0.0,
        None,
        None,
        0.0,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8),
)
def test_nearest_is_what_looking_at_every_pair_finds(demand: list[tuple[int, int]], sites: list[tuple[int, int]]) -> None:
    found = nearest_m(places(*demand), places(*sites))
    slow = [min((((x - u) ** 2 + (y - v) ** 2) ** 0.5 for u, v in sites), default=np.inf) for x, y in demand]
    assert found.tolist() == slow


def test_the_record_comes_back_as_it_was(session: Session) -> None:
    plan = keep_plan(session)
    report = read_report(session, plan.id)
    fresh = accessibility(tables(), places((150, 60), (50, 50)), network_of(list_segments_on(session, on=DAY)), radius_m=40.0)
    assert list(report.access) == fresh
    assert plan.summary["walking_limit_m"] == walking_limit(40.0) == 2000.0
    assert read_record({}) == ([], [])


def test_density_is_counted_by_land_use_and_compared_with_its_band(session: Session) -> None:
    session.execute(
        text("UPDATE area SET land_use_class = 'R2' WHERE code IN (:a, :b)"), {"a": toy_city.NORTH_WEST, "b": toy_city.SOUTH_WEST}
    )
    session.execute(text("UPDATE area SET land_use_class = 'E1 水域' WHERE code = :a"), {"a": toy_city.NORTH_EAST})
    report = read_report(session, keep_plan(session).id)
    rows = {(row.district, row.subject): row for row in report.density}
    homes, rest = rows["", "residential"], rows["", ""]
    assert homes.km2 == pytest.approx(0.02)
    assert (homes.before, homes.after, homes.low, homes.high) == (1, 2, 3.0, 5.0)
    assert homes.after_per_km2 == pytest.approx(100)
    assert homes.verdict == "above"
    assert rest.km2 == pytest.approx(0.01)
    assert (rest.before, rest.after, rest.verdict) == (0, 1, "")
    assert rows[toy_city.DISTRICT, "residential"].after == 2


def test_a_rebuilt_toilet_is_no_new_one(session: Session) -> None:
    made = tables()
    made.candidates.origin[0] = "upgrade"
    report = read_report(session, keep_plan(session).id)
    told = access_record(session, report.prepared, made, [0, 1], None, radius_m=40.0)
    _, rows = read_record(told)
    assert [(row.before, row.after) for row in rows if row.district == ""] == [(1, 2)]


@pytest.mark.parametrize(
    ("land_use", "subject"),
    [
        ("R21", "residential"), ("二类居住用地", "residential"), ("B1", "public"), ("A", "public"), ("商业服务业设施用地", "public"),
        ("G1", "green"), ("公园绿地", "green"), ("M2", "industrial"), ("物流仓储用地", "industrial"), ("", ""), ("E1", ""), ("Gobi", ""),
    ],
)  # fmt: skip
def test_land_uses_fall_under_the_subjects_of_the_rules(land_use: str, subject: str) -> None:
    assert subject_of(land_use) == subject
