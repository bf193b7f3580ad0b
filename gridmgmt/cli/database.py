"""``gridmgmt db``: the schema of the database."""

from __future__ import annotations

import datetime

import click

from gridmgmt.cases import partition_store
from gridmgmt.city import store as city_store
from gridmgmt.cli import session
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.migrate import difference, migrate, revisions


@click.group()
def db() -> None:
    """Bring the database to the current schema, or check that it is there."""


@db.command("migrate")
def migrate_command() -> None:
    """Apply the migrations that are missing, in one transaction."""
    engine = session.engine()
    before, _ = revisions(engine)
    migrate(engine)
    after, _ = revisions(engine)
    if before == after:
        say(f"数据库结构 {after} 已是最新", f"schema {after} is current")
    else:
        say(f"数据库结构 {before or '无'} → {after}", f"schema {before or 'none'} → {after}")


@db.command()
@click.option("--ahead", type=click.IntRange(0, 120), default=partition_store.AHEAD, show_default=True, help="How many months ahead.")
@click.option("--since", type=click.DateTime(["%Y-%m"]), help="Also every month from this one on (YYYY-MM), before a bulk load.")
def partitions(ahead: int, since: datetime.datetime | None) -> None:
    """Make the months in which cases are kept, and list them."""
    with session.transaction() as current:
        today = session.city_today(city_store.get_profile(current))
        first = min(since.date(), today) if since else today
        between = (today.year - first.year) * 12 + today.month - first.month
        made = partition_store.ensure_months(current, partition_store.months_ahead(first, between + ahead))
        for entry in partition_store.list_months(current):
            name = tr("其余  ", "net   ") if entry.month is None else str(entry.month)
            new = " *" if entry.month in made else ""
            click.echo(f"{name}  {entry.cases:>10,} {tr('件', 'cases')}  {entry.size_bytes / 2**20:>10,.1f} MB{new}")
    say(f"新建 {len(made)} 个月", f"{len(made)} months made")


@db.command()
def check() -> None:
    """Compare the database with the tables in the code; exit code 1 where they differ."""
    engine = session.engine()
    current, newest = revisions(engine)
    if current != newest:
        say(
            f"数据库结构为 {current or '空'}，最新为 {newest}；请运行 gridmgmt db migrate",
            f"the database is at {current or 'no schema'}, the newest is {newest}; run gridmgmt db migrate",
        )
        raise SystemExit(1)
    lines = difference(engine)
    for line in lines:
        click.echo(line)
    say(f"数据库结构 {current}：{len(lines)} 处差异", f"schema {current}: {len(lines)} differences")
    raise SystemExit(1 if lines else 0)
