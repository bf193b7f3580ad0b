"""A set prepared from the toy city: every number can be checked with a pencil."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cli.session import ROOT
from gridmgmt.errors import NotReadyError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import DemolitionSite, Facility, FacilityKind, FacilityStatus, ProgrammeKind, Toilet, WasteSiteKind
from gridmgmt.siting import set_store
from gridmgmt.siting.candidates import Place
from gridmgmt.siting.demand import Given
from gridmgmt.siting.prepare import DEFAULTS, Recipe, prepare
from gridmgmt.siting.scenario import PreparedSet
from tests.siting.drawn_set import AT
from tests.toy_city import EAST_COMMUNITY, NORTH_EAST, WEST_COMMUNITY, point

RULES = ROOT / "geodata" / "siting"
DAY = datetime.date(2026, 3, 1)


def toilet(code: str, x: float, y: float, toilet_class: int, status: FacilityStatus = FacilityStatus.OPEN) -> Facility:
    return Facility(code, FacilityKind.TOILET, code, status, shapely.Point(point(x, y)), "toy", details=Toilet(toilet_class=toilet_class))


@pytest.fixture
def city(session: Session) -> Session:
    """Return the toy city with 1,000 people in the west, 500 in the east, three toilets and a cleared demolition site."""
    for code, people in ((WEST_COMMUNITY, 1000), (EAST_COMMUNITY, 500)):
        session.execute(text("UPDATE area SET population = :people WHERE code = :code"), {"people": people, "code": code})
    site = DemolitionSite(WasteSiteKind.DEMOLITION)
    facilities_store.add_facilities(
        session,
        [
            toilet("T1", 50, 50, 1), toilet("T2", 150, 50, 3), toilet("T3", 150, 150, 2, FacilityStatus.PAUSED),
            Facility("D1", FacilityKind.DEMOLITION_SITE, "D1", FacilityStatus.CLEARED, shapely.Point(point(60, 150)), "toy", details=site),
        ],
    )  # fmt: skip
    return session


def made(session: Session, recipe: Recipe | None = None, kind: FacilityKind = FacilityKind.TOILET) -> PreparedSet:
    return prepare(session, kind, recipe or DEFAULTS[kind], folder=RULES, name="玩具", on=DAY, at=AT, by="planner")


def test_people_stay_in_their_community_and_live_along_its_roads(city: Session) -> None:
    found = made(city)
    demand = set_store.read_demand(city, found.id)
    for community, people in ((WEST_COMMUNITY, 1000), (EAST_COMMUNITY, 500)):
        assert demand.people[demand.community == community].sum() == people
    assert set(demand.district) == {"420100"}
    roads = shapely.union_all(
        [shapely.LineString([point(*a), point(*b)]) for a, b in (((0, 10), (200, 10)), ((0, 190), (200, 190)), ((190, 0), (190, 200)))]
    )
    assert shapely.distance(shapely.points(demand.xy), roads).max() <= 100.0
    assert found.summary["demand"]["communities_by_proxy"] == {"road frontage": 2}


def test_candidates_are_upgrades_freed_sites_and_frontages_each_with_its_origin(city: Session) -> None:
    found = made(city)
    places = set_store.read_candidates(city, found.id)
    codes = set(places.code)
    assert {"U-T2", "U-T3", "D-D1"} <= codes
    assert "U-T1" not in codes
    assert any(code.startswith("F-R1-") for code in codes)
    assert found.summary["standing"] == {"in_service": 2, "meets": 1}
    assert set_store.read_standing(city, found.id).meets.tolist() == [True, False]


def test_dropped_places_keep_their_reason_and_a_rule_without_a_layer_is_said_to_be_unchecked(city: Session) -> None:
    x, y = point(50, 100)
    recipe = dataclasses.replace(
        DEFAULTS[FacilityKind.TOILET],
        planned=(Place("水井旁", x + 20, y), Place("小地块", *point(150, 100), 40.0), Place("市外", *point(5000, 5000))),
        layers={"drinking_water_source": np.array([shapely.Point(x, y)], object)},
    )
    found = made(city, recipe)
    dropped = set_store.read_candidates(city, found.id, dropped=True)
    reasons = dict(zip(dropped.code, zip(dropped.dropped, dropped.detail, strict=True), strict=True))
    assert reasons["L-0001"] == ("keep_away:drinking_water_source", "20.0 m < 30 m")
    assert reasons["L-0002"] == ("site_area", "40.0 m2 < 60 m2")
    assert reasons["L-0003"][0] == "outside"
    unchecked = {rule["key"]: rule["unchecked"] for rule in found.summary["rules"]}
    assert unchecked["keep_away:water_tank"] == "no layer water_tank was given"
    assert unchecked["keep_away:drinking_water_source"] == ""


def test_shops_and_cases_of_other_rooms_become_footfall(city: Session) -> None:
    recipe = dataclasses.replace(DEFAULTS[FacilityKind.TOILET], given=Given(shops=np.array([point(20, 20)]), cases={NORTH_EAST: 5}))
    demand = set_store.read_demand(city, made(city, recipe).id)
    assert (int(demand.shops.sum()), int(demand.cases.sum())) == (1, 5)
    assert set(demand.unit_grid[demand.cases > 0]) == {NORTH_EAST}


def test_stations_keep_away_from_crossings(city: Session) -> None:
    recipe = dataclasses.replace(DEFAULTS[FacilityKind.TRANSFER_STATION], planned=(Place("路口", *point(190, 30)),))
    city.execute(text("UPDATE road_segment SET line = ST_GeomFromText(:line, 4547) WHERE code = 'R1'"),
                 {"line": f"LINESTRING({point(0, 10)[0]} {point(0, 10)[1]}, {point(190, 10)[0]} {point(190, 10)[1]}, {point(200, 10)[0]} {point(200, 10)[1]})"})  # fmt: skip
    city.execute(text("UPDATE road_segment SET line = ST_GeomFromText(:line, 4547) WHERE code = 'R3'"),
                 {"line": f"LINESTRING({point(190, 0)[0]} {point(190, 0)[1]}, {point(190, 10)[0]} {point(190, 10)[1]}, {point(190, 200)[0]} {point(190, 200)[1]})"})  # fmt: skip
    found = made(city, recipe, FacilityKind.TRANSFER_STATION)
    dropped = set_store.read_candidates(city, found.id, dropped=True)
    assert dict(zip(dropped.code, dropped.detail, strict=True))["L-0001"] == "20.0 m < 30 m"


def test_the_set_knows_the_programme_and_what_counts_already(city: Session) -> None:
    city.execute(text("UPDATE facility SET programme = 'new', programme_year = 2022, counts_toward_plan = true WHERE code = 'T1'"))
    assert made(city).summary["programme"] == {"target": 300, "done": 1}


def test_a_city_without_boundaries_is_not_ready(session: Session) -> None:
    with pytest.raises(NotReadyError):
        prepare(
            session,
            FacilityKind.TOILET,
            DEFAULTS[FacilityKind.TOILET],
            folder=RULES,
            name="早",
            on=datetime.date(2020, 1, 1),
            at=AT,
            by="x",
        )


def test_a_facility_that_counts_already_is_no_candidate_for_rebuilding(city: Session) -> None:
    before = set_store.read_candidates(city, made(city).id)
    assert {"U-T2", "U-T3"} <= set(before.code)
    facility = facilities_store.find_facility(city, "T2")
    assert facility is not None
    facilities_store.change_facilities(
        city, [dataclasses.replace(facility, programme=ProgrammeKind.REBUILT, programme_year=2024, counts_toward_plan=True)]
    )
    found = made(city)
    kept, dropped = (set_store.read_candidates(city, found.id, dropped=flag) for flag in (False, True))
    assert "U-T3" in kept.code
    assert dict(zip(dropped.code, dropped.dropped, strict=True))["U-T2"] == "counted"
