"""Statements that list roads and posts whole, for exports."""

from __future__ import annotations

import datetime

import numpy as np
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmgmt.db import valid_on
from gridmgmt.roads.model import Appointment, Person, Post, RoadClass, RoadSegment
from gridmgmt.roads.tables import AppointmentRow, PersonRow, RoadSegmentRow


def list_segments_on(session: Session, *, on: datetime.date) -> list[RoadSegment]:
    """Return the road segments valid on a day, by code."""
    row = RoadSegmentRow
    columns = (row.code, row.name, row.road_class, row.source, row.valid_from, row.valid_to, func.ST_AsBinary(row.line).label("wkb"))
    rows = session.execute(select(*columns).where(valid_on(row, on)).order_by(row.code)).all()
    lines = shapely.from_wkb(np.array([bytes(entry.wkb) for entry in rows], dtype=object))
    return [
        RoadSegment(entry.code, entry.name, RoadClass(entry.road_class), line, entry.source, entry.valid_from, entry.valid_to)
        for entry, line in zip(rows, lines, strict=True)
    ]


def list_appointments_on(session: Session, *, on: datetime.date) -> list[Appointment]:
    """Return who holds which post on a day, by zone, segment, post and staff number."""
    row = AppointmentRow
    statement = select(row, PersonRow).join(PersonRow, row.person_id == PersonRow.id).where(valid_on(row, on))
    return [
        Appointment(
            entry.id, Person(person.id, person.code, person.name, person.phone, person.agency), Post(entry.post), entry.zone_code,
            entry.segment_code, entry.valid_from, entry.valid_to,
        )
        for entry, person in session.execute(statement.order_by(row.zone_code, row.segment_code, row.post, PersonRow.code))
    ]  # fmt: skip
