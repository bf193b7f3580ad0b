"""The road chief's page: zone and segments on the map, team, open cases."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import shapely
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.cases import map_store as case_map_store
from gridmgmt.cases import store as case_store
from gridmgmt.cases.model import Case, IncidentReport
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.errors import NotFoundError
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.maps import styles
from gridmgmt.roads import chief_store, map_store
from gridmgmt.roads.model import Appointment, Person, Post, RoadSegment, Zone
from gridmgmt.web import shells
from gridmgmt.web.answers import feature_collection, label, lonlat, shape_feature
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.guard import needs
from gridmgmt.web.params import query, text_of
from gridmgmt.web.texts import script_texts

pages = Blueprint("road_chief", __name__, url_prefix="/road-chief")

LIST_LIMIT = 60
CASE_LIMIT = 100


@dataclasses.dataclass(frozen=True)
class Duty:
    """What a page shows: zones with their shapes and teams, segments with their own chiefs, open cases."""

    zones: list[tuple[Zone, list[Appointment]]]
    shapes: list[shapely.Geometry]
    segments: list[RoadSegment]
    segment_chiefs: dict[str, Person]
    cases: list[tuple[Case, IncidentReport]]


@pages.get("")
@needs("map.read")
def get_list() -> ResponseReturnValue:
    """Show how many zones have a road chief, and let one pick a chief or a zone."""
    words, vacant = text_of(query(), "q", longest=80), text_of(query(), "vacant") == "1"
    day = today()
    return render_template(
        "road_chiefs.html",
        city=profile(),
        words=words,
        vacant=vacant,
        coverage=chief_store.count_coverage(session(), on=day),
        zones=chief_store.list_zones(session(), on=day, words=words, vacant=vacant, limit=LIST_LIMIT),
        chiefs=[] if vacant else chief_store.search_chiefs(session(), words, on=day, limit=LIST_LIMIT),
        open_cases=case_map_store.count_open_by_zone(session()),
        limit=LIST_LIMIT,
    )


@pages.get("/zones/<code>")
@needs("map.read")
def get_zone(code: str) -> ResponseReturnValue:
    """Show one responsibility zone."""
    zone = _zone(code)
    return _page(zone.name, zone.code, _duty_of_zones([zone]))


@pages.get("/people/<code>")
@needs("map.read")
def get_person(code: str) -> ResponseReturnValue:
    """Show everything one road chief answers for."""
    person = _person(code)
    return _page(person.name, person.code, _duty_of_person(person), person=person)


@pages.get("/zones/<code>.geojson")
@needs("map.read")
def get_zone_features(code: str) -> ResponseReturnValue:
    """Answer zone, segments and open cases as GeoJSON."""
    return _features(_duty_of_zones([_zone(code)]))


@pages.get("/people/<code>.geojson")
@needs("map.read")
def get_person_features(code: str) -> ResponseReturnValue:
    """Answer everything of a chief as GeoJSON."""
    return _features(_duty_of_person(_person(code)))


def _duty_of_zones(zones: list[Zone], own: list[str] | None = None, person: Person | None = None) -> Duty:
    day = today()
    unions = [area_map_store.union_shape(session(), zone.members, on=day) for zone in zones]
    shapes = [shape for shape in unions if shape is not None]
    found = {s.code: s for shape in shapes for s in map_store.list_segments_inside(session(), shape, on=day)}
    found |= {segment.code: segment for segment in map_store.list_segments(session(), own or [], on=day)}
    chiefs = dict(chief_store.list_segment_chiefs(session(), list(found), on=day))
    still_open: dict[str, Any] = {"states": OPEN_STATES, "limit": CASE_LIMIT}
    pairs = [pair for zone in zones for pair in case_store.list_cases(session(), zone_code=zone.code, **still_open)]
    if person is not None:
        pairs += case_store.list_cases(session(), person_id=person.id, **still_open)
    cases = {case.id: (case, report) for case, report in pairs}
    newest_first = sorted(cases.values(), key=lambda pair: (pair[0].opened_at, pair[0].id), reverse=True)
    teams = [(zone, chief_store.list_team(session(), zone.code, on=day)) for zone in zones]
    return Duty(teams, shapes, [found[code] for code in sorted(found)], chiefs, newest_first[:CASE_LIMIT])


def _duty_of_person(person: Person) -> Duty:
    posts = chief_store.list_chief_posts(session(), person.id, on=today())
    codes = sorted({post.zone_code for post in posts if post.zone_code and not post.segment_code})
    zones = [zone for code in codes if (zone := chief_store.find_zone(session(), code, on=today()))]
    return _duty_of_zones(zones, [post.segment_code for post in posts if post.segment_code], person)


def _page(title: str, code: str, duty: Duty, *, person: Person | None = None) -> ResponseReturnValue:
    moment, names = now(), _class_names()
    rows = [_case_row(case, report, moment) | {"what": names.get((case.kind, case.class_code))} for case, report in duty.cases]
    address = f"/road-chief/{'people' if person else 'zones'}/{code}.geojson"
    return render_template(
        "road_chief.html", city=profile(), title=title, code=code, duty=duty, person=person, posts=list(Post), cases=rows,
        shell=shells.city_shell(_box(duty)), data={"features": address, "texts": script_texts(), "incidentColor": styles.INCIDENT_COLOR},
        total_km=sum(segment.line.length for segment in duty.segments) / 1000,
    )  # fmt: skip


def _case_row(case: Case, report: IncidentReport, moment: datetime.datetime) -> dict[str, Any]:
    lon, lat = lonlat(report.x, report.y, report.crs)
    age = moment - case.opened_at
    return {
        "case": case,
        "report": report,
        "days": age.days,
        "hours": age.seconds // 3600,
        "lon": lon,
        "lat": lat,
    }


def _class_names() -> dict[tuple[str | None, str | None], str]:
    entries = catalogue_store.list_classes(session(), profile().catalogue_standard)
    return {(entry.kind.value, entry.code): entry.name for entry in entries}


def _box(duty: Duty) -> tuple[float, float, float, float] | None:
    drawn = [*duty.shapes, *(segment.line for segment in duty.segments)]
    if not drawn:
        return None
    bounds = shapely.total_bounds(drawn)
    (west, south), (east, north) = lonlat(bounds[0], bounds[1]), lonlat(bounds[2], bounds[3])
    return west, south, east, north


def _features(duty: Duty) -> dict[str, Any]:
    zones = [shape_feature(shape, {"type": "zone"}) for shape in duty.shapes]
    segments = [
        shape_feature(
            segment.line,
            {"type": "segment", "code": segment.code, "name": segment.name, "label": label(segment.road_class)}
            | ({"chief": duty.segment_chiefs[segment.code].name} if segment.code in duty.segment_chiefs else {}),
        )
        for segment in duty.segments
    ]
    cases = []
    for case, report in duty.cases:
        lon, lat = lonlat(report.x, report.y, report.crs)
        geometry = {"type": "Point", "coordinates": [lon, lat]}
        properties = {"type": "case", "case_no": case.case_no, "description": report.description}
        cases.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return feature_collection([*zones, *segments, *cases])


def _zone(code: str) -> Zone:
    zone = chief_store.find_zone(session(), code, on=today())
    if zone is None:
        message = f"no responsibility zone {code!r}"
        raise NotFoundError(message, zh=f"没有编码为 {code} 的责任区")
    return zone


def _person(code: str) -> Person:
    person = chief_store.find_person(session(), code)
    if person is None:
        message = f"nobody has the staff number {code!r}"
        raise NotFoundError(message, zh=f"没有工号为 {code} 的人员")
    return person
