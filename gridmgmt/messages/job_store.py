"""Statements of the worker's timetable: a job is done by whoever has locked its row, and by nobody twice."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.labels import Words
from gridmgmt.messages.tables import PeriodicJobRow

LONGEST = 500


@dataclasses.dataclass(frozen=True)
class JobState:
    """When a job is done next, and how it went last."""

    name: str
    next_at: datetime.datetime
    last_at: datetime.datetime | None
    last_words: Words
    failed: bool


def add_jobs(session: Session, names: Sequence[str], *, now: datetime.datetime) -> None:
    """Put jobs that are new into the timetable, due at once."""
    rows = [{"name": name, "next_at": now} for name in names]
    if rows:
        session.execute(insert(PeriodicJobRow).on_conflict_do_nothing(), rows)


def take_job(session: Session, names: Sequence[str], *, now: datetime.datetime) -> str | None:
    """Return a job whose time has come, locked until the transaction ends; None when there is none or another worker is at it."""
    statement = select(PeriodicJobRow.name).where(PeriodicJobRow.next_at <= now, PeriodicJobRow.name.in_(names))
    return session.scalar(statement.order_by(PeriodicJobRow.next_at, PeriodicJobRow.name).limit(1).with_for_update(skip_locked=True))


def note_job(session: Session, name: str, *, at: datetime.datetime, next_at: datetime.datetime, words: str, failed: bool) -> None:
    """Note how a job went, and when it is done again; words in both languages are kept as two lines, the Chinese one first."""
    lines = [words.zh, words] if isinstance(words, Words) else [words]
    kept = "\n".join(" ".join(line.split())[:LONGEST] for line in lines)
    values = {"last_at": at, "next_at": next_at, "last_words": kept, "failed": failed}
    session.execute(update(PeriodicJobRow).where(PeriodicJobRow.name == name).values(values))


def list_jobs(session: Session) -> list[JobState]:
    """Return the timetable by name."""
    rows = session.scalars(select(PeriodicJobRow).order_by(PeriodicJobRow.name).execution_options(populate_existing=True))
    return [JobState(row.name, row.next_at, row.last_at, _words(row.last_words), row.failed) for row in rows]


def _words(kept: str) -> Words:
    zh, _, en = kept.partition("\n")
    return Words(en or zh, zh=zh)
