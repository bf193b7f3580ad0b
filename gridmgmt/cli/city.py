"""``gridmgmt city``: which city this database holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.city import store as city_store
from gridmgmt.city.changes import plain
from gridmgmt.city.model import CityProfile
from gridmgmt.city.read_profile import read_profile
from gridmgmt.cli import change_city, session
from gridmgmt.errors import ConflictError

PROFILE = click.argument("profile", type=click.Path(path_type=Path, dir_okay=False))
# What a newcomer wants to see counted, in the order of the story.
COUNTED = {
    "areas": "area",
    "road segments": "road_segment",
    "responsibility zones": "zone",
    "people": "person",
    "appointments": "appointment",
    "facilities": "facility",
    "catalogue classes": "managed_class",
    "incident reports": "incident_report",
    "cases": "case_file",
}


@click.group()
def city() -> None:
    """Say which city this database holds."""


@city.command()
@PROFILE
def init(profile: Path) -> None:
    """Store the profile of the city; once, before anything is loaded."""
    wanted = read_profile(profile)
    crs.check_storage_srid(wanted)
    with session.transaction() as opened:
        stored = city_store.find_profile(opened)
        if stored is not None and stored != wanted:
            message = f"this database holds {stored.name} already; gridmgmt city change says what another profile would do"
            raise ConflictError(message, zh=f"数据库中已有{stored.name}；请用 gridmgmt city change 查看修改后果")
        city_store.save_profile(opened, wanted)
    click.echo(f"{wanted.name}: stored in EPSG:{wanted.storage_srid}" + (" (as before)" if stored else ""))


@city.command()
def show() -> None:
    """Print the profile and what is loaded."""
    with session.transaction() as opened:
        profile = city_store.get_profile(opened)
        for line in [*_profile_lines(profile), *_count_lines(opened)]:
            click.echo(line)


@city.command()
@PROFILE
@click.option("--commit", is_flag=True, help="Do it; without this nothing is changed.")
def change(profile: Path, *, commit: bool) -> None:
    """Say field by field what another profile would do; do it with --commit, in one transaction."""
    wanted = read_profile(profile)
    with session.transaction() as opened:
        stored = city_store.get_profile(opened)
        lines = change_city.describe_change(opened, stored, wanted)
        for line in lines or ["nothing differs"]:
            click.echo(line)
        if lines and commit:
            change_city.change_city(opened, stored, wanted)
    if lines:
        click.echo("changed" if commit else "nothing was changed; add --commit to do this")


def _profile_lines(profile: CityProfile) -> list[str]:
    fields = dataclasses.fields(CityProfile)
    return [f"{field.name.replace('_', ' '):<22}{plain(getattr(profile, field.name))}" for field in fields]


def _count_lines(opened: Session) -> list[str]:
    return [f"{name:<22}{city_store.count_rows(opened, table):,}" for name, table in COUNTED.items()]
