"""What waits for the word of a supervisor: extensions, appeals, and the pool of suspended cases (挂账问题库) by the day of their review."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, bindparam, func, select, true
from sqlalchemy.orm import Session, aliased

from gridmgmt.accounts.model import EVERYWHERE, Scope
from gridmgmt.cases.appeal import REVIEWERS
from gridmgmt.cases.filter_store import in_states, opened_since
from gridmgmt.cases.model import CaseAction, CaseState, SuspensionPool
from gridmgmt.cases.scope_store import visible_to
from gridmgmt.cases.tables import CaseRow, CaseStepRow
from gridmgmt.cases.workflow import DONE_STATES, WITH_THE_UNIT

A = CaseAction
LONGEST_LIFE = datetime.timedelta(days=366)
# Steps after which a request for an extension no longer waits.
ANSWERED = (A.APPROVE_EXTENSION, A.REJECT_EXTENSION, A.HANDLE, A.RETURN_TO_DISPATCH, A.DISPATCH, A.REQUEST_EXTENSION)


@dataclasses.dataclass(frozen=True)
class Waiting:
    """A request that waits: who asked when and why; ``until`` of an extension, ``supported_by`` how many reviewers of an appeal."""

    case_no: str
    unit_code: str | None
    asked_by: str
    asked_at: datetime.datetime
    reason: str
    until: datetime.datetime | None = None
    supported_by: int = 0


@dataclasses.dataclass(frozen=True)
class Suspended:
    """A suspended case with the day on which it is looked at again."""

    case_no: str
    unit_code: str | None
    pool: SuspensionPool
    review_on: datetime.date
    reason: str


def list_waiting_extensions(session: Session, scope: Scope, *, limit: int = 100) -> Sequence[Waiting]:
    """Return the extensions of a scope that nobody has decided on, the oldest request first."""
    asked, later = aliased(CaseStepRow), aliased(CaseStepRow)
    answered = select(later.seq).where(later.case_id == asked.case_id, later.seq > asked.seq, later.action.in_(ANSWERED)).exists()
    statement = (
        select(CaseRow.case_no, CaseRow.unit_code, asked.actor, asked.at, asked.reason, asked.details["until"].astext)
        .join(asked, and_(asked.case_id == CaseRow.id, _is(asked, A.REQUEST_EXTENSION)))
        .where(CaseRow.is_open, CaseRow.state.in_(WITH_THE_UNIT), visible_to(scope), asked.details["granted"].astext == "false", ~answered)
        .order_by(asked.at, CaseRow.id)
        .limit(limit)
    )
    return [Waiting(no, unit, who, at, reason or "", _time(until)) for no, unit, who, at, reason, until in session.execute(statement)]


def list_waiting_appeals(session: Session, scope: Scope, *, since: datetime.datetime, limit: int = 100) -> Sequence[Waiting]:
    """Return the appeals of a scope made since an instant that are under review, the oldest first.

    Cases opened longer than ``LONGEST_LIFE`` before are left out, so that the statement does not read all of history.
    """
    asked, review = aliased(CaseStepRow), aliased(CaseStepRow)
    of_case = and_(review.case_id == asked.case_id, review.seq > asked.seq)
    rejected = select(review.seq).where(of_case, _is(review, A.REJECT_APPEAL)).exists()
    supported = select(func.count()).select_from(review).where(of_case, _is(review, A.SUPPORT_APPEAL)).scalar_subquery()
    statement = (
        select(CaseRow.case_no, CaseRow.unit_code, asked.actor, asked.at, asked.reason, supported)
        .join(asked, and_(asked.case_id == CaseRow.id, _is(asked, A.REQUEST_APPEAL)))
        .where(
            CaseRow.state.in_(DONE_STATES),
            visible_to(scope),
            asked.at >= since,
            opened_since(since - LONGEST_LIFE),
            ~rejected,
            supported < REVIEWERS,
        )
        .order_by(asked.at, CaseRow.id)
        .limit(limit)
    )
    return [
        Waiting(no, unit, who, at, reason or "", supported_by=number) for no, unit, who, at, reason, number in session.execute(statement)
    ]


def list_suspended(
    session: Session,
    scope: Scope = EVERYWHERE,
    *,
    pool: SuspensionPool | None = None,
    due_by: datetime.date | None = None,
    limit: int = 100,
) -> Sequence[Suspended]:
    """Return the suspended cases of a scope by the day of their review, those of one pool or to be reviewed by a day where asked."""
    step = aliased(CaseStepRow)
    last = (
        select(step.details, step.reason)
        .where(step.case_id == CaseRow.id, _is(step, A.SUSPEND))
        .order_by(step.seq.desc())
        .limit(1)
        .lateral()
    )
    held_in, review_on = last.c.details["pool"].astext, last.c.details["review_on"].astext
    asked = [held_in == pool.value] if pool else []
    asked += [review_on <= due_by.isoformat()] if due_by else []
    statement = (
        select(CaseRow.case_no, CaseRow.unit_code, held_in, review_on, last.c.reason)
        .join(last, true())
        .where(in_states([CaseState.SUSPENDED]), visible_to(scope), *asked)
        .order_by(review_on, CaseRow.id)
        .limit(limit)
    )
    rows = session.execute(statement)
    return [
        Suspended(no, unit, SuspensionPool(held), datetime.date.fromisoformat(day), reason or "") for no, unit, held, day, reason in rows
    ]


def _is(step: type[CaseStepRow], action: CaseAction) -> ColumnElement[bool]:
    """Return the condition for an action, written out so that the partial index of requests serves."""
    return step.action == bindparam("asked", action.value, literal_execute=True, unique=True)


def _time(given: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(given) if given else None
