"""``gridmgmt siting book | decisions | access``: the commission's workbook out, its decisions in, who reaches what."""

from __future__ import annotations

import datetime
import getpass
from pathlib import Path

import click
from rich.table import Table

from gridmgmt.city import store as city_store
from gridmgmt.cli.language import say, sentence, tr
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import console, say_dry_run
from gridmgmt.errors import SourceError
from gridmgmt.ingest.sheet import read_sheet
from gridmgmt.labels import in_language
from gridmgmt.siting import decision_store, scenario_store
from gridmgmt.siting.accessibility import STREET_OFFICE, AccessRow, Reach
from gridmgmt.siting.decide_all import decide_all
from gridmgmt.siting.export_book import SHEET, write_book
from gridmgmt.siting.read_decisions import DecisionsError, read_decisions
from gridmgmt.siting.report import Report, read_report

MOST_FAULTS = 50


@click.command("book")
@click.argument("plan_id", type=int)
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), required=True, help="Workbook to write (.xlsx).")
def book_command(plan_id: int, path: Path) -> None:
    """Write the workbook of a plan: sites with columns for the commission's decisions, figures, rules."""
    with transaction() as session:
        storage = f"epsg:{city_store.get_profile(session).storage_srid}"
        report = read_report(session, plan_id)
        body = write_book(report, decision_store.list_decisions(session, plan_id), storage=storage)
    try:
        path.write_bytes(body)
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror})"
        raise SourceError(message, zh=f"无法写入 {path}（{error.strerror}）") from error
    say(f"{len(report.sites)} 个点位 → {path}", f"{len(report.sites)} sites → {path}")


@click.command("decisions")
@click.argument("plan_id", type=int)
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--crs", help="CRS of the new places of moved sites: wgs84, gcj02, bd09 or EPSG:number.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the decisions (default: today in the city).")
@click.option("--commit", is_flag=True, help="Enter them; without it the table is only checked.")
def decisions_command(*, plan_id: int, path: Path, crs: str | None, on: datetime.datetime | None, commit: bool) -> None:
    """Read the commission's decisions about a plan from a filled-in workbook or CSV; with any fault nothing is entered."""
    sheet = read_sheet(path, prefer=SHEET)
    now = datetime.datetime.now(datetime.UTC)
    try:
        with transaction() as session:
            profile = city_store.get_profile(session)
            sites = scenario_store.list_sites(session, scenario_store.get_plan(session, plan_id).id)
            found = read_decisions(sheet.headers, sheet.rows, sites, profile=profile, crs=crs)
            day = on.date() if on else city_today(profile)
            if commit:
                decide_all(session, plan_id, found.rulings, on=day, at=now, by=getpass.getuser())
    except DecisionsError as error:
        for fault in error.faults[:MOST_FAULTS]:
            click.echo(f"· {sentence(fault)}", err=True)
        raise
    count = len(found.rulings)
    say(f"审定 {count} 个，尚未审定 {found.undecided} 个", f"{count} decided, {found.undecided} undecided")
    if not commit:
        say_dry_run()


@click.command("access")
@click.argument("plan_id", type=int)
@click.option("--street-offices", is_flag=True, help="Also each street office.")
def access_command(*, plan_id: int, street_offices: bool) -> None:
    """Show who reaches facilities before and after a plan, in a straight line and on foot."""
    with transaction() as session:
        report = read_report(session, plan_id)
    heads = tr(
        "区域 人口 直线覆盖 步行覆盖 平均步行（m） 95%步行（m） 2SFCA（个/万人） 基尼系数",
        "area people straight walking mean(m) 95%(m) 2SFCA(/10,000) Gini",
    )
    table = Table(*heads.split(), title=in_language(report.sentence, tr("zh", "en")))
    for row in report.access:
        if street_offices or row.level != STREET_OFFICE:
            table.add_row(*_cells(report, row))
    console().print(table)


def _cells(report: Report, row: AccessRow) -> list[str]:
    limit = report.plan.summary["walking_limit_m"]
    sides = [_words(reach, row.people, limit) for reach in (row.before, row.after)]
    both = [f"{before} → {after}" for before, after in zip(*sides, strict=True)]
    return [report.name(row.code) or tr("全市", "city"), f"{row.people:,}", *both]


def _words(reach: Reach, people: int, limit: float) -> list[str]:
    far = f"> {limit:,.0f}" if people and reach.p95_m is None and reach.reached is not None else _number(reach.p95_m, ",.0f")
    return [
        _number(reach.straight, ".1%"), _number(reach.walking, ".1%"), _number(reach.mean_m, ",.0f"), far, _number(reach.per_heads, ".2f"),
        _number(reach.gini, ".3f"),
    ]  # fmt: skip


def _number(value: float | None, form: str) -> str:
    return "—" if value is None else format(value, form)
