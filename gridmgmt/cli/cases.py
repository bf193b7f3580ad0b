"""``gridmgmt cases list | show``: cases as they stand; importing and acting on them is in ``cases_import.py`` and ``cases_act.py``."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

import click
from rich.table import Table
from rich.text import Text

from gridmgmt.cases import store
from gridmgmt.cases.model import Case, IncidentReport
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.cli.cases_act import act_command, pool_command, steps_command, unit_command, units_command, workflow_command
from gridmgmt.cli.cases_import import import_command
from gridmgmt.cli.cases_reassign import reassign_command
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console as show_console
from gridmgmt.responsibility.model import Basis


@click.group()
def cases() -> None:
    """Incidents and the cases they became."""


for command in (act_command, import_command, pool_command, reassign_command, steps_command, unit_command, units_command, workflow_command):
    cases.add_command(command)


@cases.command("list")
@click.option("--zone", "zone_code", help="Only cases of one responsibility zone.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, newest first.")
def list_command(zone_code: str | None, limit: int) -> None:
    """List cases, newest first."""
    with transaction() as session:
        found = store.list_cases(session, zone_code=zone_code, limit=limit)
        total = store.count_cases(session)
        zone = city_store.get_profile(session).zone
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
        case, report = store.get_case(session, case_no)
        zone = city_store.get_profile(session).zone
        steps = store.list_steps(session, case.id)
    for heading, value in _lines(case, report, zone):
        click.echo(f"{heading}{tr(':', ': ')}{value}")
    for step in steps:
        reason = f" · {step.reason}" if step.reason else ""
        click.echo(f"  {step.seq}. {step.at.astimezone(zone):%Y-%m-%d %H:%M:%S} {label(step.action)} · {step.actor}{reason}")


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
