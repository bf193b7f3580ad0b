"""Keep the clock of a case with every step (随办理计时): the limit it is filed under, and when it is due.

The due instant changes only when a step starts, pauses, resumes or stops the clock, so it is written with that step, in its
transaction. Whether the case is due soon or late is a comparison with the time of asking, made by the statement that asks: there is
nothing a job could do late, twice or not at all.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases.handling_clock import clock_columns, find_case_deadline, limit_for_filing, touches_clock
from gridmgmt.cases.model import Case, CaseAction, CaseStep
from gridmgmt.cases.step_store import NewStep
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import store as city_store


def with_clock(session: Session, case: Case, steps: Sequence[CaseStep], step: NewStep) -> NewStep:
    """Return a step that is about to be written with what it does to the clock of its case.

    Raises InvalidInputError for a filing that does not say which of several filing conditions is met.
    """
    if step.action is CaseAction.FILE:
        kind, code = step.changes.get("kind", case.kind), step.changes.get("class_code", case.class_code)
        return _filed(step, _limit_id(session, kind, code, step.details, at=step.at))
    new = CaseStep(case.version + 1, step.action, case.state, step.to_state, step.at, step.actor, step.reason, details=step.details)
    if case.limit_id is None or not touches_clock(new):
        return step
    columns = clock_columns(find_case_deadline(session, case.limit_id, [*steps, new]))
    return dataclasses.replace(step, changes={**step.changes, **columns})


def was_overdue(case: Case, now: datetime.datetime) -> bool | None:
    """Say whether a case passed its limit before its clock stopped, or has by now; None for one without a limit."""
    if case.limit_id is None:
        return None
    return case.due_at is not None and (case.clock_stopped_at or now) > case.due_at


def part_limit(session: Session, parent: Case, part: Mapping[str, Any], *, at: datetime.datetime) -> Mapping[str, Any]:
    """Return the limit of a part of a case: its parent's, or that of its own class where it has one."""
    if "class_code" not in part or (part["kind"], part["class_code"]) == (parent.kind, parent.class_code):
        return {"limit_id": parent.limit_id}
    return {"limit_id": _limit_id(session, part["kind"], part["class_code"], part, at=at)}


def _filed(step: NewStep, limit_id: int | None) -> NewStep:
    return dataclasses.replace(step, changes={**step.changes, "limit_id": limit_id}, details={**step.details, "limit_id": limit_id})


def _limit_id(session: Session, kind: str | None, code: str | None, said: Mapping[str, Any], *, at: datetime.datetime) -> int | None:
    if kind is None or code is None:
        return None
    profile = city_store.get_profile(session)
    day = profile.day_of(at)
    number = str(said.get("condition_no") or "").strip() or None
    limit = limit_for_filing(session, profile.catalogue_standard, ManagedKind(kind), code, on=day, condition_no=number)
    return limit.id if limit else None
