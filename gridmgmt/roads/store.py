"""Every statement about road segments, zones, people and appointments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import shapely
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.db import copy_rows
from gridmgmt.errors import ConflictError, NotFoundError
from gridmgmt.roads.model import NewAppointment, NewPerson, RoadSegment, Zone
from gridmgmt.roads.tables import AppointmentRow, PersonRow

SEGMENT_COLUMNS = ("code", "name", "road_class", "line", "source", "valid_from", "valid_to")


def add_segments(session: Session, segments: Iterable[RoadSegment]) -> int:
    """Insert road segments (COPY); lines must be in the storage CRS and snapped. Return how many."""
    srid = city_store.get_storage_srid(session)
    rows = (
        (
            segment.code, segment.name, segment.road_class.value,
            shapely.to_wkb(shapely.set_srid(segment.line, srid), hex=True, include_srid=True),
            segment.source, segment.valid_from, segment.valid_to,
        )
        for segment in segments
    )  # fmt: skip
    return copy_rows(session, "road_segment", SEGMENT_COLUMNS, rows)


def add_zones(session: Session, zones: Sequence[Zone]) -> int:
    """Insert responsibility zones and the areas they are made of; return how many zones."""
    count = copy_rows(session, "zone", ("code", "name"), ((zone.code, zone.name) for zone in zones))
    members = ((zone.code, level.value, code, zone.valid_from, zone.valid_to) for zone in zones for level, code in zone.members)
    copy_rows(session, "zone_member", ("zone_code", "level", "area_code", "valid_from", "valid_to"), members)
    return count


def add_people(session: Session, people: Iterable[NewPerson]) -> int:
    """Insert people; return how many."""
    rows = ((person.code, person.name, person.phone, person.agency) for person in people)
    return copy_rows(session, "person", ("code", "name", "phone", "agency"), rows)


def add_appointments(session: Session, appointments: Sequence[NewAppointment]) -> int:
    """Insert appointments; raise NotFoundError for an unknown person, ConflictError for one that overlaps another."""
    ids = dict(session.execute(select(PersonRow.code, PersonRow.id)).all())
    unknown = sorted({entry.person_code for entry in appointments} - set(ids))
    if unknown:
        message = f"no person with staff number {', '.join(unknown[:5])}"
        raise NotFoundError(message, zh=f"没有工号为 {', '.join(unknown[:5])} 的人员")
    rows = [
        {
            "person_id": ids[entry.person_code], "post": entry.post.value, "zone_code": entry.zone_code,
            "segment_code": entry.segment_code, "valid_from": entry.valid_from, "valid_to": entry.valid_to,
        }
        for entry in appointments
    ]  # fmt: skip
    try:
        if rows:
            session.execute(insert(AppointmentRow), rows)
    except IntegrityError as error:
        message = f"an appointment contradicts another: {error.orig}"
        raise ConflictError(message, zh=f"任职与已有记录冲突：{error.orig}") from error
    return len(rows)
