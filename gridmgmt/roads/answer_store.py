"""Who answers by post: the road chief of a segment or a zone, and the zone of an area, as of a day."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.roads.model import Post
from gridmgmt.roads.tables import AppointmentRow, RoadSegmentRow, ZoneMemberRow, ZoneRow

Holder = tuple[int, int]  # ids of the appointment and of the person


def find_segment_chief(session: Session, segment_code: str, *, on: datetime.date) -> Holder | None:
    """Return who is road chief of a segment of its own on a day, or None."""
    return _holder(session, AppointmentRow.segment_code == segment_code, on)


def find_zone_chief(session: Session, zone_code: str, *, on: datetime.date) -> Holder | None:
    """Return who is road chief of a zone on a day, or None."""
    return _holder(session, (AppointmentRow.zone_code == zone_code) & AppointmentRow.segment_code.is_(None), on)


def find_zone_of(session: Session, areas: Sequence[tuple[Level, str]], *, on: datetime.date) -> str | None:
    """Return the zone of the first of these areas that belongs to one on a day, or None."""
    for level, code in areas:
        row = ZoneMemberRow
        found = session.scalar(select(row.zone_code).where(row.level == level.value, row.area_code == code, valid_on(row, on)))
        if found is not None:
            return found
    return None


def has_zone(session: Session, code: str) -> bool:
    """Say whether there is a zone with a code."""
    return session.get(ZoneRow, code) is not None


def find_road_class(session: Session, segment_code: str, *, on: datetime.date) -> str | None:
    """Return the class of a road segment on a day, or None where there is no such segment."""
    row = RoadSegmentRow
    return session.scalar(select(row.road_class).where(row.code == segment_code, valid_on(row, on)))


def _holder(session: Session, where: ColumnElement[bool], on: datetime.date) -> Holder | None:
    row = AppointmentRow
    found = session.execute(select(row.id, row.person_id).where(where, row.post == Post.ROAD_CHIEF.value, valid_on(row, on))).one_or_none()
    return (found[0], found[1]) if found else None
