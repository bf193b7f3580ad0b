"""Statements of a lived-in year: places resolved by the one statement, cases staged with COPY, written set by set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.catalogue.tables import ClassLimitRow
from gridmgmt.db import copy_rows
from gridmgmt.demo.scripts import SCRIPTS
from gridmgmt.demo.units import DEPARTMENTS, STREET
from gridmgmt.responsibility.store import resolve_sql

_WRITE = Path(__file__).with_name("lived_in.sql").read_text(encoding="utf-8")
PLACE = ("id", "raw_x", "raw_y", "raw_crs", "point", "address", "day", "class_key")
CASE = (
    "id", "case_no", "place", "script", "version", "state", "unit", "source", "source_ref", "accuracy_m", "reported_at", "opened_at", "kind",
    "class_code", "description", "department", "limit_id", "condition_no", "due_at", "stopped_at", "until", "merged_into", "into_no", "at",
)  # fmt: skip
LINE = ("script", "seq", "action", "role", "reason", "from_state", "to_state", "by_unit", "again")
_TABLES = (
    """CREATE TEMPORARY TABLE lived_place (id integer PRIMARY KEY, raw_x float8, raw_y float8, raw_crs text, point geometry (POINT),
        address text, day date, class_key text) ON COMMIT DROP""",
    """CREATE TEMPORARY TABLE lived_case (id bigint, case_no text, place integer, script smallint, version smallint, state text, unit smallint,
        source text, source_ref text, accuracy_m float8, reported_at bigint, opened_at bigint, kind text, class_code text, description text,
        department text, limit_id bigint, condition_no text, due_at bigint, stopped_at bigint, until bigint, merged_into bigint, into_no text,
        at bigint[]) ON COMMIT DROP""",
    """CREATE TEMPORARY TABLE lived_line (script smallint, seq smallint, action text, role text, reason text, from_state text, to_state text,
        by_unit smallint, again boolean, PRIMARY KEY (script, seq)) ON COMMIT DROP""",
)
_POINTS = "SELECT id, point, day, class_key FROM lived_place"
# The unit of each department for each place: the district's or the street office's own, else the city's queue. The second is who gets what
# the first returned.
_UNITS = """
CREATE TEMPORARY TABLE lived_unit ON COMMIT DROP AS
SELECT
    lived_answer.*, department.name AS department,
    coalesce(
        department.name || '-' || CASE department.name WHEN :street THEN street_office_code ELSE district_code END, 'CITY-QUEUE'
    ) AS unit_1,
    coalesce(CASE department.name WHEN :street THEN 'CG-' || district_code ELSE :street || '-' || street_office_code END, 'CITY-QUEUE') AS unit_2
FROM lived_answer
CROSS JOIN unnest(CAST(:names AS text[])) AS department (name)
"""


def stage_places(session: Session, places: Iterable[Sequence[Any]]) -> set[int]:
    """Store where things happen, each with who answers for it on its day; return the places that no district and no street office has."""
    session.execute(
        text("DROP TABLE IF EXISTS pg_temp.lived_place, pg_temp.lived_case, pg_temp.lived_line, pg_temp.lived_answer, pg_temp.lived_unit")
    )
    for statement in _TABLES:
        session.execute(text(statement))
    copy_rows(session, "lived_place", PLACE, places)
    session.execute(text("ANALYZE lived_place"))
    session.execute(text(f"CREATE TEMPORARY TABLE lived_answer ON COMMIT DROP AS {resolve_sql(_POINTS)}"))
    session.execute(text(_UNITS), {"street": STREET, "names": [STREET, *DEPARTMENTS]})
    session.execute(text("CREATE INDEX ON lived_unit (id, department)"))
    session.execute(text("ANALYZE lived_unit"))
    copy_rows(session, "lived_line", LINE, _lines())
    return set(session.scalars(text("SELECT id FROM lived_answer WHERE district_code IS NULL OR street_office_code IS NULL")))


def write_cases(session: Session, cases: Iterable[Sequence[Any]]) -> int:
    """Write staged cases with their reports and steps; return how many."""
    session.execute(text("TRUNCATE lived_case"))
    count = copy_rows(session, "lived_case", CASE, cases)
    session.execute(text("ANALYZE lived_case"))
    for statement in _WRITE.split(";"):
        session.execute(text(statement.partition(".\n")[2] if statement.startswith("--") else statement))
    return count


def take_serials(session: Session, count: int) -> int:
    """Take so many serial numbers in a row; return the first."""
    first: int = session.execute(text("SELECT nextval('case_serial')")).scalar_one()
    session.execute(text("SELECT setval('case_serial', :last)"), {"last": first + count - 1})
    return first


def list_limits(session: Session, standard: str) -> list[ClassLimitRow]:
    """Return the handling limits of a standard that are in force, by class and number."""
    statement = text("SELECT * FROM class_limit WHERE standard = :standard AND valid_to IS NULL ORDER BY kind, class_code, condition_no")
    return list(session.execute(statement, {"standard": standard}).all())  # type: ignore[arg-type]


def _lines() -> Iterable[Sequence[Any]]:
    for number, script in enumerate(SCRIPTS):
        done = set()
        for line in script.lines():
            move, again = line.move, line.move.action in done
            done.add(move.action)
            yield number, line.seq, move.action.value, move.role, move.reason, line.from_state, line.to_state.value, line.by_unit, again
