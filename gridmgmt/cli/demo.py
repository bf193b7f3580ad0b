"""The demo city on the command line."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli.demo_accounts import accounts_command
from gridmgmt.cli.session import transaction
from gridmgmt.demo import store
from gridmgmt.demo.build import build_demo
from gridmgmt.demo.plan import FULL_INCIDENTS, FULL_UNIT_GRIDS, SEED, TODAY, DemoPlan

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def demo() -> None:
    """Load the demo city of Wuhan: real divisions, everything finer drawn and flagged as synthetic."""


demo.add_command(accounts_command)


@demo.command()
@click.option("--seed", type=click.IntRange(min=0), default=SEED, show_default=True, help="The same seed draws the same city.")
@click.option("--if-missing", is_flag=True, help="Leave a loaded demo city alone.")
@click.option("--communities", type=FILE, help="GeoJSON of real community polygons (cid, pop_total) to take the place of drawn ones.")
@click.option("--roads", type=FILE, help="GeoJSON of real road lines (fclass, ref) to take the place of drawn ones.")
@click.option("--unit-grids", type=click.IntRange(min=30), default=FULL_UNIT_GRIDS, show_default=True)
@click.option("--incidents", type=click.IntRange(min=0), default=FULL_INCIDENTS, show_default=True)
@click.option("--districts", help="Only these districts, by code and comma: a small city.")
@click.option(
    "--today",
    type=DAY,
    default=TODAY.isoformat(),
    show_default=True,
    help="The day the demo is about; fixed so that a build can be repeated.",
)
def build(
    *, seed: int, if_missing: bool, communities: Path | None, roads: Path | None, unit_grids: int, incidents: int, districts: str | None,
    today: datetime.datetime,
) -> None:  # fmt: skip
    """Draw and load the city into an empty, migrated database."""
    only = tuple(code.strip() for code in districts.split(",")) if districts else None
    plan = DemoPlan(seed, unit_grids, incidents, today.date(), only, communities, roads)
    began = last = time.perf_counter()

    def say(sentence: str) -> None:
        nonlocal last
        now = time.perf_counter()
        click.echo(f"{now - last:6.1f} s  {sentence}")
        last = now

    with transaction() as session:
        if city_store.find_profile(session) and if_missing and store.has_demo(session):
            click.echo("the demo city is loaded already")
            counts = store.count_everything(session)
        else:
            counts = build_demo(session, plan, on_step=say)
    click.echo("  ".join(f"{name} {count:,}" for name, count in counts.items()))
    click.echo(f"{time.perf_counter() - began:.1f} s in all")
