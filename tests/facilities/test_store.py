"""Facilities go in by COPY with their side tables, get their unit grid, and come out as they went in."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest
import shapely
from sqlalchemy.orm import Session

from gridmgmt.facilities import store
from gridmgmt.facilities.model import (
    CollectionHouse,
    DemolitionSite,
    Facility,
    FacilityKind,
    FacilityStatus,
    ProgrammeCount,
    ProgrammeKind,
    Toilet,
    ToiletForm,
    TransferStation,
    WasteSiteKind,
)
from tests import toy_city


def facility(code: str, x: float, y: float, **values: Any) -> Facility:
    """Return an open toilet of the drawing, changed by ``values``."""
    plain = Facility(code, FacilityKind.TOILET, f"{code}号公厕", FacilityStatus.OPEN, shapely.Point(toy_city.point(x, y)), "toy")
    return dataclasses.replace(plain, **values)


ALL_KINDS = (
    facility(
        "T1", 50, 50, address="南大路 1 号", owner="城管局", maintainer="环卫所", opened_on=datetime.date(2024, 1, 1),
        programme=ProgrammeKind.NEW, programme_year=2024, counts_toward_plan=True,
        details=Toilet(2, ToiletForm.DETACHED, "24h", 4, 6, 1, True, True, 60.5, 90.0, "北侧 35 m", False),
    ),
    facility("H1", 150, 50, kind=FacilityKind.COLLECTION_HOUSE, details=CollectionHouse("玩具小区", 1100, 1.5, drain=True)),
    facility("S1", 150, 150, kind=FacilityKind.TRANSFER_STATION, details=TransferStation("IV", 120.0, 1500.0, 10.0, 3.0, True)),
    facility(
        "D1", 50, 150, kind=FacilityKind.DEMOLITION_SITE, status=FacilityStatus.ACTIVE,
        details=DemolitionSite(
            WasteSiteKind.DEMOLITION, toy_city.rectangle(40, 140, 60, 160), "R2", permit_from=datetime.date(2026, 1, 1),
            quantities={"拆除垃圾": {"declared_t": 1200, "approved_t": 1000}},
            route=shapely.LineString([toy_city.point(50, 150), toy_city.point(50, 190)]), wash_bay=True,
        ),
    ),
)  # fmt: skip


def test_every_kind_comes_back_as_it_went_in_with_its_unit_grid(session: Session) -> None:
    assert store.add_facilities(session, ALL_KINDS) == 4
    grids = {
        "T1": toy_city.SOUTH_WEST, "H1": toy_city.SOUTH_EAST, "S1": toy_city.NORTH_EAST, "D1": toy_city.NORTH_WEST,
    }  # fmt: skip
    for given in ALL_KINDS:
        assert store.find_facility(session, given.code) == dataclasses.replace(given, unit_grid_code=grids[given.code])


@pytest.mark.parametrize(
    ("x", "y", "grid"),
    [(100, 50, toy_city.SOUTH_WEST), (100, 100, toy_city.SOUTH_WEST), (150, 100, toy_city.SOUTH_EAST), (-1, 50, None)],
)
def test_a_facility_on_a_border_goes_to_the_lowest_code_and_one_outside_to_none(
    session: Session, x: float, y: float, grid: str | None
) -> None:
    store.add_facilities(session, [facility("T1", x, y, unit_grid_code="nonsense")])
    found = store.find_facility(session, "T1")
    assert found is not None
    assert found.unit_grid_code == grid


def test_facilities_are_listed_by_kind_and_code_and_counted(session: Session) -> None:
    store.add_facilities(session, [*ALL_KINDS, facility("T0", 20, 20, status=FacilityStatus.CLOSED)])
    assert [entry.code for entry in store.list_facilities(session)] == ["T0", "T1", "S1", "H1", "D1"]
    assert [entry.code for entry in store.list_facilities(session, FacilityKind.TOILET)] == ["T0", "T1"]
    assert [entry.code for entry in store.list_facilities(session, status=FacilityStatus.CLOSED)] == ["T0"]
    assert store.count_facilities(session)[FacilityKind.TOILET] == 2
    assert store.find_facility(session, "nobody") is None


def test_only_what_counts_toward_the_plan_is_counted_by_programme_and_year(session: Session) -> None:
    store.add_facilities(session, [*ALL_KINDS, facility("T2", 20, 20, programme=ProgrammeKind.NEW, programme_year=2024)])
    assert store.count_programme(session) == [ProgrammeCount(FacilityKind.TOILET, ProgrammeKind.NEW, 2024, 1)]


def test_a_changed_facility_replaces_the_old_one_and_a_removed_one_is_gone(session: Session) -> None:
    store.add_facilities(session, ALL_KINDS)
    assert store.change_facilities(session, [facility("T1", 150, 150, name="新名")]) == 1
    changed = store.find_facility(session, "T1")
    assert changed is not None
    assert (changed.name, changed.unit_grid_code, changed.details) == ("新名", toy_city.NORTH_EAST, None)
    assert store.remove_facilities(session, ["T1", "T9"]) == 1
    assert store.find_facility(session, "T1") is None
