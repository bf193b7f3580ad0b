"""``gridmgmt cases import | list | show``: reports by the file, cases as they stand; acting on them is in ``cases_act.py``."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import zoneinfo
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.import_reports import ImportResult, import_reports
from gridmgmt.cases.model import Case, IncidentReport, ReportSource
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.cases_act import act_command, pool_command, steps_command, unit_command, units_command, workflow_command
from gridmgmt.cli.cases_reassign import reassign_command
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console as show_console
from gridmgmt.cli.show_plan import show_notes
from gridmgmt.errors import InvalidInputError, NotFoundError, SourceError
from gridmgmt.ingest.aliases import column_name
from gridmgmt.ingest.mapping import parse_map_flags, read_mapping_file
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping
from gridmgmt.ingest.points import PointTable, read_points
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.ingest.reject_file import write_rejects
from gridmgmt.ingest.report_rows import WANTED, RejectedRow, ReportRow, parse_time, to_report_rows
from gridmgmt.ingest.store import IngestRun, add_run
from gridmgmt.responsibility.model import Basis

LAYER = "incident"
MOST_LINES = 10


@click.group()
def cases() -> None:
    """Incidents and the cases they became."""


for command in (act_command, pool_command, reassign_command, steps_command, unit_command, units_command, workflow_command):
    cases.add_command(command)


@cases.command("import")
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
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
def import_command(
    path: Path, crs: str | None, maps: tuple[str, ...], mapping: Path | None, x_field: str | None, y_field: str | None, source: str,
    channel: str, reported_at: str | None, sheet: str | None, encoding: str | None, rejects: Path | None, dry_run: bool,
) -> None:  # fmt: skip
    """Open and assign a case for every new report in a file, all or nothing; repeats change nothing."""
    console = Console(stderr=True)
    given = (read_mapping_file(mapping) if mapping else {}) | parse_map_flags(maps)
    memory = source or path.stem
    reading: dict[str, Any] = {"layer": sheet, "encoding": encoding, "x_field": x_field, "y_field": y_field}
    with transaction() as session:
        profile = city_store.get_profile(session)
        remembered = find_mapping(session, source=memory, layer=LAYER)
        with console.status(tr(f"读取 {path.name}", f"reading {path.name}")):
            table = read_points(path, crs=crs, mapping=given, remembered=remembered, wanted=WANTED, **reading)
        named = _crs(table)
        rows, refused = _rows(session, table, profile, source, reported_at)
        result = _import(session, [_report(row, named, ReportSource(channel)) for row in rows], profile, console)
        refused += [RejectedRow(rows[entry.row - 1].row, entry.field, entry.reason, entry.zh) for entry in result.rejected]
        refused.sort(key=lambda entry: entry.row)
        _say(table, result, refused)
        if refused:
            target = rejects or path.with_name(f"{path.name}.rejects.csv")
            write_rejects(target, table, read_layer(path, **reading).attributes, refused)
            say(f"退回的行及原因见 {target}", f"rejected rows with reasons: {target}")
        _refuse_all_rejected(result, refused)
        if dry_run:
            session.rollback()
            say("试运行，未写入", "dry run: nothing written")
        elif result.added:
            save_mapping(session, source=memory, layer=LAYER, mapping=table.mapping)
            add_run(session, _run(path, memory, named, result, len(refused)))


@cases.command("list")
@click.option("--zone", "zone_code", help="Only cases of one responsibility zone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
def list_command(zone_code: str | None, limit: int) -> None:
    """List cases, newest first."""
    with transaction() as session:
        found = store.list_cases(session, zone_code=zone_code, limit=limit)
        total = store.count_cases(session)
        zone = zoneinfo.ZoneInfo(city_store.get_profile(session).time_zone)
    headers = tr(
        "案卷号 状态 上报时间 类别 单元网格 路段 责任区 归属依据 描述", "case state reported class unit_grid segment zone basis description"
    )
    table = Table(*headers.split(), box=None, pad_edge=False)
    for case, report in found:
        table.add_row(
            case.case_no, label(case.state), f"{report.reported_at.astimezone(zone):%Y-%m-%d %H:%M}", case.class_code or "",
            case.unit_grid_code or "", case.segment_code or "", case.zone_code or "", label(Basis(case.basis)), Text(report.description[:24]),
        )  # fmt: skip
    show_console().print(table)
    say(f"共 {total} 件，列出 {len(found)} 件", f"{len(found)} of {total} cases")


@cases.command("show")
@click.argument("case_no")
def show_command(case_no: str) -> None:
    """Show one case: the report as received, the assignment, every step."""
    with transaction() as session:
        found = store.find_case(session, case_no)
        if found is None:
            raise NotFoundError(f"there is no case {case_no}", zh=f"没有案卷 {case_no}")
        case, report = found
        zone = zoneinfo.ZoneInfo(city_store.get_profile(session).time_zone)
        steps = store.list_steps(session, case.id)
    for heading, value in _lines(case, report, zone):
        click.echo(f"{heading}{tr(':', ': ')}{value}")
    for step in steps:
        reason = f" · {step.reason}" if step.reason else ""
        click.echo(f"  {step.seq}. {step.at.astimezone(zone):%Y-%m-%d %H:%M:%S} {label(step.action)} · {step.actor}{reason}")


def _crs(table: PointTable) -> str:
    if table.crs is None:
        reason = f"{table.path.name} does not say its coordinate system; name it with --crs (wgs84, gcj02, bd09 or EPSG:number)"
        raise InvalidInputError("crs", reason, zh=f"{table.path.name} 未声明坐标系，请用 --crs 指明（wgs84、gcj02、bd09 或 EPSG:编号）")
    return table.crs


def _rows(
    session: Session, table: PointTable, profile: CityProfile, source: str, reported_at: str | None
) -> tuple[list[ReportRow], list[RejectedRow]]:
    zone = zoneinfo.ZoneInfo(profile.time_zone)
    default = parse_time(reported_at, zone) if reported_at else None
    if reported_at and default is None:
        raise InvalidInputError(
            "reported-at", f"{reported_at!r} is not a time such as 2026-11-01 08:30", zh=f"{reported_at!r} 不是时间（如 2026-11-01 08:30）"
        )
    classes = catalogue_store.list_classes(session, profile.catalogue_standard)
    return to_report_rows(table, time_zone=zone, source=source, reported_at=default, classes=classes)


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


def _lines(case: Case, report: IncidentReport, zone: zoneinfo.ZoneInfo) -> Iterator[tuple[str, str]]:
    yield tr("案卷号", "case"), f"{case.case_no} · {label(case.state)}"
    yield (
        tr("上报", "reported"),
        f"{report.reported_at.astimezone(zone):%Y-%m-%d %H:%M:%S} · {label(report.source)} · {report.source_ref or report.client_request_id or '—'}",
    )
    yield (
        tr("原始坐标", "coordinates as given"),
        f"({report.x}, {report.y}) {report.crs}" + (f" ± {report.accuracy_m:g} m" if report.accuracy_m is not None else ""),
    )
    if case.class_code:
        yield tr("类别", "class"), f"{label(ManagedKind(str(case.kind)))} {case.class_code}"
    yield tr("描述", "description"), report.description or "—"
    if report.address:
        yield tr("地址", "address"), report.address
    yield tr("归属依据", "basis"), label(Basis(case.basis))
    codes = (case.district_code, case.street_office_code, case.community_code, case.unit_grid_code)
    yield tr("区/街道/社区/单元网格", "district / street office / community / unit grid"), " / ".join(code or "—" for code in codes)
    if case.border_distance_m is not None:
        codes_shared = "、".join(case.shared_with)
        shared = tr(f"，与 {codes_shared} 共边", f", shared with {codes_shared}") if case.shared_with else ""
        yield tr("距网格边界", "distance to the border"), f"{case.border_distance_m:.3f} m{shared}"
    if case.segment_code:
        yield tr("路段", "segment"), f"{case.segment_code}({case.segment_distance_m:.3f} m)"
    yield tr("责任区", "zone"), case.zone_code or "—"
    if case.limit_id is not None:
        due = f"{case.due_at.astimezone(zone):%Y-%m-%d %H:%M}" if case.due_at else tr("未计时或暂停中", "not running")
        details = f"gridmgmt deadline explain {case.case_no}"
        yield tr("处置到期", "due"), due + tr(f"（详见 {details}）", f" (see {details})")
    yield tr("办理经过", "steps"), ""
