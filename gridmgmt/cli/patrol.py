"""``gridmgmt patrol list | coverage | shops | import-shops | rules``: walks, covered segments, frontages."""

from __future__ import annotations

import dataclasses
import datetime

import click
from rich.table import Table
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.patrol_shops import import_shops_command
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.evaluation.day_store import midnight
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.patrol import coverage_store, frontage_store, store
from gridmgmt.patrol.frontage_store import VERDICTS
from gridmgmt.patrol.model import Frontage, FrontageFilter, PatrolFilter
from gridmgmt.roads import chief_store, map_store

LIMIT = click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many lines.")
A_WEEK = datetime.timedelta(days=7)


@click.group()
def patrol() -> None:
    """Patrols of the road-chief system and frontages (巡查、门前三包)."""


patrol.add_command(import_shops_command)


@patrol.command("list")
@click.option("--person", help="Only those of one staff number.")
@click.option("--zone", "zone_code", help="Only those of one responsibility zone.")
@LIMIT
def list_command(person: str | None, zone_code: str | None, limit: int) -> None:
    """List patrols, newest first."""
    with transaction() as session:
        person_id = _person(session, person)
        wanted = PatrolFilter(person_id=person_id, zone_code=zone_code)
        found = store.list_patrols(session, EVERYWHERE, wanted, on=_today(session), limit=limit)
        zone = city_store.get_profile(session).zone
    table = Table(
        *tr("号 开始 结束 工号 姓名 责任区 公里 轨迹点", "id start end staff name zone km positions").split(), box=None, pad_edge=False
    )
    for one in found:
        ended = f"{one.ended_at.astimezone(zone):%H:%M}" if one.ended_at else "—"
        table.add_row(
            str(one.id), f"{one.started_at.astimezone(zone):%Y-%m-%d %H:%M}", ended, one.person_code, one.person_name, one.place.zone_code or "",
            f"{one.length_m / 1000:.2f}", str(one.point_count),
        )  # fmt: skip
    console().print(table)


@patrol.command("coverage")
@click.argument("zone_code")
@click.option("--from", "first", type=DAY, help="First day; Monday of this week otherwise.")
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True, help="How many days.")
def coverage_command(zone_code: str, first: datetime.datetime | None, days: int) -> None:
    """Say which segments of a zone were walked in some days, by anybody."""
    with transaction() as session:
        today, zone_name = _today(session), city_store.get_profile(session).time_zone
        start = as_day(first) or today - datetime.timedelta(days=today.weekday())
        zone = chief_store.get_zone(session, zone_code, on=today)
        shape = area_map_store.union_shape(session, zone.members, on=today)
        segments = map_store.list_segments_inside(session, shape, on=today) if shape is not None else []
        since, until = midnight(start, zone_name), midnight(start + datetime.timedelta(days=days), zone_name)
        rules = store.find_rules(session, on=today)
        covers = coverage_store.list_covers(session, [entry.code for entry in segments], rules, since=since, until=until, on=today)
    for cover in covers:
        click.echo(
            f"{'✓' if cover.covered else '·'} {cover.code}  {cover.name or '-'}  {cover.walked_m:.0f}/{cover.length_m:.0f} m ({cover.share:.0%})"
        )
    done = sum(cover.covered for cover in covers)
    say(
        f"{zone.name} 自 {start} 起 {days} 天：覆盖 {done}/{len(covers)} 段（距轨迹 {rules.within_m:g} 米内占 {rules.covered_share:.0%} 以上）",
        f"{zone.name}, {days} days from {start}: {done} of {len(covers)} segments covered ({rules.covered_share:.0%} within {rules.within_m:g} m)",
    )


@patrol.command("shops")
@click.option("--verdict", type=click.Choice(sorted(VERDICTS)), help="Only those whose newest check went so.")
@click.option("--segment", "segment_code", help="Only those on one segment.")
@LIMIT
def shops_command(verdict: str | None, segment_code: str | None, limit: int) -> None:
    """List the shops of the frontage register by code."""
    with transaction() as session:
        wanted = FrontageFilter(verdict=verdict, segment_code=segment_code)
        found = frontage_store.list_frontages(session, EVERYWHERE, wanted, on=_today(session), limit=limit)
    table = Table(
        *tr("编号 商铺 路段 责任区 签订 最近检查", "code shop segment zone signed newest_check").split(), box=None, pad_edge=False
    )
    for one in found:
        table.add_row(one.code, one.shop_name, one.segment_code or "", one.place.zone_code or "", str(one.signed_on or "—"), _verdict(one))
    console().print(table)


@patrol.command("rules")
@click.option("--from", "first", type=DAY, help="The day from which changed rules hold; needed to change any.")
@click.option("--within", "within_m", type=click.FloatRange(1, 500), help="Metres within which a track covers a segment.")
@click.option("--share", "covered_share", type=click.FloatRange(0.01, 1), help="Share of the length that must be covered.")
@click.option("--accuracy", "worst_accuracy_m", type=click.FloatRange(1, 5000), help="Metres; less accurate positions are not drawn.")
@click.option("--gap", "longest_gap_s", type=click.FloatRange(1, 86_400), help="Seconds between positions after which the line breaks.")
def rules_command(first: datetime.datetime | None, **said: float | None) -> None:
    """Show when a segment counts as covered, or change it from a day on."""
    changes = {name: value for name, value in said.items() if value is not None}
    with transaction() as session:
        day = as_day(first)
        if changes:
            if day is None:
                raise click.UsageError("say from which day on: --from 2026-12-01")
            rules = dataclasses.replace(store.find_rules(session, on=day), valid_from=day, **changes)
            store.save_rules(session, rules)
        rules = store.find_rules(session, on=day or _today(session))
    for field in dataclasses.fields(rules):
        click.echo(f"{field.name}: {getattr(rules, field.name)}")


def _person(session: Session, code: str | None) -> int | None:
    return chief_store.get_person(session, code).id if code is not None else None


def _today(session: Session) -> datetime.date:
    return city_today(city_store.get_profile(session))


def _verdict(one: Frontage) -> str:
    if one.passed is None:
        return "—"
    return tr("达标", "passed") if one.passed else tr("未达标：", "failed: ") + "、".join(label(duty) for duty in one.failed)
