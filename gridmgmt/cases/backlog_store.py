"""Statements of a backlog on its way in: the run and how far it came, and the tables of schema ``arriving`` where its rows wait."""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from gridmgmt.cases.backlog_model import BacklogRun, PreparedBlock, RunState
from gridmgmt.cases.store import SERIALS
from gridmgmt.copy_columns import send_packed
from gridmgmt.errors import ConflictError

TABLES = {"incident_report": "id", "case_file": "id", "case_step": "case_id"}
KEYS = "report_key"
ARRIVES = "is_open"  # the one condition of an index that a case meets as it arrives


def find_run(session: Session, sha256: str) -> BacklogRun | None:
    """Return the run of a file that is not done, None where there is none."""
    statement = text("SELECT * FROM backlog_run WHERE file_sha256 = :sha256 AND state <> 'done' ORDER BY id DESC LIMIT 1")
    row = session.execute(statement, {"sha256": sha256}).mappings().one_or_none()
    return _run(row) if row else None


def add_run(
    session: Session, *, file_name: str, sha256: str, settings: Mapping[str, Any], first_byte: int, now: datetime.datetime
) -> BacklogRun:
    """Begin a run."""
    statement = text("""
        INSERT INTO backlog_run (file_name, file_sha256, settings, state, next_byte, next_number, started_at)
        VALUES (:file_name, :sha256, CAST(:settings AS jsonb), 'reading', :first_byte, 1, :now) RETURNING *""")
    values = {"file_name": file_name, "sha256": sha256, "settings": json.dumps(settings), "first_byte": first_byte, "now": now}
    return _run(session.execute(statement, values).mappings().one())


def list_runs(session: Session) -> list[BacklogRun]:
    """Return the runs that are not done, oldest first."""
    return [_run(row) for row in session.execute(text("SELECT * FROM backlog_run WHERE state <> 'done' ORDER BY id")).mappings()]


def advance(session: Session, before: BacklogRun, after: BacklogRun) -> None:
    """Write how far a run came; raise ConflictError when another process has moved it meanwhile."""
    statement = text("""
        UPDATE backlog_run SET state = :state, next_byte = :next_byte, next_number = :next_number, taken = :taken, rejected = :rejected,
            repeated = :repeated, reject_bytes = :reject_bytes
        WHERE id = :id AND next_byte = :known_byte AND state = :known_state RETURNING id""")
    names = ("id", "next_byte", "next_number", "taken", "rejected", "repeated", "reject_bytes")
    values = {name: getattr(after, name) for name in names}
    known = {"state": after.state.value, "known_byte": before.next_byte, "known_state": before.state.value}
    if session.execute(statement, values | known).one_or_none() is None:
        message = f"another process is importing {before.file_name} at this moment"
        raise ConflictError(message, zh=f"另一进程正在导入 {before.file_name}")


def take_serials(session: Session, count: int) -> npt.NDArray[np.int64]:
    """Take so many serial numbers of cases, in rising order."""
    statement = text("SELECT string_agg(int8send(nextval('case_serial')), '') FROM generate_series(1, :count)")
    return np.frombuffer(bytes(session.execute(statement, {"count": count}).scalar_one() or b""), ">i8").astype(np.int64)


def write_block(session: Session, run: BacklogRun, block: PreparedBlock) -> None:
    """Write the rows of a block into the run's own tables, which are made as months come up.

    Whoever commits waits for no disk: a server that fails loses the last blocks together with how far the run came, and it goes on there.
    """
    session.execute(text("SET LOCAL synchronous_commit = off"))
    there = set(list_tables(session, run.id))
    for month in sorted({rows.month for rows in block.rows}):
        if table_name(run.id, KEYS, month) not in there:
            _make_tables(session, run.id, month)
    for rows in block.rows:
        send_packed(session, f"arriving.{table_name(run.id, rows.table, rows.month)}", rows.names, rows.pieces)


def table_name(run_id: int, table: str, month: int) -> str:
    """Return the name of the table of a run and month in schema ``arriving``."""
    return f"r{run_id}_{table}_{month}"


def list_tables(session: Session, run_id: int) -> list[str]:
    """Return the tables of a run."""
    statement = text("SELECT tablename FROM pg_tables WHERE schemaname = 'arriving' AND starts_with(tablename, :prefix) ORDER BY 1")
    return list(session.scalars(statement, {"prefix": f"r{run_id}_"}))


def list_months(session: Session, run_id: int) -> list[int]:
    """Return the months (yyyymm) of which rows of a run still wait."""
    prefix = f"r{run_id}_{KEYS}_"
    return [int(name.removeprefix(prefix)) for name in list_tables(session, run_id) if name.startswith(prefix)]


def drop_tables(session: Session, run_id: int, names: Iterable[str] | None = None) -> None:
    """Drop tables of a run, all unless told."""
    chosen = [f"arriving.{name}" for name in (list_tables(session, run_id) if names is None else names)]
    if chosen:  # by one statement, for steps refer to cases
        session.execute(text(f"DROP TABLE {', '.join(chosen)}"))


def discard(session: Session, run: BacklogRun) -> None:
    """Forget a run: what waits of it goes, what was published stays."""
    drop_tables(session, run.id)
    session.execute(text("DELETE FROM backlog_run WHERE id = :id"), {"id": run.id})


def index_statements(session: Session, table: str, name: str, *, filled: bool) -> list[str]:
    """Return the statements that give a waiting table the indexes of the city's table which rows fill as they arrive, or all others."""
    statement = text("""
        SELECT pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = CAST(:name AS regclass) AND NOT indisprimary
            AND coalesce(pg_get_expr(indpred, indrelid) = :arrives, TRUE) = :filled
        ORDER BY indexrelid""")
    found = session.scalars(statement, {"name": table, "arrives": ARRIVES, "filled": filled})
    return [re.sub(r"^CREATE (UNIQUE )?INDEX \S+ ON (ONLY )?\S+ ", rf"CREATE \1INDEX ON arriving.{name} ", one) for one in found]


def _make_tables(session: Session, run_id: int, month: int) -> None:
    """Make the month's tables: those of the city with their checks, bound to the month, without keys and without indexes that rows fill.

    An index that no row enters costs as much to build as another once the rows are there: each is read to be left out.
    """
    first, last = month * SERIALS, (month + 1) * SERIALS
    for table, column in TABLES.items():
        name = table_name(run_id, table, month)
        for statement in (
            f"CREATE TABLE arriving.{name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)",
            f"ALTER TABLE arriving.{name} ADD CONSTRAINT of_month CHECK ({column} >= {first} AND {column} < {last})",
            f"ALTER TABLE arriving.{name} SET (autovacuum_enabled = off)",  # nobody reads it before it is whole
            *index_statements(session, table, name, filled=False),
        ):
            session.execute(text(statement))
    keys = f"arriving.{table_name(run_id, KEYS, month)}"
    session.execute(text(f"CREATE TABLE {keys} (key text, report_id bigint, row_no bigint) WITH (autovacuum_enabled = off)"))


def _run(row: RowMapping) -> BacklogRun:
    names = [field.name for field in dataclasses.fields(BacklogRun)]
    return BacklogRun(**{name: row[name] for name in names} | {"state": RunState(row["state"])})
