"""How many cases each unit grid had, for planners."""

from __future__ import annotations

import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmgmt.cases.tables import CaseRow


def count_by_unit_grid(session: Session, *, since: datetime.datetime, before: datetime.datetime) -> dict[str, int]:
    """Return how many cases were opened in each unit grid in a span; grids without any, and cases outside all grids, are left out."""
    row = CaseRow
    statement = select(row.unit_grid_code, func.count()).where(
        row.opened_at >= since, row.opened_at < before, row.unit_grid_code.is_not(None)
    )
    return {code: count for code, count in session.execute(statement.group_by(row.unit_grid_code)) if code is not None}
