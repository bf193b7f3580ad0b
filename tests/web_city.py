"""The toy city with what pages show: facilities, classes, handling units, shapes for tiles, and a name that would run if anybody let it."""

from __future__ import annotations

import dataclasses
import datetime

from shapely import Point
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.facilities import store as facility_store
from gridmgmt.facilities.model import Facility, FacilityKind, FacilityStatus
from gridmgmt.maps.rebuild import rebuild_shapes
from tests import toy_city
from tests.cases.loop import add_units

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"
STANDARD = toy_city.PROFILE.catalogue_standard
CLASSES = (
    ManagedClass(STANDARD, ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110"),
    ManagedClass(STANDARD, ManagedKind.COMPONENT, "01001", "供水井盖", "01", "市政公用设施", None),
)


def facility(code: str, kind: FacilityKind, name: str, x: float, y: float) -> Facility:
    """Return a facility in service at a point of the drawing."""
    status = FacilityStatus.ACTIVE if kind == FacilityKind.DEMOLITION_SITE else FacilityStatus.OPEN
    return Facility(code, kind, name, status, Point(toy_city.point(x, y)), "toy", opened_on=toy_city.START)


FACILITIES = (
    facility("T-1", FacilityKind.TOILET, "甲公厕", 50, 50),
    facility("T-2", FacilityKind.TOILET, HOSTILE, 52, 50),
    facility("H-1", FacilityKind.COLLECTION_HOUSE, "甲收集屋", 150, 150),
    facility("S-1", FacilityKind.TRANSFER_STATION, "甲转运站", 150, 50),
    facility("D-1", FacilityKind.DEMOLITION_SITE, "甲工地", 50, 150),
)


def load(session: Session) -> None:
    """Add to a toy city that is loaded already."""
    facility_store.add_facilities(session, [dataclasses.replace(entry) for entry in FACILITIES])
    catalogue_store.add_classes(session, CLASSES)
    add_units(session)  # here and not in the tests: pages keep the list of units for a while
    session.execute(text("UPDATE area SET name = :name WHERE code = :code"), {"name": HOSTILE, "code": toy_city.EAST})
    session.execute(text("UPDATE person SET name = :name WHERE code = 'P3'"), {"name": HOSTILE})
    rebuild_shapes(session, on=datetime.date(2026, 11, 1))
