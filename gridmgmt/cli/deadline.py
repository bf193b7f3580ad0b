"""``gridmgmt deadline explain | preview | list | refresh``: when cases are due, and why."""

from __future__ import annotations

import datetime

import click
from rich.table import Table

from gridmgmt.cases import clock_store, store
from gridmgmt.cases.deadlines import ClockMark, MarkKind, find_deadline
from gridmgmt.cases.handling_clock import find_case_deadline
from gridmgmt.cases.refresh_clocks import refresh_clocks
from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.choose_limit import choose_limit
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import calendar_store
from gridmgmt.city import store as city_store
from gridmgmt.cli.language import say
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_deadline import amount, print_deadline, print_limit
from gridmgmt.cli.show_plan import console, say_dry_run, say_unchanged
from gridmgmt.errors import NotFoundError

MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"])


@click.group()
def deadline() -> None:
    """When cases are due (处置时限), and why."""


@deadline.command("preview")
@click.argument("class_code")
@click.option("--kind", type=click.Choice([kind.value for kind in ManagedKind]), default=ManagedKind.MATTER.value, show_default=True)
@click.option("--condition", "condition_no", help="Number of the filing condition that is met, where the class has several.")
@click.option("--at", "start", type=MOMENT, help="Local time at which the clock starts, such as 2026-09-30 17:00; now otherwise.")
@click.option("--pause", "pauses", type=MOMENT, multiple=True, help="Local time of a suspension.")
@click.option("--resume", "resumes", type=MOMENT, multiple=True, help="Local time at which it ends.")
@click.option("--agency", help="With the office hours of an agency.")
def preview_command(
    class_code: str, kind: str, condition_no: str | None, start: datetime.datetime | None, pauses: tuple[datetime.datetime, ...],
    resumes: tuple[datetime.datetime, ...], agency: str | None,
) -> None:  # fmt: skip
    """Say when a case of CLASS_CODE would be due if its clock started at some time."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        zone = profile.zone
        begins = start.replace(tzinfo=zone) if start else datetime.datetime.now(zone)
        known = catalogue_store.find_class(session, profile.catalogue_standard, ManagedKind(kind), class_code)
        if known is None:
            message = f"{kind} {class_code} is not in {profile.catalogue_standard}"
            raise NotFoundError(message, zh=f"{profile.catalogue_standard} 中没有{ManagedKind(kind).zh}编码 {class_code}")
        limit = choose_limit(session, known.standard, known.kind, known.code, on=begins.date(), condition_no=condition_no)
        calendar = calendar_store.load_calendar(session, agency)
    marks = [ClockMark(at.replace(tzinfo=zone), MarkKind.PAUSE) for at in pauses]
    marks += [ClockMark(at.replace(tzinfo=zone), MarkKind.RESUME) for at in resumes]
    found = find_deadline([limit.limit], [ClockMark(begins, MarkKind.START), *sorted(marks, key=lambda mark: mark.at)], calendar)
    click.echo(f"{known.kind.zh} {known.code} {known.name}")
    print_limit(limit)
    if found is not None:
        print_deadline(found, zone)


@deadline.command("explain")
@click.argument("case_no")
def explain_command(case_no: str) -> None:
    """Say step by step how the due instant of a case comes about."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        case, _ = store.get_case(session, case_no)
        limit = limit_store.get_limit(session, case.limit_id) if case.limit_id is not None else None
        due = find_case_deadline(session, case.limit_id, store.list_steps(session, case.id))
    click.echo(f"案卷 {case.case_no}（{case.state.zh} {case.state.en}）")
    if limit is None:
        click.echo("没有处置时限：尚未立案，或立案时该类别没有立案条件 (no limit: not filed, or its class had no filing condition then)")
        return
    print_limit(limit)
    if due is None:
        click.echo("尚未派遣，未开始计时 (not dispatched yet, the clock has not started)")
        return
    print_deadline(due, zone)
    late = due.is_overdue(datetime.datetime.now(datetime.UTC))
    click.echo("已超期 (overdue)" if late else "未超期 (on time)")
    if due.due != case.due_at:
        click.echo("日历或作息已变更，存储的到期时间不同：请运行 gridmgmt deadline refresh (the calendar was changed since)", err=True)


@deadline.command("list")
@click.option("--within", type=click.IntRange(0), default=0, show_default=True, help="Also cases due within so many hours.")
@click.option("--unit", "unit_code", help="Only cases of one handling unit.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_command(within: int, unit_code: str | None, limit: int) -> None:
    """List open cases that are overdue, the most urgent first."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        now = datetime.datetime.now(datetime.UTC)
        before = now + datetime.timedelta(hours=within)
        found = clock_store.list_due(session, before=before, unit_code=unit_code, limit=limit)
        overdue = clock_store.count_due(session, before=now, unit_code=unit_code)
        soon = clock_store.count_due(session, before=before, since=now, unit_code=unit_code)
    table = Table("案卷号", "状态", "处置单位", "到期", "", box=None, pad_edge=False)
    for case in found:
        left = case.due_at - now
        words = f"超期 {amount(-left)}" if left < datetime.timedelta() else f"余 {amount(left)}"
        table.add_row(case.case_no, case.state.zh, case.unit_code or "", f"{case.due_at.astimezone(zone):%Y-%m-%d %H:%M}", words)
    console().print(table)
    click.echo(f"超期 {overdue} 件，{within} 小时内到期 {soon} 件 ({overdue} overdue, {soon} due within {within} hours)")


@deadline.command("refresh")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def refresh_command(commit: bool) -> None:
    """Work out again when open cases are due, after the calendar or office hours were changed."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        moved = refresh_clocks(session)
        for entry in moved:
            times = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "—" for at in (entry.before, entry.after))
            click.echo(f"{entry.case_no}: {' → '.join(times)}")
        click.echo(f"共 {len(moved)} 件到期时间变动 ({len(moved)} moved)")
        if not commit:
            session.rollback()
    if not commit:
        say_dry_run()
    elif moved:
        say("已写入", "written")
    else:
        say_unchanged()
