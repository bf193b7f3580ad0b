"""Statements that make a backlog's waiting rows cases of the city: repeats set aside, months built apart and attached, or filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from gridmgmt.cases.backlog_store import KEYS, TABLES, drop_tables, index_statements, list_months, table_name
from gridmgmt.cases.partition_store import PATIENCE, ensure_months
from gridmgmt.cases.store import SERIALS
from gridmgmt.errors import ConflictError

_FOLDER = Path(__file__).parent
_FIND_REPEATS = (_FOLDER / "publish_find_repeats.sql").read_text(encoding="utf-8")
_JUDGE = (_FOLDER / "publish_judge.sql").read_text(encoding="utf-8")
_FILL = (_FOLDER / "publish_fill.sql").read_text(encoding="utf-8")
AT_ONCE = 20_000  # cases a transaction fills into a month that lives


def judge_repeats(session: Session, run_id: int) -> tuple[list[tuple[int, str]], int]:
    """Take out of the waiting rows what the file or the city holds already.

    Return (row, earlier place) of each that contradicts what is known, and how many were exact repeats.
    """
    months = list_months(session, run_id)
    if not months:
        return [], 0
    keys, reports = (_all_months(run_id, table, months) for table in (KEYS, "incident_report"))
    session.execute(text("SET LOCAL work_mem = '256MB'"))
    session.execute(text("DROP TABLE IF EXISTS pg_temp.backlog_repeat, pg_temp.backlog_verdict"))
    session.execute(text(_FIND_REPEATS.replace("SELECT * FROM backlog_key", keys)))
    if not session.scalar(text("SELECT count(*) FROM backlog_repeat")):
        return [], 0
    session.execute(text("ANALYZE backlog_repeat"))
    session.execute(text(_JUDGE.replace("SELECT * FROM backlog_report", reports)))
    found = session.execute(text("SELECT report_id, row_no, earlier, same FROM backlog_verdict ORDER BY row_no")).all()
    for month in sorted({row.report_id // SERIALS for row in found}):
        for table, column in reversed(({KEYS: "report_id"} | TABLES).items()):  # steps refer to cases
            name = table_name(run_id, table, month)
            session.execute(text(f"DELETE FROM arriving.{name} USING backlog_verdict WHERE {name}.{column} = backlog_verdict.report_id"))
    return [(row.row_no, row.earlier) for row in found if not row.same], sum(row.same for row in found)


def is_empty(session: Session, month: int) -> bool:
    """Say whether the city has no report of a month yet, so that its rows can be attached whole."""
    first = month * SERIALS
    statement = text("SELECT NOT EXISTS (SELECT FROM incident_report WHERE id >= :first AND id < :last)")
    return bool(session.scalar(statement, {"first": first, "last": first + SERIALS}))


def list_index_work(session: Session, run_id: int, month: int) -> list[tuple[str, ...]]:
    """Return what has still to be built on the waiting tables of a month: some statements for each table, largest table first."""
    work = []
    for table, column in (("case_file", "id"), ("case_step", "case_id, seq"), ("incident_report", "id")):
        name = table_name(run_id, table, month)
        if session.scalar(
            text("SELECT EXISTS (SELECT FROM pg_index WHERE indrelid = CAST(:name AS regclass) AND indisprimary)"),
            {"name": f"arriving.{name}"},
        ):
            continue  # built in one transaction, so all or none
        made = [
            f"ALTER TABLE arriving.{name} ADD CONSTRAINT {table}_{month}_pkey PRIMARY KEY ({column})",
            *index_statements(session, table, name, filled=True),
        ]
        if table == "case_file":
            made.append(f"CREATE UNIQUE INDEX uq_case_file_case_no_{month} ON arriving.{name} (case_no)")
        if table == "case_step":
            made.append(f"CREATE TRIGGER case_step_is_never_emptied BEFORE TRUNCATE ON arriving.{name} EXECUTE FUNCTION refuse_change()")
        work.append((*made, f"ANALYZE arriving.{name}"))
    return work


def build(session: Session, statements: Sequence[str]) -> None:
    """Run statements of ``list_index_work``, in memory enough to sort a month; attaching it makes them durable, with all before it."""
    session.execute(text("SET LOCAL synchronous_commit = off"))
    session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    session.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))  # several tables are built at a time
    session.execute(text("SET LOCAL default_statistics_target = 10"))  # a first notion; autovacuum looks closer
    for statement in statements:
        session.execute(text(statement))


def list_references(session: Session, run_id: int, month: int) -> list[str]:
    """Return the statements that give waiting cases the references of cases to tables without months."""
    statement = text("""
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', CAST(:name AS text), conname, pg_get_constraintdef(pg_constraint.oid))
        FROM pg_constraint INNER JOIN pg_class ON confrelid = pg_class.oid
        WHERE conrelid = CAST('case_file' AS regclass) AND contype = 'f' AND conparentid = 0 AND relkind = 'r'
            AND conname NOT IN (SELECT known.conname FROM pg_constraint AS known WHERE known.conrelid = CAST(:name AS regclass))
        ORDER BY 1""")
    return list(session.scalars(statement, {"name": f"arriving.{table_name(run_id, 'case_file', month)}"}))


def refer(session: Session, statement: str) -> None:
    """Run a statement of ``list_references``, so that ``attach`` takes the reference over without reading a row.

    It waits no longer than ``attach`` for who writes the other table; a reference that is missing then is made by ``attach``.
    """
    session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))  # several months are looked at together
    session.execute(text(statement))


def check_steps(session: Session, run_id: int, month: int) -> None:
    """Ask of waiting cases what the trigger asks of others: each is where its newest step led; bind the steps to them."""
    case, step = (f"arriving.{table_name(run_id, table, month)}" for table in ("case_file", "case_step"))
    refers = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = CAST(:step AS regclass) AND contype = 'f')"
    if not session.scalar(text(refers), {"step": step}):
        session.execute(text(f"ALTER TABLE {step} ADD CONSTRAINT fk_case_step_case_id FOREIGN KEY (case_id) REFERENCES {case} (id)"))
    newest = "case_step.seq = case_file.version AND case_step.to_state = case_file.state"
    astray = session.scalar(
        text(f"""
        SELECT (SELECT count(*) FROM {case}) - count(*) FILTER (WHERE {newest}) + count(*) FILTER (WHERE case_step.seq > case_file.version)
        FROM {step} AS case_step INNER JOIN {case} AS case_file ON case_step.case_id = case_file.id""")
    )
    if astray:
        message = f"{astray} cases of {month} are not where their newest step led"
        raise ConflictError(message, zh=f"{month} 有 {astray} 件案卷与办理经过不符")


def attach(session: Session, run_id: int, month: int) -> None:
    """Make the waiting tables the month's partitions. Foreign keys they have not yet are checked by the database as it attaches them.

    Raises ConflictError when somebody reads for too long, or a report of that month or id came in meanwhile: judge and try again.
    """
    first, last = month * SERIALS, (month + 1) * SERIALS
    session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    try:
        _take_keys(session, run_id, month)  # first, as every report does: who holds a key and waits for its month never waits in a ring
        if session.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": f"monthly.case_file_{month}"}):
            _detach_empty(session, month)
        for table in TABLES:
            name = table_name(run_id, table, month)
            for statement in (
                f"ALTER TABLE arriving.{name} SET SCHEMA monthly",
                f"ALTER TABLE monthly.{name} RENAME TO {table}_{month}",
                f"ALTER TABLE {table} ATTACH PARTITION monthly.{table}_{month} FOR VALUES FROM ({first}) TO ({last})",
                f"ALTER TABLE monthly.{table}_{month} DROP CONSTRAINT of_month, RESET (autovacuum_enabled)",
            ):
                session.execute(text(statement))
    except (OperationalError, IntegrityError) as error:
        raise ConflictError(f"{month} is being read or written; try again", zh=f"{month} 正被读写，稍后再试") from error
    drop_tables(session, run_id, [table_name(run_id, KEYS, month)])


def prepare_fill(session: Session, run_id: int, month: int) -> None:
    """Make sure that the next waiting rows of a month are found without looking at all of them."""
    ensure_months(session, [month])
    for table, column in ({KEYS: "report_id"} | TABLES).items():
        name = table_name(run_id, table, month)
        session.execute(text(f"ALTER TABLE arriving.{name} RESET (autovacuum_enabled)"))
        session.execute(text(f"CREATE INDEX IF NOT EXISTS {name}_order ON arriving.{name} ({column})"))


def fill(session: Session, run_id: int, month: int) -> int:
    """Move the next waiting cases into a month that lives, as any report gets there, all its triggers included; return how many.

    Raises ConflictError when a report with one of their ids came in meanwhile: judge and try again.
    """
    names = {table: f"arriving.{table_name(run_id, table, month)}" for table in (KEYS, *TABLES)}
    last = session.scalar(text(f"SELECT max(id) FROM (SELECT id FROM {names['incident_report']} ORDER BY id LIMIT {AT_ONCE}) AS next"))
    if last is None:
        drop_tables(session, run_id, [table_name(run_id, table, month) for table in (KEYS, *TABLES)])
        return 0
    moved = 0
    try:
        for statement in re.sub(r"waiting_(\w+)", lambda found: names[found[1]], _FILL).split(";\n"):
            moved = max(moved, session.execute(text(statement), {"last": last}).rowcount)  # type: ignore[attr-defined]
    except IntegrityError as error:
        raise ConflictError(f"{month} is being written; try again", zh=f"{month} 正被写入，稍后再试") from error
    return moved


def _all_months(run_id: int, table: str, months: Sequence[int]) -> str:
    return " UNION ALL ".join(f"SELECT * FROM arriving.{table_name(run_id, table, month)}" for month in months)


def _detach_empty(session: Session, month: int) -> None:
    """Drop the month's empty partitions; raise ConflictError when a report came in meanwhile."""
    for table in TABLES:  # in this order everywhere, so that two never wait for each other
        session.execute(text(f"LOCK TABLE monthly.{table}_{month} IN ACCESS EXCLUSIVE MODE"))
    if not is_empty(session, month):
        raise ConflictError(f"a report of {month} came in meanwhile; try again", zh=f"{month} 刚有新上报，稍后再试")
    for table in reversed(TABLES):
        session.execute(text(f"ALTER TABLE {table} DETACH PARTITION monthly.{table}_{month}"))
        session.execute(text(f"DROP TABLE monthly.{table}_{month}"))


def _take_keys(session: Session, run_id: int, month: int) -> None:
    """Give the reports of a month their keys.

    Whether each key leads to a report is asked at once, by one statement, where the account may leave the trigger aside: it asks a row.
    """
    keys, report = (f"arriving.{table_name(run_id, table, month)}" for table in (KEYS, "incident_report"))
    may = session.scalar(text("SELECT current_setting('is_superuser') = 'on'"))
    if may:
        orphans = session.scalar(
            text(f"SELECT count(*) FROM {keys} AS k WHERE NOT EXISTS (SELECT FROM {report} AS r WHERE r.id = k.report_id)")
        )
        if orphans:
            raise ConflictError(f"{orphans} ids of {month} lead to no report", zh=f"{month} 有 {orphans} 个编号无对应上报")
        session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text(f"INSERT INTO report_key (key, report_id) SELECT key, report_id FROM {keys} ORDER BY report_id"))
    if may:
        session.execute(text("SET LOCAL session_replication_role = origin"))
