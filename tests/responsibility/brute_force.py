"""The same answer computed a second way: plain loops over shapely geometries, no index, no SQL."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import shapely

from gridmgmt.city.model import Level, SnapLimits
from gridmgmt.hierarchy.model import Area
from gridmgmt.roads.model import NewAppointment, Post, RoadSegment, Zone


@dataclasses.dataclass(frozen=True)
class City:
    """Everything the answer depends on."""

    first_day: datetime.date
    areas: Sequence[Area]
    segments: Sequence[RoadSegment]
    zones: Sequence[Zone]
    appointments: Sequence[NewAppointment]
    snap_limits: SnapLimits


@dataclasses.dataclass(frozen=True)
class Answer:
    """What both ways must agree on."""

    basis: str
    codes: tuple[str, ...]
    shared_with: tuple[str, ...]
    border_distance_m: float | None
    segment_code: str | None
    segment_distance_m: float | None
    zone_code: str | None
    person_code: str | None


def resolve(city: City, x: float, y: float, on: datetime.date) -> Answer:
    """Walk over everything."""
    point = shapely.Point(x, y)
    areas = [area for area in city.areas if holds(area, on)]
    covering = {level: sorted(a.code for a in areas if a.level is level and shapely.covers(a.shape, point)) for level in Level}
    finest = next((level for level in reversed(Level) if covering[level]), None)
    chain: list[Area] = []
    if finest:
        wanted: str | None = covering[finest][0]
        for level in reversed(list(Level)[: list(Level).index(finest) + 1]):
            found = next((a for a in areas if a.level is level and a.code == wanted), None)
            if found is None:
                break
            chain.insert(0, found)
            wanted = found.parent_code
    grid = next((a for a in chain if a.level is Level.UNIT_GRID), None)
    near = sorted(
        (round(shapely.distance(s.line, point) * 1000), s.code, shapely.distance(s.line, point))
        for s in city.segments
        if holds(s, on) and shapely.distance(s.line, point) <= limit(city, s) + 1e-6
    )
    zone = next(
        (z for area in reversed(chain) for z in city.zones if holds(z, on) and (area.level, area.code) in z.members),
        None,
    )
    chief, basis = chief_of(city, near[0][1] if near else None, zone.code if zone else None, on)
    if on < city.first_day:
        basis = "no_edition"
    elif not basis:
        basis = "outside" if not chain else "no_grid" if grid is None else "no_zone" if zone is None else "no_chief"
    return Answer(
        basis,
        tuple(a.code for a in chain),
        tuple(covering[Level.UNIT_GRID][1:]),
        shapely.distance(shapely.boundary(grid.shape), point) if grid else None,
        near[0][1] if near else None,
        near[0][2] if near else None,
        zone.code if zone else None,
        chief,
    )


def chief_of(city: City, segment: str | None, zone: str | None, on: datetime.date) -> tuple[str | None, str]:
    """Return the road chief and the basis, or None and nothing."""
    chiefs = [a for a in city.appointments if a.post is Post.ROAD_CHIEF and holds(a, on)]
    for entry in chiefs:
        if segment is not None and entry.segment_code == segment:
            return entry.person_code, "segment"
    for entry in chiefs:
        if zone is not None and entry.zone_code == zone and entry.segment_code is None:
            return entry.person_code, "zone"
    return None, ""


def limit(city: City, segment: RoadSegment) -> float:
    """Return the snap limit of a segment."""
    return city.snap_limits.by_road_class.get(segment.road_class.value, city.snap_limits.default_m)


def holds(dated: Area | RoadSegment | Zone | NewAppointment, on: datetime.date) -> bool:
    """Say whether something is valid on a day."""
    return dated.valid_from <= on and (dated.valid_to is None or on < dated.valid_to)
