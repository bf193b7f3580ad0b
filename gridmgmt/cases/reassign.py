"""Work out again who answers for open cases after boundaries, zones or appointments changed (重新归属).

The bulk engine answers, millions of cases a minute; what differs is written in small transactions. Doing it again changes nothing. A case that
is over keeps who answered for it on its day: that is history.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gridmgmt.cases import reassign_store
from gridmgmt.cases.model import CaseState, ReportSource
from gridmgmt.cases.reassign_store import COMPARED, FOLLOWING, OpenCases, Reassigned
from gridmgmt.city import store as city_store
from gridmgmt.copy_columns import CopyColumn, chosen, differ, whole_numbers
from gridmgmt.errors import ConflictError
from gridmgmt.responsibility.answer_days import Answers, Calendar, Coded
from gridmgmt.roads.chief_store import list_people_by_id

BATCH = 100_000  # cases read at a time: some forty megabytes
AT_ONCE = 25  # cases written under one lock
TRIES = 5  # for cases on which somebody acts while they are written
Rows = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Batch:
    """One batch: how many open cases it looked at, the last of their ids, and what differs."""

    looked_at: int
    last_id: int
    changes: tuple[Reassigned, ...]


def read_open(session: Session, *, after: int = 0, batch: int = BATCH) -> Iterator[OpenCases]:
    """Yield the open cases after an id, in the order of ids, some at a time; nothing is locked."""
    while len((cases := reassign_store.fetch_open(session, after=after, limit=batch)).ids):
        after = int(cases.ids[-1])
        yield cases


def list_reassignments(
    session: Session, read: Iterable[OpenCases] | None = None, *, on: datetime.date, calendar: Calendar | None = None
) -> Iterator[Batch]:
    """Yield what would change for open cases (all unless ``read``) if they were assigned anew on a day; nothing is locked or written.

    Every case is answered and compared; those that differ are answered again in full, with sharers and distances.
    """
    known = calendar or Calendar(session)
    limits = city_store.get_profile(session).snap_limits.by_managed_class
    for cases in read_open(session) if read is None else read:
        some = [_differing(cases, answers) for answers in _answer(session, known, cases, limits, on=on, measure_borders=False)]
        differing = cases.take(np.sort(np.concatenate(some)))
        changes = [
            change for answers in _answer(session, known, differing, limits, on=on) for change in _changes(session, differing, answers)
        ]
        yield Batch(len(cases.ids), int(cases.ids[-1]), tuple(sorted(changes, key=lambda change: change.case_id)))


def write_changes(
    session: Session, changes: Sequence[Reassigned], *, on: datetime.date, now: datetime.datetime, actor: str, reason: str,
    channel: str = "command",
) -> int:  # fmt: skip
    """Write changes that were listed, one step a case; return how many. What was set by hand stays; doing it again changes nothing.

    Each statement locks its cases in the order of their ids, writes them, and in a session of single statements lets go of them. A case on
    which somebody acted since it was listed is compared again; raises ConflictError when that happens again and again.
    """
    left = [each for each in changes if not each.kept]
    count = 0
    for _ in range(TRIES):
        if not left:
            return count
        done = reassign_store.apply(session, left, now=now, actor=actor, reason=reason, channel=channel)
        count += len(done)
        moved_on = [each.case_id for each in left if each.case_id not in done]
        left = [each for each in reassign_store.compare(session, moved_on, on=on) if not each.kept] if moved_on else []
    if left:
        message = f"somebody acts on {left[0].case_no} again and again; try again"
        raise ConflictError(message, zh=f"{left[0].case_no} 正被反复办理，请稍后再试")
    return count


def _answer(
    session: Session, calendar: Calendar, cases: OpenCases, limits: Mapping[str, float], *, on: datetime.date, measure_borders: bool = True
) -> Iterator[Answers]:
    """Return who answers for cases on a day, each with the snap limit of its class."""
    days = np.full(len(cases.ids), on.toordinal(), np.int64)
    keys = cases.class_key.texts(range(len(days))) if limits else None
    own = np.array([limits.get(key or "", np.nan) for key in keys]) if keys is not None else None
    return calendar.answer(session, cases.x, cases.y, days, limit_m=own, class_keys=keys, measure_borders=measure_borders)


def _differing(cases: OpenCases, answers: Answers) -> Rows:
    """Return the positions of the cases whose stored answer is another than ``answers`` says."""
    differs = np.zeros(len(answers.rows), np.bool_)
    for name, stored in zip(COMPARED, cases.compared, strict=True):
        differs |= differ(stored.take(answers.rows), _as_stored(getattr(answers, name)))
    return answers.rows[differs]


def _changes(session: Session, cases: OpenCases, answers: Answers) -> Iterator[Reassigned]:
    """Yield what changes for cases that differ; one that is gone meanwhile is left out."""
    rows = answers.rows
    described = reassign_store.describe(session, cases.ids[rows].tolist())
    people = list_people_by_id(session, np.unique(answers.person_id).tolist())
    before = [column.take(rows).texts(range(len(rows))) if name != "person_id" else _ids(column.take(rows))
              for name, column in zip(COMPARED, cases.compared, strict=True)]  # fmt: skip
    after = [_values(getattr(answers, name)) for name in COMPARED]
    following = [_values(getattr(answers, name)) if name != "edition_id" else [answers.edition_id] * len(rows) for name in FOLLOWING]
    for n, row in enumerate(rows.tolist()):
        told = described.get(int(cases.ids[row]))
        if told is None:
            continue
        person = people.get(int(answers.person_id[n]))
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


def _values(column: Coded | npt.NDArray[Any]) -> list[Any]:
    """Return values as they are stored: None for no id and no distance, lists for tuples."""
    if isinstance(column, Coded):
        return [list(value) if isinstance(value, tuple) else value for value in column.values[column.at].tolist()]
    return [None if np.isnan(value) or (column.dtype.kind == "i" and value < 0) else value.item() for value in column]
