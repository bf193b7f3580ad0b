"""Every layer of the city as values from the stores, ready to be written."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmgmt.cases import store as cases_store
from gridmgmt.cases.model import Case, IncidentReport
from gridmgmt.city.model import CityProfile, Level
from gridmgmt.crs import to_storage_arrays
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import DETAILS_OF, FacilityKind
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.ingest.export import ExportLayer
from gridmgmt.responsibility.model import Basis
from gridmgmt.roads import roster_store
from gridmgmt.roads.export_store import list_appointments_on, list_segments_on

AREA_FIELDS = (
    "code", "name", "parent_code", "geometry_source", "population", "land_use_class", "management_level", "remark", "valid_from", "valid_to",
)  # fmt: skip
FACILITY_SKIPPED = frozenset({"kind", "point", "details", "footprint", "route"})
CASE_FIELDS = (
    "case_no", "state", "opened_at", "district_code", "street_office_code", "community_code", "unit_grid_code", "shared_with",
    "border_distance_m", "segment_code", "segment_distance_m", "zone_code", "edition_id",
)  # fmt: skip
REPORT_FIELDS = ("source", "reported_at", "kind", "class_code", "description", "address", "accuracy_m")
EVERYTHING = 2**31 - 1
Maker = Callable[[Session], ExportLayer]


def layer_makers(profile: CityProfile, *, on: datetime.date) -> Mapping[str, Maker]:
    """Return a function for every layer by its name, in the order of an export of all."""
    return {
        **{level.value: functools.partial(area_layer, level=level, on=on) for level in profile.levels},
        "road_segment": functools.partial(road_layer, on=on),
        "zone": functools.partial(zone_layer, on=on),
        **{kind.value: functools.partial(facility_layer, kind=kind) for kind in FacilityKind},
        "incident": functools.partial(incident_layer, profile=profile, on=on),
        "appointment": functools.partial(appointment_layer, on=on),
    }


def area_layer(session: Session, *, level: Level, on: datetime.date) -> ExportLayer:
    """Return the areas of one level valid on a day; an area known by its code only has no shape."""
    areas = hierarchy_store.list_areas(session, level, on=on)
    columns = _columns(areas, AREA_FIELDS)
    columns["area_m2"] = [None if area.shape is None else round(area.shape.area, 3) for area in areas]
    return ExportLayer(level.value, level.zh, columns, [area.shape for area in areas], "MultiPolygon")


def road_layer(session: Session, *, on: datetime.date) -> ExportLayer:
    """Return the road segments valid on a day."""
    segments = list_segments_on(session, on=on)
    columns = _columns(segments, ("code", "name", "road_class", "source", "valid_from", "valid_to"))
    columns["length_m"] = [round(segment.line.length, 3) for segment in segments]
    return ExportLayer("road_segment", "路段", columns, [segment.line for segment in segments], "LineString")


def zone_layer(session: Session, *, on: datetime.date) -> ExportLayer:
    """Return the responsibility zones of a day, their shapes the union of their areas."""
    names = roster_store.list_zone_names(session)
    members: dict[str, list[tuple[Level, str]]] = {}
    for (zone, level, code, first), last in sorted(roster_store.list_members(session).items()):
        if first <= on and (last is None or last > on):
            members.setdefault(zone, []).append((Level(level), code))
    shapes = {
        (level, area.code): area.shape
        for level in {level for found in members.values() for level, _ in found}
        for area in hierarchy_store.list_areas(session, level, on=on)
    }
    codes = sorted(members)
    columns: dict[str, Sequence[object]] = {"zone_code": codes, "zone_name": [names[code] for code in codes]}
    columns["members"] = [tuple(code for _, code in members[zone]) for zone in codes]
    unions = [_union([shapes.get(member) for member in members[zone]]) for zone in codes]
    return ExportLayer("zone", "路长责任区", columns, unions, "MultiPolygon")


def facility_layer(session: Session, *, kind: FacilityKind) -> ExportLayer:
    """Return the register of one kind as it stands."""
    facilities = facilities_store.list_facilities(session, kind)
    shared = [name for name in _fields(type(facilities[0])) if name not in FACILITY_SKIPPED] if facilities else ["code", "name"]
    columns = _columns(facilities, shared)
    for name in _fields(DETAILS_OF[kind]):
        if name not in FACILITY_SKIPPED:
            columns[name] = [getattr(facility.details, name, None) for facility in facilities]
    return ExportLayer(kind.value, kind.zh, columns, [facility.point for facility in facilities], "Point")


def incident_layer(session: Session, *, profile: CityProfile, on: datetime.date) -> ExportLayer:
    """Return the incidents reported up to a day with the case each became; points as stored, raw coordinates beside them."""
    zone = profile.zone
    found = [pair for pair in cases_store.list_cases(session, limit=EVERYTHING) if pair[1].reported_at.astimezone(zone).date() <= on]
    found.sort(key=lambda pair: pair[0].case_no)
    cases, reports = [case for case, _ in found], [report for _, report in found]
    columns = _columns(cases, CASE_FIELDS)
    columns["basis"] = [Basis(case.basis) for case in cases]
    columns["source_id"] = [report.source_ref or report.client_request_id for report in reports]
    columns |= _columns(reports, REPORT_FIELDS)
    columns |= {"raw_x": [report.x for report in reports], "raw_y": [report.y for report in reports]}
    columns["raw_crs"] = [report.crs for report in reports]
    return ExportLayer("incident", "案件", columns, _stored_points(found, profile), "Point")


def appointment_layer(session: Session, *, on: datetime.date) -> ExportLayer:
    """Return who holds which post on a day; a table without shapes and without telephone numbers."""
    held = list_appointments_on(session, on=on)
    columns: dict[str, Sequence[object]] = {
        "person_code": [entry.person.code for entry in held],
        "person_name": [entry.person.name for entry in held],
        "agency": [entry.person.agency for entry in held],
        **_columns(held, ("post", "zone_code", "segment_code")),
        "held_from": [entry.valid_from for entry in held],
        "held_to": [entry.valid_to for entry in held],
    }
    return ExportLayer("appointment", "任职", columns)


def _columns(things: Sequence[object], names: Sequence[str]) -> dict[str, Sequence[object]]:
    return {name: [getattr(thing, name) for thing in things] for name in names}


def _fields(dataclass: type) -> list[str]:
    return [field.name for field in dataclasses.fields(dataclass)]


def _union(shapes: Sequence[shapely.Geometry | None]) -> shapely.Geometry | None:
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    return known[0] if len(known) == 1 else shapely.MultiPolygon(list(shapely.get_parts(shapely.union_all(known))))


def _stored_points(found: Sequence[tuple[Case, IncidentReport]], profile: CityProfile) -> list[shapely.Geometry | None]:
    """Convert as the store did when it took the reports: the same function, the same points."""
    points = np.empty(len(found), dtype=object)
    for name in {report.crs for _, report in found}:
        at = np.array([index for index, (_, report) in enumerate(found) if report.crs == name])
        x, y = np.array([(found[index][1].x, found[index][1].y) for index in at]).T
        points[at] = shapely.points(np.column_stack(to_storage_arrays(x, y, name, profile.storage_srid)))
    return list(points)
