"""``gridmgmt responsibility``: the bulk index, and who is responsible for every point of a file."""

from __future__ import annotations

import csv
import datetime
import math
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from gridmgmt import crs as crs_module
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.language import say
from gridmgmt.cli.responsibility_parquet import SCHEDULER, assign_parquet
from gridmgmt.cli.session import city_today, transaction, var_dir
from gridmgmt.csv_cells import safe_cells
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.points import PointTable, read_points
from gridmgmt.responsibility.bulk_table import Reading
from gridmgmt.responsibility.city_index import FOLDER, BulkAnswer, answer_many, build_city_index, open_city_index
from gridmgmt.responsibility.parquet_slices import list_files
from gridmgmt.roads.chief_store import list_people_by_id

Rows = npt.NDArray[np.int64]
DAY = click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day (default: today in the city).")
COLUMNS = (
    "unit_grid_code", "shared", "community_code", "street_office_code", "district_code", "segment_code", "segment_distance_m", "zone_code",
    "basis",
)  # fmt: skip


@click.group()
def responsibility() -> None:
    """Answer many points at once, by a compiled index of a day's unit grids and road segments."""


@responsibility.command()
@DAY
def build(*, on: datetime.datetime | None) -> None:
    """Build the index of a day and keep it under the folder of this machine (GRIDMGMT_VAR_DIR)."""
    began = time.perf_counter()
    with transaction() as session:
        path = build_city_index(session, var_dir() / FOLDER, on=_day(on, city_store.get_profile(session)))
    seconds, size = time.perf_counter() - began, path.stat().st_size / 1e6
    say(f"归属索引 {path}：{size:.1f} MB，{seconds:.1f} 秒", f"index {path}: {size:.1f} MB in {seconds:.1f} s")


@responsibility.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--crs", required=True, help="Coordinate system of the points: wgs84, gcj02, bd09 or EPSG:number.")
@click.option("--x-field", help="Column with longitude or easting.")
@click.option("--y-field", help="Column with latitude or northing.")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), required=True, help="CSV file to write; for Parquet a folder of Parquet files."
)
@DAY
@SCHEDULER
def assign(
    *, file: Path, crs: str, x_field: str | None, y_field: str | None, target: Path, on: datetime.datetime | None, scheduler: str | None
) -> None:
    """Write who is responsible for every point of FILE: any table or layer that imports read, or Parquet (a file or a folder of files).

    Parquet keeps its rows and columns and gets the answers beside them; GeoParquet needs no --x-field.
    """
    if list_files(file):
        _assign_parquet(file, Reading(crs_module.parse_crs(crs), x_field, y_field), target, on, scheduler)
        return
    if scheduler is not None or file.is_dir():
        raise InvalidInputError("file", f"{file} is not Parquet", zh=f"{file} 不是 Parquet 文件")
    with transaction() as session:
        profile = city_store.get_profile(session)
        city = open_city_index(session, var_dir() / FOLDER, on=_day(on, profile))
        table = read_points(file, crs=crs, x_field=x_field, y_field=y_field)
        usable = _inside(table, crs, profile)
        x, y = crs_module.to_storage_arrays(table.raw_x[usable], table.raw_y[usable], crs, profile.storage_srid)
        found = answer_many(session, city, x, y)
        people = list_people_by_id(session, sorted({person for person in found.person_id if person is not None}))
    names = {person: f"{entry.code} {entry.name}" for person, entry in people.items()}
    with target.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["row", *COLUMNS, "road_chief"])
        writer.writerows(map(safe_cells, _lines(table.numbers[usable], found, names)))
    left = len(table.numbers) - int(usable.sum())
    say(
        f"{len(x):,} 个点已写入 {target}；{left:,} 行坐标无效或在城市范围之外，未写入",
        f"{len(x):,} points written to {target}; {left:,} rows without usable coordinates or outside the city left out",
    )


def _assign_parquet(file: Path, reading: Reading, target: Path, on: datetime.datetime | None, scheduler: str | None) -> None:
    began = time.perf_counter()
    with transaction() as session:
        profile = city_store.get_profile(session)
        rows, left = assign_parquet(
            session, profile, file, target, reading, var_dir() / FOLDER, on=_day(on, profile), scheduler=scheduler
        )  # fmt: skip
    seconds = time.perf_counter() - began
    say(
        f"{rows:,} 行已写入 {target}，用时 {seconds:.1f} 秒；其中 {left:,} 行坐标无效或在城市范围之外，没有归属",
        f"{rows:,} rows written to {target} in {seconds:.1f} s; {left:,} of them without usable coordinates or outside the city have no answer",
    )


def _day(on: datetime.datetime | None, profile: CityProfile) -> datetime.date:
    return on.date() if on else city_today(profile)


def _inside(table: PointTable, crs: str, profile: CityProfile) -> npt.NDArray[np.bool_]:
    """Say which rows lie in the city's envelope; raise InvalidInputError when none does, which is another coordinate system."""
    usable = np.isfinite(table.raw_x) & np.isfinite(table.raw_y)
    usable[usable] = crs_module.inside_envelope(table.raw_x[usable], table.raw_y[usable], crs, profile)
    if len(usable) and not usable.any():
        raise InvalidInputError(
            "crs", f"no point of {table.path} lies in {profile.name} by {crs}", zh=f"{table.path} 按 {crs} 没有一个点在{profile.name}"
        )
    return usable


def _lines(numbers: Rows, found: BulkAnswer, names: dict[int, str]) -> Iterator[list[object]]:
    columns = [getattr(found, name).tolist() for name in COLUMNS]
    for number, person, *cells in zip(numbers.tolist(), found.person_id, *columns, strict=True):
        yield [number, *map(_cell, cells), names.get(person, "")]


def _cell(value: object) -> object:
    """Return a value as a cell: nothing for None and nan, metres to the millimetre, yes as 1."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return int(value)
    return round(value, 3) if isinstance(value, float) else value
