"""Work out again when open cases are due, after the calendar or office hours were changed (重算到期时间)."""

from __future__ import annotations

import dataclasses
import datetime
import functools

from sqlalchemy.orm import Session

from gridmgmt.cases import clock_store, store
from gridmgmt.cases.handling_clock import clock_columns, handling_deadline, unit_of
from gridmgmt.catalogue import limit_store
from gridmgmt.city import calendar_store


@dataclasses.dataclass(frozen=True)
class MovedDeadline:
    """A case that is due at another time than it was thought."""

    case_no: str
    before: datetime.datetime | None
    after: datetime.datetime | None


def refresh_clocks(session: Session) -> list[MovedDeadline]:
    """Store when every open case on the clock is due by the calendar of now; return those that moved, by case.

    A case whose clock was stopped keeps the due instant it was judged by.
    """
    calendar_of = functools.cache(functools.partial(calendar_store.load_calendar, session))
    limit_of = functools.cache(functools.partial(limit_store.get_limit, session))
    moved = []
    for stored in clock_store.list_running(session):
        steps = store.list_steps(session, stored.case_id)
        columns = clock_columns(handling_deadline(limit_of(stored.limit_id).limit, steps, calendar_of(unit_of(steps))))
        if columns["due_at"] != stored.due_at and clock_store.save_clock(session, stored, columns):
            moved.append(MovedDeadline(stored.case_no, stored.due_at, columns["due_at"]))
    return moved
