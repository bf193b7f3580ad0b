"""``gridmgmt locate``: who is responsible for a point on a day."""

from __future__ import annotations

import datetime
import json

import click

from gridmgmt import crs as crs_module
from gridmgmt.city import store as city_store
from gridmgmt.cli.language import language
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.responsibility.explain import explain_responsibility, responsibility_json
from gridmgmt.responsibility.store import resolve_responsibility


@click.command(context_settings={"ignore_unknown_options": True})  # so that -73.98 is a longitude
@click.argument("x", type=float)
@click.argument("y", type=float)
@click.option("--crs", required=True, help="Coordinate system of X and Y: wgs84, gcj02, bd09 or EPSG:number; longitude or easting first.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day (default: today in the city).")
@click.option("--class", "class_key", help="Managed class as kind:code, such as matter:06010, where it has a snap limit of its own.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of sentences.")
def locate(x: float, y: float, crs: str, on: datetime.datetime | None, class_key: str | None, as_json: bool) -> None:
    """Say who is responsible for the point X Y."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        day = on.date() if on else city_today(profile)
        point = crs_module.to_storage(x, y, crs, profile)
        found = resolve_responsibility(session, point, on=day, class_key=class_key)
    if as_json:
        click.echo(json.dumps(responsibility_json(found), ensure_ascii=False, indent=2))
        return
    click.echo(f"({x}, {y}) {crs} → E {point[0]:.3f}, N {point[1]:.3f} (EPSG:{profile.storage_srid})")
    for line in explain_responsibility(found, language()):
        click.echo(f"  {line}")
