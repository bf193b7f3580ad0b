"""Statements of working out again who answers for open cases, and of writing what changed."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from gridmgmt.cases.model import CaseState, ReportSource
from gridmgmt.copy_columns import CopyColumn, fetch_columns
from gridmgmt.responsibility.store import resolve_sql

# What an assignment is: where one of these differs, the case changes hands. Distances and the edition follow when it does.
COMPARED = (
    "basis", "district_code", "street_office_code", "community_code", "unit_grid_code", "segment_code", "zone_code", "person_id",
)  # fmt: skip
FOLLOWING = ("edition_id", "appointment_id", "segment_distance_m", "border_distance_m", "shared_with")
PREPARED_AFTER = 2  # executions, of a statement
_FOLDER = Path(__file__).parent
_POINTS = """
SELECT case_file.id, case_file.point, CAST(:day AS date) AS day, case_file.kind || ':' || case_file.class_code AS class_key
FROM case_file
WHERE case_file.id = ANY(:ids)
"""
_COMPARE = text(f"WITH answer AS ({resolve_sql(_POINTS)})\n" + (_FOLDER / "reassign.sql").read_text(encoding="utf-8"))
_OPEN = f"""SELECT id, version, CASE WHEN manual_override THEN 1 ELSE 0 END, point, kind || ':' || class_code, {", ".join(COMPARED)}
FROM case_file WHERE is_open AND id > {{after}} ORDER BY id LIMIT {{limit}}"""
_DESCRIBE = text("""
SELECT case_file.id, case_no, state, kind, class_code, source, unit_code, person.name AS chief
FROM case_file LEFT JOIN person ON person.id = case_file.person_id
WHERE case_file.id = ANY(:ids) AND case_file.id BETWEEN :first AND :last""")  # bounded: only their months are looked at
_APPLY = text((_FOLDER / "reassign_apply.sql").read_text(encoding="utf-8"))


@dataclasses.dataclass(frozen=True)
class OpenCases:
    """Open cases as stored, one entry each: where they lie (storage CRS), their class (``kind:code``), and the columns of COMPARED."""

    ids: npt.NDArray[np.int64]
    versions: npt.NDArray[np.int64]
    kept: npt.NDArray[np.bool_]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    class_key: CopyColumn
    compared: tuple[CopyColumn, ...]

    def take(self, rows: npt.NDArray[np.int64]) -> OpenCases:
        """Return some of the cases by their positions."""
        return OpenCases(
            self.ids[rows], self.versions[rows], self.kept[rows], self.x[rows], self.y[rows], self.class_key.take(rows),
            tuple(column.take(rows) for column in self.compared),
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Reassigned:
    """A case whose place or chief is another on a day than it says; ``before`` and ``after`` hold all that is compared.

    ``x``/``y`` in the storage CRS; ``kept`` when somebody set it by hand, so that it stays.
    """

    case_id: int
    case_no: str
    version: int
    state: CaseState
    kind: str | None
    class_code: str | None
    source: ReportSource
    unit_code: str | None
    kept: bool
    x: float
    y: float
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    chief_before: str | None
    chief_after: str | None
    following: Mapping[str, Any]

    @property
    def changed(self) -> list[str]:
        """Return the names of what differs."""
        return [name for name in COMPARED if self.before[name] != self.after[name]]


def fetch_open(session: Session, *, after: int, limit: int) -> OpenCases:
    """Return the next open cases after an id, in the order of ids, read without a lock."""
    query = _OPEN.format(after=after, limit=limit)
    identity, version, kept, place, class_key, *compared = fetch_columns(session, query, 5 + len(COMPARED))
    return OpenCases(identity.numbers(), version.numbers(), kept.numbers() != 0, *place.points(), class_key, tuple(compared))


def describe(session: Session, ids: Sequence[int]) -> dict[int, RowMapping]:
    """Return what is told of cases besides who answers, and the name of their chief, by id."""
    if not ids:
        return {}
    rows = session.execute(_DESCRIBE, {"ids": list(ids), "first": min(ids), "last": max(ids)}).mappings()
    return {row["id"]: row for row in rows}


def compare(session: Session, ids: Sequence[int], *, on: datetime.date) -> list[Reassigned]:
    """Return those of some cases that are open and whose assignment differs from what the rules say on a day, by id."""
    rows = session.execute(_COMPARE, {"ids": list(ids), "day": on}).mappings()
    found = [
        Reassigned(
            row["id"], row["case_no"], row["version"], CaseState(row["state"]), row["kind"], row["class_code"], ReportSource(row["source"]),
            row["unit_code"], row["manual_override"], row["x"], row["y"], {name: row[f"old_{name}"] for name in COMPARED},
            {name: row[name] for name in COMPARED}, row["old_chief"], row["chief"], {name: row[name] for name in FOLLOWING},
        )
        for row in rows
    ]  # fmt: skip
    return [each for each in found if each.changed]


def apply(session: Session, changes: Sequence[Reassigned], *, now: datetime.datetime, actor: str, reason: str, channel: str) -> set[int]:
    """Write the new assignments, one step a case; return the ids of those written. Cases that moved on since or were set by hand stay.

    The transaction will not wait for the disk: it is durable with the next one that does.
    """
    ids = [each.case_id for each in changes]
    rows = [
        {
            "id": each.case_id, "version": each.version, **each.after, **each.following,
            "details": {"changed": {side: {name: values[name] for name in each.changed} for side, values in _sides(each)}},
        }
        for each in changes
    ]  # fmt: skip
    values = {
        "ids": ids,
        "first": min(ids),
        "last": max(ids),
        "rows": json.dumps(rows, ensure_ascii=False),
        "now": now,
        "actor": actor,
        "reason": reason,
        "channel": channel,
    }
    written = set(session.scalars(_APPLY, values))
    session.expire_all()  # cases read before are not what is stored any more
    return written


def plan(session: Session) -> None:
    """Let the connection plan what ``apply`` runs, so that it keeps no case waiting for that."""
    no_case = -(10**12)  # as wide as an id: a plan is for types
    values = {"ids": [no_case], "first": no_case, "last": no_case, "rows": "[]", "now": datetime.datetime.min.replace(tzinfo=datetime.UTC)}
    for _ in range(PREPARED_AFTER):
        session.execute(_APPLY, values | dict.fromkeys(("actor", "reason", "channel"), ""))


def _sides(change: Reassigned) -> tuple[tuple[str, Mapping[str, Any]], tuple[str, Mapping[str, Any]]]:
    return ("before", change.before), ("after", change.after)
