"""``gridmgmt cases import``: reports by the file; a large CSV or a backlog by the block (``cases_backlog.py``)."""

from __future__ import annotations

import datetime
import hashlib
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import backlog_store
from gridmgmt.cases.backlog_model import BacklogRun
from gridmgmt.cases.import_reports import ImportResult, import_reports
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.cases_answers import TARGET, check_target, write_answers
from gridmgmt.cli.cases_backlog import Head, check_some_taken, import_backlog, reading_of
from gridmgmt.cli.cases_order import LAYER, Asked, default_time, make_order, no_crs
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.responsibility_parquet import SCHEDULER
from gridmgmt.cli.session import engine, transaction
from gridmgmt.cli.show_plan import show_notes
from gridmgmt.db import make_session_factory
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.aliases import column_name
from gridmgmt.ingest.csv_stream import CsvHead, survey
from gridmgmt.ingest.mapping import parse_map_flags, read_mapping_file
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping
from gridmgmt.ingest.points import PointTable, read_points
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.ingest.reject_file import write_rejects
from gridmgmt.ingest.report_rows import WANTED, RejectedRow, ReportRow, to_report_rows
from gridmgmt.ingest.store import IngestRun, add_run
from gridmgmt.responsibility.parquet_slices import list_files

MOST_LINES = 10
LARGE_BYTES = 20_000_000


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--crs", help="Coordinate system of the file: wgs84, gcj02, bd09 or EPSG:number; may be left out only where the file declares it."
)
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(WANTED)}.")
@click.option("--mapping", type=click.Path(path_type=Path), help="TOML file of FIELD = HEADER lines.")
@click.option("--x-field", help="Column of longitude or easting.")
@click.option("--y-field", help="Column of latitude or northing.")
@click.option("--source", default="", help="Name of the system the file comes from; goes before its ids and remembers the mapping.")
@click.option(
    "--channel",
    type=click.Choice([source.value for source in ReportSource]),
    default=ReportSource.IMPORT.value,
    show_default=True,
    help="Who reported.",
)
@click.option("--reported-at", help="Time of rows that carry none, such as 2026-11-01 08:30.")
@click.option("--layer", "sheet", help="Sheet or layer of a file with several.")
@click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Where rejected rows go (default: FILE.rejects.csv).")
@click.option(
    "--backlog/--no-backlog",
    default=None,
    help="Cases opened on the day of their report, by the block; from 20 MB on a CSV is one unless told.",
)
@click.option("--discard", is_flag=True, help="Give up an import of the file that broke off, and begin anew.")
@SCHEDULER
@TARGET
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
def import_command(
    path: Path, crs: str | None, maps: tuple[str, ...], mapping: Path | None, x_field: str | None, y_field: str | None, source: str,
    channel: str, reported_at: str | None, sheet: str | None, encoding: str | None, rejects: Path | None,
    backlog: bool | None, discard: bool, scheduler: str | None, target: Path | None, dry_run: bool,
) -> None:  # fmt: skip
    """Open and assign a case for every new report in a file; repeats change nothing.

    A file of today's reports is taken all or nothing. A backlog (--backlog, any large CSV, Parquet or a folder of it) is read block by block
    and published month by month; run again after an interruption it goes on where it broke off.
    """
    asked = Asked(path, crs, (read_mapping_file(mapping) if mapping else {}) | parse_map_flags(maps), x_field, y_field, source,
                  ReportSource(channel), reported_at, sheet, encoding, rejects or path.with_name(f"{path.name}.rejects.csv"), scheduler, target)  # fmt: skip
    parquet = backlog is not False and bool(list_files(path))
    head = survey(path, encoding=encoding) if not parquet and (backlog or (backlog is None and _is_large(path))) else None
    if parquet or head is not None:
        _import_backlog(asked, head, discard=discard, dry_run=dry_run)
    elif backlog or scheduler or target:
        raise InvalidInputError(
            "backlog", f"{path.name} is no CSV or Parquet that can be read in blocks", zh=f"{path.name} 不是可分块读取的 CSV 或 Parquet"
        )
    else:
        _import_file(asked, dry_run=dry_run)


def _is_large(path: Path) -> bool:
    return path.suffix.lower() in {".csv", ".gz"} and path.exists() and path.stat().st_size >= LARGE_BYTES


def _import_backlog(asked: Asked, surveyed: CsvHead | None, *, discard: bool, dry_run: bool) -> None:
    """Import a CSV that was surveyed, or Parquet, whose survey must know the city's time zone."""
    opened = engine()
    sessions = make_session_factory(opened)
    try:
        order = make_order(sessions, asked, surveyed)
        head = order.head
        check_target(asked.target, head)
        if discard:
            _discard(sessions, head)
        show_notes(head.notes)
        run = import_backlog(sessions, order, dry_run=dry_run)
        _say_run(run, asked.rejects)
        check_some_taken(run)
        if dry_run:
            say("试运行，未写入；与已有案卷是否重复未作判断", "dry run: nothing written, repeats not looked for")
            return
        if run.taken:
            with sessions.begin() as session:
                save_mapping(session, source=asked.memory, layer=LAYER, mapping=order.mapping)
                summary = {"file": head.path.name, "repeated": run.repeated, "backlog": True}
                add_run(session, IngestRun(LAYER, asked.memory, head.digest, order.crs, run.taken, run.rejected, summary))
        if asked.target is not None:
            with sessions() as session:
                write_answers(session, reading_of(session, order, city_store.get_profile(session)), order.channel, asked.target)
    finally:
        opened.dispose()


