"""Statements about preparations that planners ask for on a page; the worker takes them, one that was left is taken again."""

from __future__ import annotations

import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, GridError, NotFoundError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting.due_store import OPEN, due
from gridmgmt.siting.scenario import JobState, Preparation
from gridmgmt.siting.tables import SitingPreparationRow

LEASE = datetime.timedelta(minutes=10)
MOST_ATTEMPTS = 3


def ask(session: Session, kind: FacilityKind, day: datetime.date, *, at: datetime.datetime, by: str) -> Preparation:
    """Ask for a set of a kind as of a day; raise ConflictError while one of the kind is being prepared."""
    row = SitingPreparationRow(kind=kind.value, day=day, asked_at=at, asked_by=by, state=JobState.WAITING.value)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "uq_siting_preparation_one_open" not in str(error):
            raise
        raise ConflictError(f"a set of {kind.en} is being prepared already", zh=f"{kind.zh}的数据集正在准备") from None
    return _preparation(row)


def list_recent(session: Session, *, since: datetime.datetime) -> list[Preparation]:
    """Return what is not over, and what failed since a moment, oldest first."""
    row = SitingPreparationRow
    failed = and_(row.state == JobState.FAILED.value, row.asked_at >= since)
    statement = select(row).where(or_(row.state.in_(OPEN), failed)).order_by(row.id)
    return [_preparation(found) for found in session.scalars(statement)]


def get_preparation(session: Session, number: int) -> Preparation:
    """Return a preparation as it stands; raise NotFoundError where there is none."""
    row = session.get(SitingPreparationRow, number, populate_existing=True)
    if row is None:
        raise NotFoundError(f"there is no preparation {number}", zh=f"没有编号为 {number} 的准备任务")
    return _preparation(row)


def find_due(session: Session, *, now: datetime.datetime) -> int | None:
    """Return the oldest one that waits or was left; None when nothing is to be done."""
    found: int | None = session.scalar(
        select(SitingPreparationRow.id)
        .where(due(SitingPreparationRow, now))
        .order_by(SitingPreparationRow.asked_at, SitingPreparationRow.id)
        .limit(1)
    )
    return found


def take(session: Session, number: int, *, now: datetime.datetime) -> Preparation | None:
    """Take one for ten minutes; None when somebody has it, it is over, or it was tried often enough, which fails it."""
    row = session.scalar(
        select(SitingPreparationRow)
        .where(SitingPreparationRow.id == number, due(SitingPreparationRow, now))
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.attempts += 1
    if row.attempts > MOST_ATTEMPTS:
        row.state, row.leased_until = JobState.FAILED.value, None
        row.words, row.words_zh = f"it died {MOST_ATTEMPTS} times", f"异常中止 {MOST_ATTEMPTS} 次"
        return None
    row.state, row.leased_until = JobState.RUNNING.value, now + LEASE
    return _preparation(row)


def finish(session: Session, number: int, *, set_id: int | None = None, error: GridError | None = None) -> None:
    """End one with its set, or with what was wrong."""
    row = session.get_one(SitingPreparationRow, number, with_for_update=True)
    row.state = (JobState.DONE if error is None else JobState.FAILED).value
    row.leased_until, row.set_id = None, set_id
    if error is not None:
        row.words, row.words_zh = str(error)[:1000], error.zh[:1000]


def _preparation(row: SitingPreparationRow) -> Preparation:
    return Preparation(
        row.id, FacilityKind(row.kind), row.day, row.asked_at, row.asked_by, JobState(row.state), row.words, row.words_zh, row.set_id
    )
