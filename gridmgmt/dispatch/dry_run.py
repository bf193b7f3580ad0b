"""What a changed set of rules would have done with the cases of a month (试算): how many move from which unit to which."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import zoneinfo
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases import step_store
from gridmgmt.city import calendar_store
from gridmgmt.dispatch import fact_store
from gridmgmt.dispatch.bulk import BulkMatcher
from gridmgmt.dispatch.fact_store import CaseFacts
from gridmgmt.dispatch.model import DispatchRule

DECEMBER = 12
MOST_LISTED = 200


@dataclasses.dataclass(frozen=True)
class MovedCase:
    """A case that would go to another unit; ``sent_to`` is where people really sent it first."""

    case_no: str
    class_code: str | None
    street_office_code: str | None
    before: str
    after: str
    sent_to: str | None


@dataclasses.dataclass(frozen=True)
class DryRun:
    """What would move among ``cases`` cases: how many from which unit to which, most first, and the first of them by number."""

    since: datetime.datetime
    until: datetime.datetime
    cases: int
    moved: int
    flows: Sequence[tuple[str, str, int]]
    listed: Sequence[MovedCase]
    units: Mapping[str, str]


def run_dry(
    session: Session, scope: Scope, after: Sequence[DispatchRule], before: Sequence[DispatchRule] | None, *,
    month: tuple[datetime.datetime, datetime.datetime],
    on_moved: Callable[[MovedCase], None] | None = None,
) -> DryRun:  # fmt: skip
    """Compare two lists of rules over the cases of a scope opened in a month, each at the time it was dispatched first (or opened).

    With ``before`` None the comparison is with where people sent the cases; those that were not sent are left out. ``on_moved`` is
    called for every case that moves, in the order of their ids.
    """
    units, calendar = step_store.list_units(session), calendar_store.load_calendar(session)
    new = BulkMatcher(after, units, calendar)
    old = BulkMatcher(before, units, calendar) if before is not None else None
    flows: collections.Counter[tuple[str, str]] = collections.Counter()
    listed: list[MovedCase] = []
    cases = 0
    for case in fact_store.gather_cases(session, scope, since=month[0], until=month[1]):
        was, becomes = old.unit_for(case) if old else case.sent_to, new.unit_for(case)
        if was is None:
            continue
        cases += 1
        if was != becomes:
            flows[was, becomes] += 1
            moved = _moved(case, was, becomes)
            if len(listed) < MOST_LISTED:
                listed.append(moved)
            if on_moved is not None:
                on_moved(moved)
    ordered = sorted(((was, becomes, count) for (was, becomes), count in flows.items()), key=lambda flow: (-flow[2], flow[:2]))
    return DryRun(*month, cases, flows.total(), ordered, listed, {unit.code: unit.name for unit in units})


def month_of(year: int, month: int, zone: zoneinfo.ZoneInfo) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the first instant of a month on the city's clock and of the next."""
    after = (year + month // DECEMBER, month % DECEMBER + 1)
    return datetime.datetime(year, month, 1, tzinfo=zone), datetime.datetime(*after, 1, tzinfo=zone)


def month_before(today: datetime.date, zone: zoneinfo.ZoneInfo) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the month before the one a day lies in."""
    last = today.replace(day=1) - datetime.timedelta(days=1)
    return month_of(last.year, last.month, zone)


def _moved(case: CaseFacts, was: str, becomes: str) -> MovedCase:
    office = next((code for level, code in case.areas if level == "street_office"), None)
    return MovedCase(case.case_no, case.class_code, office, was, becomes, case.sent_to)
