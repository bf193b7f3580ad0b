"""Statements about jobs: whoever holds the lease computes; a lease that ran out is taken over with what was saved."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, NotFoundError
from gridmgmt.siting.due_store import OPEN, due
from gridmgmt.siting.scenario import CurvePoint, Job, JobState
from gridmgmt.siting.tables import SitingJobRow


def add_job(session: Session, scenario_id: int, *, at: datetime.datetime, by: str, saved: Mapping[str, Any] | None = None) -> Job:
    """Ask for a scenario to be solved; raise ConflictError while it is being solved already."""
    row = SitingJobRow(scenario_id=scenario_id, state=JobState.WAITING.value, asked_at=at, asked_by=by, saved=saved)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "uq_siting_job_one_open" not in str(error):
            raise
        raise ConflictError(f"scenario {scenario_id} is being solved already", zh=f"方案 {scenario_id} 正在计算") from None
    session.refresh(row)
    return _job(row)


def list_jobs(session: Session, scenario_id: int | None = None) -> list[Job]:
    """Return the jobs, newest first, those of one scenario if given."""
    statement = select(SitingJobRow).order_by(SitingJobRow.id.desc()).execution_options(populate_existing=True)
    if scenario_id is not None:
        statement = statement.where(SitingJobRow.scenario_id == scenario_id)
    return [_job(row) for row in session.scalars(statement)]


def get_job(session: Session, number: int) -> Job:
    """Return a job as it stands now; raise NotFoundError where there is none."""
    return _job(_row(session, number))


def find_left(session: Session, scenario_id: int, *, now: datetime.datetime) -> Job | None:
    """Return the job of a scenario that waits or that somebody left, whose lease ran out; None where there is none."""
    row = SitingJobRow
    found = session.scalar(select(row).where(row.scenario_id == scenario_id, due(row, now)).execution_options(populate_existing=True))
    return None if found is None else _job(found)


def find_due(session: Session, *, now: datetime.datetime) -> int | None:
    """Return the oldest job that waits or whose lease ran out; None when nothing is to be done."""
    row = SitingJobRow
    found: int | None = session.scalar(select(row.id).where(due(row, now)).order_by(row.asked_at, row.id).limit(1))
    return found


def take(
    session: Session, number: int, *, key: str, now: datetime.datetime, lease: datetime.timedelta
) -> tuple[Job, Mapping[str, Any] | None] | None:
    """Take a job under a lease; return it with what was saved, or None when somebody else has it or it is over."""
    row = session.scalar(select(SitingJobRow).where(SitingJobRow.id == number).with_for_update(skip_locked=True))
    if row is None or row.state not in OPEN or (row.leased_until is not None and row.leased_until >= now):
        return None
    row.state, row.leased_until, row.lease_key = JobState.RUNNING.value, now + lease, key
    row.started_at, row.attempts = row.started_at or now, row.attempts + 1
    session.flush()
    return _job(row), row.saved


def beat(
    session: Session, number: int, *, key: str, until: datetime.datetime, seconds: float, progress: Sequence[CurvePoint], saved: Mapping[str, Any] | None,
) -> bool | None:  # fmt: skip
    """Renew the lease and keep where the solve stands; return whether it shall stop, None when the lease is no longer ours."""
    values: dict[str, Any] = {"leased_until": until, "seconds": seconds, "progress": [[p.seconds, p.value, p.bound] for p in progress]}
    if saved is not None:
        values["saved"] = dict(saved)
    row = SitingJobRow
    statement = update(row).where(row.id == number, row.lease_key == key, row.state == JobState.RUNNING.value).values(values)
    stop: bool | None = session.scalar(statement.returning(row.cancel_asked))
    return stop


def release(session: Session, number: int, *, key: str, counted: bool) -> None:
    """Give the lease back: the job waits for the next worker; ``counted``: the attempt failed, it did not merely end."""
    row = SitingJobRow
    values = {"attempts": row.attempts - int(not counted), "state": JobState.WAITING.value, "leased_until": None, "lease_key": None}
    session.execute(update(row).where(row.id == number, row.lease_key == key, row.state == JobState.RUNNING.value).values(values))


def finish(
    session: Session, number: int, *, key: str, state: JobState, at: datetime.datetime, words: str = "", words_zh: str = "", plan_id: int | None = None,
) -> bool:  # fmt: skip
    """End a job; return False, changing nothing, when the lease is no longer ours."""
    row = SitingJobRow
    values = {
        "state": state.value, "finished_at": at, "leased_until": None, "lease_key": None, "words": words[:1000], "words_zh": words_zh[:1000],
        "plan_id": plan_id,
    }  # fmt: skip
    mine = (row.id == number, row.lease_key == key, row.state == JobState.RUNNING.value)
    return session.scalar(update(row).where(*mine).values(values).returning(row.id)) is not None


def ask_to_cancel(session: Session, number: int, *, at: datetime.datetime) -> Job:
    """Cancel a job that waits, or ask one that runs to stop; its best plan so far is kept. Raises ConflictError when it is over."""
    row = _row(session, number, lock=True)
    if row.state not in OPEN:
        raise ConflictError(f"job {number} is over", zh=f"任务 {number} 已结束")
    row.cancel_asked = True
    if row.state == JobState.WAITING.value:
        row.state, row.finished_at = JobState.CANCELLED.value, at
    session.flush()
    return _job(row)


def find_saved(session: Session, scenario_id: int) -> Mapping[str, Any] | None:
    """Return what the newest job of a scenario saved, from which another goes on; None where there is nothing."""
    row = SitingJobRow
    statement = select(row.saved).where(row.scenario_id == scenario_id, row.saved.is_not(None)).order_by(row.id.desc()).limit(1)
    found: Mapping[str, Any] | None = session.scalar(statement)
    return found


def _row(session: Session, number: int, *, lock: bool = False) -> SitingJobRow:
    row = session.get(SitingJobRow, number, populate_existing=True, with_for_update=lock)
    if row is None:
        raise NotFoundError(f"there is no job {number}", zh=f"没有编号为 {number} 的任务")
    return row


def _job(row: SitingJobRow) -> Job:
    return Job(
        row.id, row.scenario_id, JobState(row.state), row.asked_at, row.asked_by, row.started_at, row.finished_at, row.leased_until,
        row.attempts, row.cancel_asked, row.seconds, tuple(CurvePoint(*point) for point in row.progress), row.words, row.words_zh, row.plan_id,
    )  # fmt: skip
