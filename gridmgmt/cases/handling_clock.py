"""The clock of handling a case (处置计时): which limit it is filed under, and when it is due, both from its steps."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases.clocks import ClockVerb, Stage, marks_of
from gridmgmt.cases.deadlines import ClockMark, Deadline, MarkKind, find_deadline
from gridmgmt.cases.model import CaseAction, CaseStep
from gridmgmt.cases.workflow import FINAL_STATES
from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue.choose_limit import choose_limit
from gridmgmt.catalogue.model import ClassLimit, ManagedKind, TimeLimit, TimeUnit
from gridmgmt.city import calendar_store
from gridmgmt.city.calendar import WorkingCalendar


def limit_for_filing(
    session: Session, standard: str, kind: ManagedKind, class_code: str, *, on: datetime.date, condition_no: str | None
) -> ClassLimit | None:
    """Return the limit of the filing condition that is met; None for a class without any on that day.

    Raises InvalidInputError listing the conditions where the class has several and none, or none of them, is named.
    """
    if condition_no is None and not limit_store.list_limits(session, standard, kind, class_code, on=on):
        return None
    return choose_limit(session, standard, kind, class_code, on=on, condition_no=condition_no)


def touches_clock(step: CaseStep) -> bool:
    """Say whether a step can change when a case is due."""
    handling = any(stage is Stage.HANDLING for _, stage in marks_of(step.action, step.from_state, step.to_state))
    return handling or _ends(step) or step.action in {CaseAction.REQUEST_EXTENSION, CaseAction.APPROVE_EXTENSION}


def find_case_deadline(session: Session, limit_id: int | None, steps: Sequence[CaseStep]) -> Deadline | None:
    """Return when a case is due to be handled, with the office hours of the unit that has or had it; None without a limit or a clock."""
    if limit_id is None or not any(touches_clock(step) for step in steps):
        return None
    limit = limit_store.get_limit(session, limit_id).limit
    return handling_deadline(limit, steps, calendar_store.load_calendar(session, unit_of(steps)))


def clock_columns(found: Deadline | None) -> Mapping[str, Any]:
    """Return what the case keeps of its deadline, so that lists can ask for it; everything else is derived again when it is asked for."""
    return {"due_at": found.due if found else None, "clock_stopped_at": found.stopped_at if found else None}


def unit_of(steps: Sequence[CaseStep]) -> str | None:
    """Return the unit a case was dispatched to last."""
    dispatched = (CaseAction.DISPATCH, CaseAction.DISPATCH_AGAIN)
    return next((step.details.get("unit_code") for step in reversed(steps) if step.action in dispatched), None)


def handling_deadline(limit: TimeLimit, steps: Sequence[CaseStep], calendar: WorkingCalendar) -> Deadline | None:
    """Return when handling is due, or None before the case was dispatched.

    The clock of a unit starts when the case is dispatched to it, pauses on suspension and return, goes on with rework. An extension
    is granted until an instant: the time from what was due then to that instant is added, and moves with later pauses.
    """
    marks: list[ClockMark] = []
    limits = [limit]
    asked: datetime.datetime | None = None
    for step in steps:
        for verb, stage in marks_of(step.action, step.from_state, step.to_state):
            if stage is Stage.HANDLING:
                marks.append(ClockMark(step.at, MarkKind(verb.value), step.action.zh, step.action.en))
                limits = [limit] if verb is ClockVerb.START else limits
        if _ends(step):  # also a case that is closed while it is suspended
            marks.append(ClockMark(step.at, MarkKind.STOP, step.action.zh, step.action.en))
        if step.action is CaseAction.REQUEST_EXTENSION:
            asked = datetime.datetime.fromisoformat(step.details["until"])
        if asked is not None and _grants(step):
            before = find_deadline(limits, marks, calendar)
            limits = [*limits, *_added(before, asked)]
            marks.append(ClockMark(step.at, MarkKind.EXTEND, step.action.zh, step.action.en))
            asked = None
    return find_deadline(limits, marks, calendar)


def _ends(step: CaseStep) -> bool:
    return step.to_state in FINAL_STATES and step.from_state not in FINAL_STATES


def _grants(step: CaseStep) -> bool:
    first = step.action is CaseAction.REQUEST_EXTENSION and bool(step.details.get("granted"))
    return first or step.action is CaseAction.APPROVE_EXTENSION


def _added(before: Deadline | None, until: datetime.datetime) -> list[TimeLimit]:
    if before is None or before.due is None or until <= before.due:
        return []
    return [TimeLimit(Decimal((until - before.due).total_seconds()) / 3600, TimeUnit.URGENT_HOUR)]