def _discard(sessions: sessionmaker[Session], head: Head) -> None:
    with sessions.begin() as session:
        found = backlog_store.find_run(session, head.digest)
        if found is not None:
            backlog_store.discard(session, found)


def _say_run(run: BacklogRun, rejects: Path) -> None:
    say(
        f"新增 {run.taken} 件，已有 {run.repeated} 件，退回 {run.rejected} 行",
        f"{run.taken} new, {run.repeated} already there, {run.rejected} rejected",
    )
    if run.rejected:
        say(f"退回的行及原因见 {rejects}", f"rejected rows with reasons: {rejects}")


def _import_file(asked: Asked, *, dry_run: bool) -> None:
    console = Console(stderr=True)
    reading: dict[str, Any] = {"layer": asked.sheet, "encoding": asked.encoding, "x_field": asked.x_field, "y_field": asked.y_field}
    path = asked.path
    with transaction() as session:
        profile = city_store.get_profile(session)
        remembered = find_mapping(session, source=asked.memory, layer=LAYER)
        with console.status(tr(f"读取 {path.name}", f"reading {path.name}")):
            table = read_points(path, crs=asked.crs, mapping=asked.mapping, remembered=remembered, wanted=WANTED, **reading)
        named = _crs(table)
        rows, refused = _rows(session, table, profile, asked.source, asked.reported_at)
        result = _import(session, [_report(row, named, asked.channel) for row in rows], profile, console)
        refused += [RejectedRow(rows[entry.row - 1].row, entry.field, entry.reason, entry.zh) for entry in result.rejected]
        refused.sort(key=lambda entry: entry.row)
        _say(table, result, refused)
        if refused:
            write_rejects(asked.rejects, table, read_layer(path, **reading).attributes, refused)
            say(f"退回的行及原因见 {asked.rejects}", f"rejected rows with reasons: {asked.rejects}")
        _refuse_all_rejected(result, refused)
        if dry_run:
            session.rollback()
            say("试运行，未写入", "dry run: nothing written")
        elif result.added:
            save_mapping(session, source=asked.memory, layer=LAYER, mapping=table.mapping)
            add_run(session, _run(path, asked.memory, named, result, len(refused)))


def _crs(table: PointTable) -> str:
    if table.crs is None:
        raise no_crs(table.path)
    return table.crs


def _rows(
    session: Session, table: PointTable, profile: CityProfile, source: str, reported_at: str | None
) -> tuple[list[ReportRow], list[RejectedRow]]:
    default = default_time(reported_at, profile.zone)
    classes = catalogue_store.list_classes(session, profile.catalogue_standard)
    return to_report_rows(table, time_zone=profile.zone, source=source, reported_at=default, classes=classes)


def _report(row: ReportRow, crs: str, channel: ReportSource) -> IncidentReport:
    return IncidentReport(
        x=row.x, y=row.y, crs=crs, source=channel, reported_at=row.reported_at, accuracy_m=row.accuracy_m, kind=row.kind,
        class_code=row.class_code, description=row.description, address=row.address, source_ref=row.source_ref,
    )  # fmt: skip


def _import(session: Session, reports: Sequence[IncidentReport], profile: CityProfile, console: Console) -> ImportResult:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(tr("归属", "assigning"), total=len(reports))
        now = datetime.datetime.now(datetime.UTC)
        return import_reports(
            session, reports, profile=profile, now=now,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )  # fmt: skip


def _say(table: PointTable, result: ImportResult, refused: Sequence[RejectedRow]) -> None:
    show_notes(table.notes)
    added, there, rejected = result.added, result.repeated, len(refused)
    say(f"新增 {added} 件，已有 {there} 件，退回 {rejected} 行", f"{added} new, {there} already there, {rejected} rejected")
    for entry in itertools.islice(refused, MOST_LINES):
        say(
            f"  第 {entry.row} 行 {column_name(entry.field, table.mapping)}：{entry.zh}",
            f"  row {entry.row}, {entry.field}: {entry.reason}",
            err=True,
        )


def _refuse_all_rejected(result: ImportResult, refused: Sequence[RejectedRow]) -> None:
    if refused and not (result.added or result.repeated):
        message = "no row of the file could be taken; see the reasons above"
        raise SourceError(message, zh="没有任何一行可以受理；原因见上")


def _run(path: Path, source: str, crs: str, result: ImportResult, rejected: int) -> IngestRun:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    summary = {"file": path.name, "repeated": result.repeated}
    return IngestRun(LAYER, source, digest, crs, result.added, rejected, summary)
