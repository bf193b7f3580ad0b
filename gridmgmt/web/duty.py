"""What somebody of the road-chief system answers for: zones, segments, team, open cases, what was walked this week."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Sequence
from typing import Any

import shapely

from gridmgmt.cases import list_store
from gridmgmt.cases.list_model import CaseFilter, CaseLine, CaseOrder
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.evaluation.day_store import midnight
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.patrol import coverage_store, store
from gridmgmt.patrol.model import SegmentCover
from gridmgmt.roads import chief_store, map_store
from gridmgmt.roads.model import Appointment, Person, RoadSegment, Zone
from gridmgmt.web.answers import feature_collection, label, lonlat_box, point_feature, shape_feature
from gridmgmt.web.door import now, profile, session, today
from gridmgmt.web.guard import principal

CASE_LIMIT = 100
A_WEEK = datetime.timedelta(days=7)
Span = tuple[datetime.datetime, datetime.datetime]


@dataclasses.dataclass(frozen=True)
class Duty:
    """What a page shows; cases are those the asker may see, covers are by segment code and empty for who may not see patrols."""

    zones: list[tuple[Zone, list[Appointment]]]
    shapes: list[shapely.Geometry]
    segments: list[RoadSegment]
    segment_chiefs: dict[str, Person]
    people: list[int]  # the team's ids: whoever of them walks covers a segment
    cases: list[CaseLine]
    covers: dict[str, SegmentCover]

    @property
    def total_km(self) -> float:
        """Return the length of the segments in kilometres."""
        return sum(segment.line.length for segment in self.segments) / 1000

    @property
    def late(self) -> int:
        """Return how many of the open cases are past their deadline."""
        return sum(is_late(line) for line in self.cases)

    @property
    def covered(self) -> int:
        """Return how many segments were covered this week."""
        return sum(cover.covered for cover in self.covers.values())


def duty_of_zones(zones: Sequence[Zone], own_segments: Sequence[str] = (), person: Person | None = None) -> Duty:
    """Return everything about some zones, with single segments and a person's own cases beside them."""
    day = today()
    unions = [area_map_store.union_shape(session(), zone.members, on=day) for zone in zones]
    shapes = [shape for shape in unions if shape is not None]
    found = {s.code: s for shape in shapes for s in map_store.list_segments_inside(session(), shape, on=day)}
    found |= {segment.code: segment for segment in map_store.list_segments(session(), list(own_segments), on=day)}
    segments = [found[code] for code in sorted(found)]
    teams = [(zone, chief_store.list_team(session(), zone.code, on=day)) for zone in zones]
    chiefs = dict(chief_store.list_segment_chiefs(session(), list(found), on=day))
    people = (
        {entry.person.id for _, team in teams for entry in team}
        | {chief.id for chief in chiefs.values()}
        | ({person.id} if person else set())
    )
    cases, covers = _open_cases([zone.code for zone in zones], person), _covers(segments, people)
    return Duty(teams, shapes, segments, chiefs, sorted(people), cases, covers)


def duty_of_person(person: Person) -> Duty:
    """Return everything a person holds a post for today."""
    posts = chief_store.list_posts(session(), person.id, on=today())
    codes = sorted({post.zone_code for post in posts if post.zone_code and not post.segment_code})
    zones = [zone for code in codes if (zone := chief_store.find_zone(session(), code, on=today()))]
    return duty_of_zones(zones, [post.segment_code for post in posts if post.segment_code], person)


def box_of_duty(duty: Duty) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of what is drawn in degrees, None where nothing is."""
    drawn = [*duty.shapes, *(segment.line for segment in duty.segments)]
    return lonlat_box(shapely.total_bounds(drawn)) if drawn else None


def duty_features(duty: Duty) -> dict[str, Any]:
    """Return zones, segments and open cases as GeoJSON."""
    zones = [shape_feature(shape, {"type": "zone"}) for shape in duty.shapes]
    segments = [shape_feature(segment.line, _segment_properties(duty, segment)) for segment in duty.segments]
    cases = [
        point_feature(line.x, line.y, {"type": "case", "case_no": line.case_no, "description": line.description, "late": is_late(line)})
        for line in duty.cases
    ]
    return feature_collection([*zones, *segments, *cases])


def is_late(line: CaseLine) -> bool:
    """Say whether a case is past its deadline and its clock still runs."""
    return line.clock_stopped_at is None and line.due_at is not None and line.due_at < now()


def this_week() -> Span:
    """Return the beginning and the end of the city's week, which begins on Monday."""
    monday = today() - datetime.timedelta(days=today().weekday())
    return days_span(monday, monday + A_WEEK)


def days_span(first: datetime.date, end: datetime.date) -> Span:
    """Return the moments between which days of the city lie; ``end`` is the first day after."""
    return midnight(first, profile().time_zone), midnight(end, profile().time_zone)


def _segment_properties(duty: Duty, segment: RoadSegment) -> dict[str, Any]:
    properties: dict[str, Any] = {"type": "segment", "code": segment.code, "name": segment.name, "label": label(segment.road_class)}
    if segment.code in duty.segment_chiefs:
        properties["chief"] = duty.segment_chiefs[segment.code].name
    if segment.code in duty.covers:
        cover = duty.covers[segment.code]
        properties |= {"covered": cover.covered, "share": round(100 * cover.share)}
    return properties


def _open_cases(zone_codes: Sequence[str], person: Person | None) -> list[CaseLine]:
    """Return the open cases in some zones and of a person, the most urgent first, as far as the asker may see them."""
    if not principal().may("case.read"):
        return []
    filters = [CaseFilter(states=OPEN_STATES, zone_code=code) for code in zone_codes]
    filters += [CaseFilter(states=OPEN_STATES, person_id=person.id)] if person else []
    lines: dict[int, CaseLine] = {}
    for wanted in filters:
        page = list_store.list_page(session(), principal().scope, wanted, now=now(), order=CaseOrder.DUE, limit=CASE_LIMIT)
        lines |= {line.id: line for line in page.lines}
    never = datetime.datetime.max.replace(tzinfo=datetime.UTC)
    return sorted(lines.values(), key=lambda line: (line.clock_stopped_at is not None, line.due_at or never, line.id))[:CASE_LIMIT]


def _covers(segments: Sequence[RoadSegment], people: Collection[int]) -> dict[str, SegmentCover]:
    if not segments or not principal().may("patrol.read"):
        return {}
    since, until = this_week()
    rules = store.find_rules(session(), on=today())
    found = coverage_store.list_covers(session(), [s.code for s in segments], rules, since=since, until=until, people=people, on=today())
    return {cover.code: cover for cover in found}
