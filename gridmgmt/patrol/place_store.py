"""Statements that say in which part of the city somebody's duty lies."""

from __future__ import annotations

import datetime

import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.hierarchy import map_store
from gridmgmt.patrol.model import Place
from gridmgmt.responsibility.model import Responsibility
from gridmgmt.responsibility.store import resolve_responsibility
from gridmgmt.roads.chief_store import find_zone, list_chief_posts
from gridmgmt.roads.tables import AppointmentRow, RoadSegmentRow


def find_duty_place(session: Session, person_id: int, *, on: datetime.date) -> Place:
    """Return where a person's first post lies on a day: their zone, else the segment's middle; an empty place without a post."""
    row = AppointmentRow
    posts = session.execute(
        select(row.zone_code, row.segment_code)
        .where(row.person_id == person_id, valid_on(row, on))
        .order_by(row.segment_code.is_not(None), row.zone_code, row.segment_code)
    ).first()
    if posts is None:
        return Place()
    point = _zone_point(session, posts.zone_code, on) if posts.zone_code else find_segment_middle(session, posts.segment_code, on=on)
    place = place_of(resolve_responsibility(session, point, on=on)) if point else Place()
    return Place(posts.zone_code or place.zone_code, place.district_code, place.street_office_code, place.community_code)


def works_in(session: Session, person_id: int, scope: Scope, *, on: datetime.date) -> bool:
    """Say whether somebody's duty lies in a scope: in one of its areas, or in a zone whose road chief the scope belongs to."""
    place = find_duty_place(session, person_id, on=on)
    if scope.everything or any(getattr(place, level.code_field, None) == code for level, code in scope.areas):
        return True
    if scope.person_id is None:
        return False
    return any(post.zone_code == place.zone_code and not post.segment_code for post in list_chief_posts(session, scope.person_id, on=on))


def find_segment_middle(session: Session, code: str, *, on: datetime.date) -> tuple[float, float] | None:
    """Return the point half-way along a segment (storage CRS), or None where there is none on that day."""
    row = RoadSegmentRow
    middle = func.st_lineinterpolatepoint(row.line, 0.5)
    found = session.execute(select(func.st_x(middle), func.st_y(middle)).where(row.code == code, valid_on(row, on))).first()
    return (found[0], found[1]) if found else None


def place_of(found: Responsibility) -> Place:
    """Return the codes of an answer."""
    codes = {area.level: area.code for area in found.areas}
    return Place(found.zone_code, codes.get(Level.DISTRICT), codes.get(Level.STREET_OFFICE), codes.get(Level.COMMUNITY))


def _zone_point(session: Session, zone_code: str, on: datetime.date) -> tuple[float, float] | None:
    zone = find_zone(session, zone_code, on=on)
    shape = map_store.union_shape(session, zone.members, on=on) if zone and zone.members else None
    if shape is None:
        return None
    x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0].tolist()
    return x, y
