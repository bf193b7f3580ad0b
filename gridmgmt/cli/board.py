"""``gridmgmt board show | days``: how the city stands, and the sums of days that are over."""

from __future__ import annotations

import datetime

import click
from rich.table import Table

from gridmgmt.accounts.model import EVERYWHERE
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.evaluation import day_store
from gridmgmt.evaluation.model import BoardRow
from gridmgmt.evaluation.read_board import read_board, sum_rows


@click.group()
def board() -> None:
    """How the city stands now, and how it went day by day (运行看板)."""


@board.command("show")
def show_command() -> None:
    """Show open, overdue and today's cases by the topmost areas."""
    now = datetime.datetime.now(datetime.UTC)
    with transaction() as session:
        profile = city_store.get_profile(session)
        today = profile.day_of(now)
        since = day_store.midnight(today, profile.time_zone)
        rows = read_board(session, EVERYWHERE, profile.levels[0], now=now, since=since, on=today)
    table = Table(
        *tr("编码 名称 在办 已超期 即将到期 今日上报 今日结案", "code name open overdue soon opened closed").split(),
        box=None,
        pad_edge=False,
    )
    for row in [*rows, sum_rows(rows, tr("合计", "sum"))]:
        table.add_row(*_cells(row))
    console().print(table)


@board.command("days")
@click.option("--from", "first", type=DAY, help="Sum up again from this day on; only what is missing otherwise.")
@click.option("--to", "last", type=DAY, help="Last day to sum up again; yesterday otherwise.")
def days_command(first: datetime.datetime | None, last: datetime.datetime | None) -> None:
    """Sum up days that are over, as the worker does; after an import of past cases name the days it touched."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        today, zone = city_today(profile), profile.time_zone
        start, end = as_day(first), as_day(last) or today - datetime.timedelta(days=1)
        if start is None:
            span = day_store.roll_up_missing(session, today=today, time_zone=zone)
        else:
            span = (start, end)
            day_store.roll_up(session, start, end, time_zone=zone)
    if span is None:
        say("没有需要汇总的日期", "no day to sum up")
    else:
        say(f"已汇总 {span[0]} 至 {span[1]}", f"summed up {span[0]} to {span[1]}")


def _cells(row: BoardRow) -> list[str]:
    figures = (row.open, row.overdue, row.soon, row.today.opened, row.today.closed)
    return [row.code or "", row.name or "", *map(str, figures)]
