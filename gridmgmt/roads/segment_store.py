"""Every statement that bringing road segments up to date needs."""

from __future__ import annotations

import datetime
from collections.abc import Collection

import numpy as np
import shapely
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from gridmgmt.roads.model import RoadClass, RoadSegment
from gridmgmt.roads.tables import AppointmentRow, RoadSegmentRow


def list_open_segments(session: Session) -> list[RoadSegment]:
    """Return the road segments that have no end yet, by code."""
    row = RoadSegmentRow
    statement = select(row.code, row.name, row.road_class, row.source, row.valid_from, func.ST_AsBinary(row.line).label("wkb"))
    rows = session.execute(statement.where(row.valid_to.is_(None)).order_by(row.code)).all()
    lines = shapely.from_wkb(np.array([bytes(entry.wkb) for entry in rows], dtype=object))
    return [
        RoadSegment(entry.code, entry.name, RoadClass(entry.road_class), line, entry.source, entry.valid_from)
        for entry, line in zip(rows, lines, strict=True)
    ]


def end_segments(session: Session, codes: Collection[str], *, on: datetime.date) -> None:
    """End the open rows of some codes on a day; a row that began that very day was never in force and is deleted."""
    row = RoadSegmentRow
    these = (row.valid_to.is_(None), row.code == func.any(list(codes)))
    session.execute(delete(row).where(*these, row.valid_from == on))
    session.execute(update(row).where(*these).values(valid_to=on))


def find_newest_start(session: Session) -> datetime.date | None:
    """Return the latest day on which any road segment began or ended, or None without roads."""
    row = RoadSegmentRow
    newest: datetime.date | None = session.scalar(select(func.max(func.greatest(row.valid_from, row.valid_to))))
    return newest


def list_segments_with_posts(session: Session, *, on: datetime.date) -> set[str]:
    """Return the codes of segments somebody holds a post for on a day or later."""
    row = AppointmentRow
    in_force = or_(row.valid_to.is_(None), row.valid_to > on)
    return {code for code in session.scalars(select(row.segment_code).where(in_force).distinct()) if code is not None}


def refresh_statistics(session: Session) -> None:
    """Let the planner see what was loaded."""
    session.execute(text("ANALYZE road_segment"))
