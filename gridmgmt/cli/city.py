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
from gridmgmt.cli.language import language, say, tr
from gridmgmt.errors import ConflictError
from gridmgmt.labels import Words, in_language

WIDTH = 22
PROFILE = click.argument("profile", type=click.Path(path_type=Path, dir_okay=False))
# What a newcomer wants to see counted, in the order of the story.
COUNTED = {
    "area": ("区域", "areas"),
    "road_segment": ("路段", "road segments"),
    "zone": ("责任区", "responsibility zones"),
    "person": ("人员", "people"),
    "appointment": ("任职", "appointments"),
    "facility": ("设施", "facilities"),
    "managed_class": ("部件与事件类别", "catalogue classes"),
    "incident_report": ("上报", "incident reports"),
    "case_file": ("案卷", "cases"),
}
FIELDS = {  # of the profile
    "name": "城市",
    "storage_srid": "存储坐标系",
    "envelope": "范围",
    "time_zone": "时区",
    "code_scheme": "编码方案",
    "levels": "层级",
    "catalogue_standard": "分类标准",
    "snap_limits": "路段匹配距离",
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
    before = tr("（未变）", " (as before)") if stored else ""
    say(f"{wanted.name}：已存入，坐标系 EPSG:{wanted.storage_srid}{before}", f"{wanted.name}: stored in EPSG:{wanted.storage_srid}{before}")


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
        for line in lines or [Words("nothing differs", zh="没有差异")]:
            click.echo(in_language(line, language()))
        if lines and commit:
            change_city.change_city(opened, stored, wanted)
    if lines and commit:
        say("已修改", "changed")
    elif lines:
        say("未作修改；加 --commit 执行", "nothing was changed; add --commit to do this")


def _profile_lines(profile: CityProfile) -> list[str]:
    fields = dataclasses.fields(CityProfile)
    return [_line(FIELDS[field.name], field.name.replace("_", " "), plain(getattr(profile, field.name))) for field in fields]


def _count_lines(opened: Session) -> list[str]:
    return [_line(zh, en, f"{city_store.count_rows(opened, table):,}") for table, (zh, en) in COUNTED.items()]


def _line(zh: str, en: str, value: str) -> str:
    return tr(f"{zh}{' ' * (WIDTH - 2 * len(zh))}{value}", f"{en:<{WIDTH}}{value}")  # a Chinese character is two columns wide
