"""Statements about due cases. What is late is asked of the stored due instant at the time of asking: no job ever marks a case."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from gridmgmt.cases.model import CaseState
from gridmgmt.cases.tables import CaseRow

CHUNK = 500


@dataclasses.dataclass(frozen=True)
class DueCase:
    """An open case on the clock, as a list needs it."""

    case_no: str
    state: CaseState
    unit_code: str | None
    due_at: datetime.datetime


@dataclasses.dataclass(frozen=True)
class StoredClock:
    """What a case keeps of its deadline."""

    case_id: int
    version: int
    case_no: str
    limit_id: int
    due_at: datetime.datetime | None


def list_due(
    session: Session, *, before: datetime.datetime, since: datetime.datetime | None = None, unit_code: str | None = None, limit: int = 200
) -> Sequence[DueCase]:
    """Return open cases whose running clock is due before an instant (and not before another), the most urgent first."""
    statement = select(CaseRow).where(*_due(before, since, unit_code)).order_by(CaseRow.due_at, CaseRow.id).limit(limit)
    rows = session.scalars(statement)
    return [DueCase(row.case_no, CaseState(row.state), row.unit_code, row.due_at) for row in rows if row.due_at is not None]


def count_due(session: Session, *, before: datetime.datetime, since: datetime.datetime | None = None, unit_code: str | None = None) -> int:
    """Return how many ``list_due`` would find without a limit."""
    statement = select(func.count()).select_from(CaseRow).where(*_due(before, since, unit_code))
    return session.scalar(statement) or 0


def list_running(session: Session) -> Iterator[StoredClock]:
    """Yield the clock of every open case that has a limit and was not stopped, by case, a chunk at a time."""
    running = (CaseRow.limit_id.is_not(None), CaseRow.clock_stopped_at.is_(None), _open())
    statement = select(CaseRow).where(*running).order_by(CaseRow.id).execution_options(populate_existing=True)
    after = 0
    while rows := session.scalars(statement.where(CaseRow.id > after).limit(CHUNK)).all():
        yield from (StoredClock(row.id, row.version, row.case_no, row.limit_id, row.due_at) for row in rows if row.limit_id is not None)
        after = rows[-1].id


def save_clock(session: Session, clock: StoredClock, columns: Mapping[str, Any]) -> bool:
    """Write what a case keeps of its deadline; return False when somebody acted on it since it was read and has written it anew."""
    unchanged = (CaseRow.id == clock.case_id, CaseRow.version == clock.version)
    return bool(session.scalars(update(CaseRow).where(*unchanged).values(**columns).returning(CaseRow.id)).all())


def _due(before: datetime.datetime, since: datetime.datetime | None, unit_code: str | None) -> list[ColumnElement[bool]]:
    conditions = [CaseRow.clock_stopped_at.is_(None), CaseRow.due_at < before, _open()]
    if since is not None:
        conditions.append(CaseRow.due_at >= since)
    if unit_code is not None:
        conditions.append(CaseRow.unit_code == unit_code)
    return conditions


def _open() -> ColumnElement[bool]:
    return CaseRow.is_open.expression
