"""``gridmgmt facilities list | show | programme | coverage``: registers, one facility, the plan's count, how far they reach."""

from __future__ import annotations

import dataclasses
import datetime

import click
import shapely
from rich.table import Table

from gridmgmt.city import store as city_store
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.errors import NotFoundError
from gridmgmt.facilities import store
from gridmgmt.facilities.coverage import RADIUS_RULES
from gridmgmt.facilities.coverage_store import coverage_by_district
from gridmgmt.facilities.model import PLAN_TARGETS, FacilityKind, FacilityStatus
from gridmgmt.labels import LabelledEnum

KIND = click.Choice([kind.value for kind in FacilityKind])


@click.group()
def facilities() -> None:
    """Public toilets, transfer stations, collection houses, demolition sites (设施)."""


@facilities.command("list")
@click.argument("kind", type=KIND)
@click.option("--status", type=click.Choice([status.value for status in FacilityStatus]), help="Only those in one status.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many lines.")
def list_command(kind: str, status: str | None, limit: int) -> None:
    """List the facilities of one kind by code."""
    with transaction() as session:
        found = store.list_facilities(session, FacilityKind(kind), status=FacilityStatus(status) if status else None)
    table = Table(
        *tr("编码 名称 状态 单元网格 建设性质 地址", "code name status unit_grid programme address").split(), box=None, pad_edge=False
    )
    for one in found[:limit]:
        programme = f"{label(one.programme)} {one.programme_year}" if one.programme else ""
        table.add_row(one.code, one.name, label(one.status), one.unit_grid_code or "—", programme, one.address or "")
    console().print(table)
    shown = min(limit, len(found))
    say(f"共 {len(found)} 处，列出 {shown} 处", f"{shown} of {len(found)}")


@facilities.command("show")
@click.argument("code")
def show_command(code: str) -> None:
    """Show one facility with everything its register holds."""
    with transaction() as session:
        found = store.find_facility(session, code)
    if found is None:
        raise NotFoundError(f"there is no facility {code}", zh=f"没有编码为 {code} 的设施")
    for thing in (found, found.details):
        if thing is None:
            continue
        for field in dataclasses.fields(thing):
            value = getattr(thing, field.name)
            if value is not None and field.name != "details":
                click.echo(f"{field.name}: {_words(value)}")


@facilities.command("programme")
def programme_command() -> None:
    """Count what counts toward the plan by kind, year and programme, beside the plan's numbers."""
    with transaction() as session:
        counts = store.count_programme(session)
    for kind, target in PLAN_TARGETS.items():
        rows = [count for count in counts if count.kind is kind]
        done = sum(count.facilities for count in rows)
        click.echo(f"{label(kind)}: {done} / {target} ({done / target:.1%})")
        for count in rows:
            click.echo(f"  {count.year} {label(count.programme)} {count.facilities}")


@facilities.command("coverage")
@click.argument("kind", type=KIND)
@click.option("--radius", type=float, help="Metres, straight line; the kind's own rule otherwise.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day (default: today in the city).")
def coverage_command(kind: str, radius: float | None, on: datetime.datetime | None) -> None:
    """Say how far one kind reaches in each district."""
    wanted, rule = FacilityKind(kind), RADIUS_RULES[FacilityKind(kind)]
    metres = radius if radius is not None else rule.radius_m
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        day = on.date() if on else datetime.datetime.now(zone).date()
        rows = coverage_by_district(session, wanted, radius_m=metres, on=day)
    headers = tr(
        "区 在用设施 单元网格 覆盖网格 网格覆盖率 面积覆盖率 人口覆盖率",
        "district facilities grids covered grid_share area_share population_share",
    )
    table = Table(*headers.split(), box=None, pad_edge=False)
    for row in rows:
        shares = [_percent(share) for share in (row.grid_share, row.area_share, row.population_share)]
        table.add_row(row.name or row.code, str(row.facilities), str(row.unit_grids), str(row.covered_unit_grids), *shares)
    console().print(table)
    click.echo(f"{label(wanted)} · {metres:g} m · {day} · {rule.source}")
    say(rule.zh, rule.en)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _words(value: object) -> str:
    if isinstance(value, LabelledEnum):
        return label(value)
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkt(value, rounding_precision=3)
    return str(value)
