"""Let people live in the demo city for a year: its reports, and what became of each until this morning."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cases import step_store
from gridmgmt.cases.model import IncidentReport
from gridmgmt.city.model import CityProfile
from gridmgmt.demo import lived_in_store
from gridmgmt.demo.draw import DrawnCity
from gridmgmt.demo.incident_mix import CLASSES, SOURCES
from gridmgmt.demo.incidents import DAYS, draw_reports
from gridmgmt.demo.lived_in import Happening, LivedIn, Words
from gridmgmt.demo.mesh import Shapes
from gridmgmt.demo.places import Ground
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.demo.units import demo_units


def live_in(session: Session, plan: DemoPlan, city: DrawnCity, ground: Ground, profile: CityProfile) -> str:
    """Store the handling units, and a year of cases in all states; return a sentence on it."""
    districts = [(district.division.code, district.division.name) for district in city.districts]
    units = demo_units(districts, [(office.code, office.name) for office in city.layout.offices])
    for unit in units:
        step_store.put_unit(session, unit)
    drawn = draw_reports(plan.rng("incidents"), ground, plan.incidents, profile, plan.today)
    reports, points = inside(drawn, profile)
    outside = lived_in_store.stage_places(session, places_of(reports, points, profile))
    now = datetime.datetime.combine(plan.today, datetime.time(8), profile.zone)
    words = Words([entry[:2] + entry[3:] for entry in CLASSES], [(source.value, accuracy) for source, _, accuracy in SOURCES],
                  [report.description for report in reports])  # fmt: skip
    first = plan.today - datetime.timedelta(days=DAYS)
    lived = LivedIn(session, profile, words, first=first, now=now, rng=plan.rng("lived in"))
    count = lived.live(happening_of(reports), outside, ref="DEMO")
    return f"{len(units)} handling units; opened, assigned and worked on {count} cases, {len(drawn) - len(reports)} reports rejected"


def inside(drawn: Sequence[IncidentReport], profile: CityProfile) -> tuple[list[IncidentReport], Shapes]:
    """Return the reports that lie in the city's envelope and their points in the storage CRS."""
    x, y = np.array([report.x for report in drawn]), np.array([report.y for report in drawn])
    systems = np.array([report.crs for report in drawn])
    stored, good = np.empty((len(drawn), 2)), np.zeros(len(drawn), dtype=bool)
    for name in np.unique(systems).tolist():
        these = systems == name
        good[these] = crs.inside_envelope(x[these], y[these], name, profile)
        stored[these] = np.column_stack(crs.to_storage_arrays(x[these], y[these], name, profile.storage_srid))
    points: Shapes = np.asarray(shapely.set_srid(shapely.points(stored[good]), profile.storage_srid))
    return [report for report, keep in zip(drawn, good.tolist(), strict=True) if keep], points


def places_of(reports: Sequence[IncidentReport], points: Shapes, profile: CityProfile) -> Iterator[tuple[Any, ...]]:
    """Yield a place for every report, numbered in their order, as ``lived_in_store.stage_places`` takes it."""
    zone = profile.zone
    for number, (report, point) in enumerate(zip(reports, shapely.to_wkb(points, hex=True, include_srid=True), strict=True)):
        key = f"{report.kind}:{report.class_code}"
        yield number, report.x, report.y, report.crs, point, report.address, report.reported_at.astimezone(zone).date(), key


def happening_of(reports: Sequence[IncidentReport]) -> Happening:
    """Return the reports as numbers: place by place, of the classes and sources of the demo city."""
    classes = {(kind.value, code): number for number, (kind, code, _, _) in enumerate(CLASSES)}
    sources = {source: number for number, (source, _, _) in enumerate(SOURCES)}
    return Happening(
        np.arange(len(reports)),
        np.array([classes[str(report.kind), str(report.class_code)] for report in reports]),
        np.array([sources[report.source] for report in reports]),
        np.array([report.reported_at.timestamp() for report in reports], dtype=np.int64),
    )
