"""Statements about the months in which reports, cases and steps are kept (按月分区)."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError

AHEAD = 3  # months made before they begin, so that a worker that stood still for weeks is not missed
PATIENCE = "3s"  # a new month waits for nobody longer than this: who reads meanwhile would wait behind it


@dataclasses.dataclass(frozen=True)
class Month:
    """One month of cases: its number (yyyymm), or None for the net that catches what no month was made for."""

    month: int | None
    cases: int
    size_bytes: int


def months_of(days: Iterable[datetime.date]) -> list[int]:
    """Return the months (yyyymm) in which days lie, in order."""
    return sorted({day.year * 100 + day.month for day in days})


def months_ahead(today: datetime.date, ahead: int = AHEAD) -> list[int]:
    """Return the month of a day and those that follow it."""
    first = today.year * 12 + today.month - 1
    return [number // 12 * 100 + number % 12 + 1 for number in range(first, first + ahead + 1)]


def ensure_months(session: Session, months: Iterable[int]) -> list[int]:
    """Make the partitions of months that have none; return those made.

    A month whose first cases lie in the net already stays there: all is found as before, it is only slower. Raises ConflictError when
    somebody reads cases for longer than a few seconds meanwhile; nothing is made then, and it may be tried again.
    """
    session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    try:
        made = [month for month in months if session.scalar(text("SELECT make_month(:month)"), {"month": month})]
    except OperationalError as error:
        raise ConflictError("cases are being read; a new month has to wait for that", zh="案卷正被读取，稍后再建新月份") from error
    session.execute(text("SET LOCAL lock_timeout = 0"))
    return made


def list_months(session: Session) -> list[Month]:
    """Return the months there are, oldest first and the net last; the number of cases is the planner's estimate."""
    rows = session.execute(
        text("""
        SELECT CAST(substring(relname FROM '[0-9]{6}$') AS integer), greatest(CAST(reltuples AS bigint), 0),
            (SELECT sum(pg_total_relation_size(part.oid)) FROM pg_class AS part
             WHERE part.relnamespace = pg_class.relnamespace AND part.relkind = 'r'
                AND substring(part.relname FROM '[^_]*$') = substring(pg_class.relname FROM '[^_]*$'))
        FROM pg_class
        WHERE relnamespace = CAST('monthly' AS regnamespace) AND relkind = 'r' AND relname LIKE 'case\\_file\\_%'
        ORDER BY 1 NULLS LAST
        """)
    )
    return [Month(month, int(cases), int(size)) for month, cases, size in rows]
