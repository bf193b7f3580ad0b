"""Statements that sum up days that are over, and read them."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.tables import CaseRow
from gridmgmt.city.model import Level
from gridmgmt.evaluation.model import DayFlow, Flow
from gridmgmt.evaluation.tables import CaseDayDoneRow, CaseDayRow

_ROLL_UP = Path(__file__).with_name("roll_up.sql").read_text(encoding="utf-8")
CHUNK = datetime.timedelta(days=31)
AGAIN = datetime.timedelta(days=2)  # an act may reach the database a moment after midnight
COLUMNS = {Level.DISTRICT: CaseDayRow.district_code, Level.STREET_OFFICE: CaseDayRow.street_office_code}


def roll_up(session: Session, first: datetime.date, last: datetime.date, *, time_zone: str) -> None:
    """Sum up the days from first to last anew, both included; doing it again changes nothing."""
    for since, until in _chunks(first, last):
        session.execute(delete(CaseDayRow).where(CaseDayRow.day >= since, CaseDayRow.day < until))
        times = {"since": midnight(since, time_zone), "until": midnight(until, time_zone), "time_zone": time_zone}
        session.execute(text(_ROLL_UP), times)
        done = func.generate_series(since, until - datetime.timedelta(days=1), datetime.timedelta(days=1)).column_valued("day")
        session.execute(insert(CaseDayDoneRow).from_select(["day"], select(done)).on_conflict_do_nothing())


def roll_up_missing(session: Session, *, today: datetime.date, time_zone: str) -> tuple[datetime.date, datetime.date] | None:
    """Sum up every day before today that is missing, the last two again; return the first and last of them, None without any case."""
    newest: datetime.date | None = session.scalar(select(func.max(CaseDayDoneRow.day)))
    if newest is not None:
        first = newest - AGAIN + datetime.timedelta(days=1)
    else:
        oldest: datetime.datetime | None = session.scalar(select(func.min(CaseRow.opened_at)))
        if oldest is None:
            return None
        first = oldest.astimezone(zoneinfo.ZoneInfo(time_zone)).date()
    last = today - datetime.timedelta(days=1)
    if first > last:
        return None
    roll_up(session, first, last, time_zone=time_zone)
    return first, last


def has_days(session: Session) -> bool:
    """Say whether any day was summed up yet."""
    return session.scalar(select(CaseDayDoneRow.day).limit(1)) is not None


def list_days(
    session: Session, scope: Scope, *, first: datetime.date, last: datetime.date, within: tuple[Level, str] | None = None
) -> list[DayFlow] | None:
    """Return the flow of each day summed up, oldest first; None for a scope that knows no whole districts or street offices."""
    seen = _seen(scope)
    if seen is None or (within is not None and within[0] not in COLUMNS):
        return None
    row = CaseDayRow
    conditions = [row.day == CaseDayDoneRow.day, *seen]
    if within is not None:
        conditions.append(COLUMNS[within[0]] == within[1])
    sums = [func.coalesce(func.sum(getattr(row, name)), 0) for name in ("opened", "closed", "timed", "in_time", "dropped")]
    statement = (
        select(CaseDayDoneRow.day, *sums)
        .select_from(CaseDayDoneRow)
        .outerjoin(row, onclause=_all(conditions))
        .where(CaseDayDoneRow.day >= first, CaseDayDoneRow.day <= last)
        .group_by(CaseDayDoneRow.day)
        .order_by(CaseDayDoneRow.day)
    )
    return [DayFlow(found[0], Flow(*(int(value) for value in found[1:]))) for found in session.execute(statement)]


def midnight(day: datetime.date, time_zone: str) -> datetime.datetime:
    """Return the moment a day of the city begins."""
    return datetime.datetime.combine(day, datetime.time(), zoneinfo.ZoneInfo(time_zone)).astimezone(datetime.UTC)


def _chunks(first: datetime.date, last: datetime.date) -> Iterator[tuple[datetime.date, datetime.date]]:
    end = last + datetime.timedelta(days=1)
    while first < end:
        until = min(first + CHUNK, end)
        yield first, until
        first = until


def _seen(scope: Scope) -> list[ColumnElement[bool]] | None:
    """Return the conditions of a scope; None where the summary is too coarse for it."""
    if scope.everything:
        return []
    codes = {level: [code for held, code in scope.areas if held == level] for level in COLUMNS}
    parts = [column.in_(codes[level]) for level, column in COLUMNS.items() if codes[level]]
    return [or_(*parts)] if parts else None


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    whole = conditions[0]
    for condition in conditions[1:]:
        whole &= condition
    return whole
