"""Statements of the bulk import: stage with COPY, set repeats aside, open and assign the rest set by set."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases.model import IncidentReport
from gridmgmt.cases.store import CASE_NO_SQL
from gridmgmt.db import copy_rows
from gridmgmt.responsibility.store import resolve_sql

_FOLDER = Path(__file__).parent
_STAGE = (_FOLDER / "import_stage.sql").read_text(encoding="utf-8")
_REPEATS_IN_FILE = text((_FOLDER / "import_repeats_in_file.sql").read_text(encoding="utf-8"))
_REPEATS_STORED = (_FOLDER / "import_repeats_stored.sql").read_text(encoding="utf-8")
_NEW = (_FOLDER / "import_new.sql").read_text(encoding="utf-8")
_POINTS = (
    "SELECT position AS id, point, day, kind || ':' || class_code AS class_key FROM import_new WHERE position BETWEEN :first AND :last"
)
_OPEN_CASES = text(
    (_FOLDER / "import_open_cases.sql")
    .read_text(encoding="utf-8")
    .replace("SELECT * FROM import_answer", resolve_sql(_POINTS))
    .replace("case_number", CASE_NO_SQL.format(day=":case_day", serial="(import_new.case_id % 1000000000)"))
)
GIVEN_KEYS = ("'source:' || import_report.source || ':' || import_report.source_ref", "'request:' || import_report.client_request_id")
COLUMNS = (
    "row_no", "source", "source_ref", "client_request_id", "reported_at", "raw_x", "raw_y", "raw_crs", "accuracy_m", "point", "kind",
    "class_code", "description", "address", "day",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class StagedReport:
    """A report that may be taken: its row, its place in the storage CRS (metres, snapped), its day in the city's time zone."""

    row: int
    report: IncidentReport
    easting: float
    northing: float
    day: datetime.date


def stage_reports(session: Session, staged: Sequence[StagedReport], *, srid: int) -> int:
    """COPY reports into a table that vanishes with the transaction; return how many."""
    for statement in _STAGE.split(";"):
        session.execute(text(statement))
    places = np.array([(entry.easting, entry.northing) for entry in staged], dtype=np.float64).reshape(-1, 2)
    points = shapely.to_wkb(shapely.set_srid(shapely.points(places), srid), hex=True, include_srid=True)
    count = copy_rows(session, "import_report", COLUMNS, (_row(entry, point) for entry, point in zip(staged, points, strict=True)))
    session.execute(text("ANALYZE import_report"))
    return count


def judge_repeats(session: Session) -> list[tuple[int, str]]:
    """Mark what the file or the database holds already; return (row, earlier place) of each that contradicts what is known."""
    session.execute(_REPEATS_IN_FILE)
    for key in GIVEN_KEYS:
        session.execute(text(_REPEATS_STORED.replace("given_key", key)))
    conflicts = session.execute(text("SELECT row_no, earlier FROM import_report WHERE verdict = 'conflict' ORDER BY row_no"))
    return [(int(row), str(earlier)) for row, earlier in conflicts]


def prepare_new(session: Session, *, case_day: datetime.date) -> int:
    """Give what is new its number and ids, in the order of the file; return how many."""
    for statement in _NEW.split(";"):
        session.execute(text(statement), {"case_day": case_day} if ":case_day" in statement else {})
    return int(session.execute(text("SELECT count(*) FROM import_new")).scalar_one())


def open_cases(session: Session, first: int, last: int, *, case_day: datetime.date, now: datetime.datetime, actor: str) -> int:
    """Insert reports, cases and steps for the new ones at positions first to last; return how many cases were opened."""
    values = {"first": first, "last": last, "case_day": case_day, "now": now, "actor": actor}
    return int(session.execute(_OPEN_CASES, values).scalar_one())


def _row(entry: StagedReport, point: str) -> tuple[object, ...]:
    report = entry.report
    return (
        entry.row, report.source.value, report.source_ref, report.client_request_id, report.reported_at, report.x, report.y,
        report.crs, report.accuracy_m, point, report.kind and str(report.kind), report.class_code, report.description, report.address,
        entry.day,
    )  # fmt: skip
