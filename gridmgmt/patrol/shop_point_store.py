"""Where shops are, for planners."""

from __future__ import annotations

import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridmgmt.patrol.tables import FrontageRow


def list_shop_points(session: Session, *, on: datetime.date) -> list[tuple[float, float]]:
    """Return the points (storage CRS) of the shops in business on a day that have one, by code."""
    row = FrontageRow
    open_then = or_(row.closed_on.is_(None), row.closed_on > on)
    statement = select(func.ST_X(row.point), func.ST_Y(row.point)).where(row.point.is_not(None), open_then).order_by(row.code)
    return [(x, y) for x, y in session.execute(statement)]
