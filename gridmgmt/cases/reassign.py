"""Work out again who answers for open cases after boundaries, zones or appointments changed (重新归属).

The bulk engine answers, millions of cases a minute; what differs is written in small transactions. Doing it again changes nothing, so a run
that broke off is simply run again.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gridmgmt.cases import reassign_store
from gridmgmt.cases.model import CaseState, ReportSource
from gridmgmt.cases.reassign_store import COMPARED, FOLLOWING, OpenCases, Reassigned
from gridmgmt.city import store as city_store
from gridmgmt.copy_columns import CopyColumn, chosen, differ, whole_numbers
from gridmgmt.responsibility.answer_days import Answers, Calendar, Coded
from gridmgmt.roads.chief_store import list_people_by_id

BATCH = 200_000  # cases read at a time: a hundred megabytes
AT_ONCE = 250  # cases written under one lock
Rows = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Batch:
    """One batch: how many open cases it looked at, the last of their ids, and what differs."""

    looked_at: int
    last_id: int
    changes: tuple[Reassigned, ...]


def list_reassignments(
    session: Session, *, on: datetime.date, calendar: Calendar | None = None, after: int = 0, batch: int = BATCH
) -> Iterator[Batch]:
    """Yield what would change for open cases after an id if they were assigned anew on a day; nothing is locked or written."""
    known = calendar or Calendar(session)
    limits = city_store.get_profile(session).snap_limits.by_managed_class
    while len((cases := reassign_store.fetch_open(session, after=after, limit=batch)).ids):
        after = int(cases.ids[-1])
        days = np.full(len(cases.ids), on.toordinal(), np.int64)
        keys = cases.class_key.texts(range(len(days))) if limits else None
        own = np.array([limits.get(key or "", np.nan) for key in keys]) if keys is not None else None
        changes: list[Reassigned] = []
        for answers in known.answer(session, cases.x, cases.y, days, limit_m=own, class_keys=keys):
            changes += _changes(session, cases, answers)
        yield Batch(len(days), after, tuple(sorted(changes, key=lambda change: change.case_id)))


def write_changes(
    session: Session, changes: Sequence[Reassigned], *, on: datetime.date, now: datetime.datetime, actor: str, reason: str,
    channel: str = "command",
) -> int:  # fmt: skip
    """Write changes that were listed, one step a case; return how many. What was set by hand stays; doing it again changes nothing.

    The cases are locked in the order of their ids. One on which somebody acted since it was listed is compared again, under the lock.
    """
    to_write = [each for each in changes if not each.kept]
    if not to_write:
        return 0
    ids = [each.case_id for each in to_write]
    reassign_store.lock(session, ids)
    moved_on = set(reassign_store.list_open_among(session, ids, [each.version for each in to_write]))
    again = [each for each in reassign_store.compare(session, sorted(moved_on), on=on) if not each.kept] if moved_on else []
    current = [each for each in to_write if each.case_id not in moved_on] + again
    return reassign_store.apply(session, current, now=now, actor=actor, reason=reason, channel=channel) if current else 0


def _changes(session: Session, cases: OpenCases, answers: Answers) -> Iterator[Reassigned]:
    """Yield the cases whose stored answer is another than ``answers`` says."""
    differs = np.zeros(len(answers.rows), np.bool_)
    for name, stored in zip(COMPARED, cases.compared, strict=True):
        differs |= differ(stored.take(answers.rows), _as_stored(getattr(answers, name)))
    at = np.flatnonzero(differs)
    rows = answers.rows[at]
    described = reassign_store.describe(session, cases.ids[rows].tolist())
    people = list_people_by_id(session, np.unique(answers.person_id[at]).tolist())
    before = [column.take(rows).texts(range(len(rows))) if name != "person_id" else _ids(column.take(rows))
              for name, column in zip(COMPARED, cases.compared, strict=True)]  # fmt: skip
    after = [_values(getattr(answers, name), at) for name in COMPARED]
    following = [_values(getattr(answers, name), at) if name != "edition_id" else [answers.edition_id] * len(at) for name in FOLLOWING]
    for n, row in enumerate(rows.tolist()):
        told = described.get(int(cases.ids[row]))
        if told is None:
            continue
        person = people.get(int(answers.person_id[at[n]]))
        yield Reassigned(
            told["id"], told["case_no"], int(cases.versions[row]), CaseState(told["state"]), told["kind"], told["class_code"],
            ReportSource(told["source"]), told["unit_code"], bool(cases.kept[row]), float(cases.x[row]), float(cases.y[row]),
            dict(zip(COMPARED, (column[n] for column in before), strict=True)), dict(zip(COMPARED, (column[n] for column in after), strict=True)),
            told["chief"], person.name if person else None, dict(zip(FOLLOWING, (column[n] for column in following), strict=True)),
        )  # fmt: skip


def _as_stored(column: Coded | Rows) -> CopyColumn:
    if isinstance(column, Coded):
        return chosen(column.values, column.at)
    return whole_numbers(column, width=4, missing=column < 0)


def _ids(column: CopyColumn) -> list[int | None]:
    return [None if length < 0 else int.from_bytes(column.data[start : start + 4].tobytes(), "big")
            for start, length in zip(column.start.tolist(), column.length.tolist(), strict=True)]  # fmt: skip


def _values(column: Coded | npt.NDArray[Any], at: Rows) -> list[Any]:
    """Return the values of some entries as they are stored: None for no id and no distance, lists for tuples."""
    if isinstance(column, Coded):
        found = column.values[column.at[at]].tolist()
        return [list(value) if isinstance(value, tuple) else value for value in found]
    return [None if np.isnan(value) or (column.dtype.kind == "i" and value < 0) else value.item() for value in column[at]]
