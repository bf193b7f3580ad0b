"""The bulk engine on Dask: points a second with one worker and with two, and beside them the same parts without Dask.

Usage: ``python benchmarks/dask_scaling.py [POINTS]`` (8,000,000): Parquet with degrees in, Parquet with answers out, the drawn city of
``bulk_assignment.py``. Every worker has one thread. A run counts from its first part to its last, so that starting is stated apart.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt import crs
from gridmgmt.city.model import Envelope
from gridmgmt.city.read_profile import read_profile
from gridmgmt.responsibility import bulk_parts
from gridmgmt.responsibility.bulk_parts import Done, Part
from gridmgmt.responsibility.bulk_table import Known, Reading
from gridmgmt.responsibility.duty_store import Column, Duties, column
from gridmgmt.responsibility.on_dask import answer_parts
from gridmgmt.responsibility.point_index import PointIndex
from tests.responsibility.point_city import draw_city, random_points
from tests.scale.dask_cluster import dask_cluster

SIDE, SEGMENTS, ROWS = 283, 60_000, 250_000
READING = Reading(crs.WGS84, "lon", "lat")
WUHAN = Path(__file__).resolve().parents[1] / "geodata" / "profiles" / "wuhan.toml"


def main(count: int) -> None:
    """Measure and print."""
    bulk_parts.ROWS = ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        index, known = draw(folder / "city.index"), names(SIDE * SIDE, SEGMENTS)
        write_points(folder / "in.parquet", count)
        alone = timed(here(list_parts(folder, "alone"), index, known))[0]
        rates = {}
        for workers in (1, 2):
            (folder / f"dask-{workers}").mkdir()
            with dask_cluster(folder / f"dask-{workers}", workers) as (scheduler, _processes):
                began = answer_parts(scheduler, list_parts(folder, f"by-{workers}"), READING, folder / "city.index", known)
                rates[workers] = timed(began)
        same(folder, "alone", "by-1", "by-2")
        size = (folder / "city.index").stat().st_size
    print(f"without Dask, one thread    {alone:>12,.0f} points/s")
    for workers, (rate, seconds, start_s) in rates.items():
        print(f"{workers} worker(s) of one thread    {rate:>12,.0f} points/s   ({seconds:.1f} s, the first part after {start_s:.1f} s)")
    print(f"two workers against one: {rates[2][0] / rates[1][0]:.2f} x; one worker against none: {rates[1][0] / alone:.2f} x")
    told: dict[str, float] = {"points": count, "alone_points_per_s": round(alone), "one_worker_points_per_s": round(rates[1][0])}
    told |= {"two_workers_points_per_s": round(rates[2][0]), "scaling": round(rates[2][0] / rates[1][0], 2), "index_mb": round(size / 1e6)}
    print(json.dumps(told))


def draw(path: Path) -> PointIndex:
    """Build the index of the drawn city and save it."""
    index = PointIndex.build(*draw_city(SIDE, SEGMENTS))
    index.save(path)
    return index


def names(grids: int, segments: int) -> Known:
    """Return codes, zones and chiefs of the size a city has."""
    number, zone = np.arange(grids), np.arange(grids) // 12
    chiefs, held = column(zone.tolist()), column([segment % 9000 if segment % 3 == 0 else None for segment in range(segments)])
    duties = Duties(
        edition_id=1, district_code=coded("D", number // 3000), street_office_code=coded("S", number // 250), community_code=coded("C", zone),
        unit_grid_code=coded("G", number), zone_code=coded("Z", zone), zone_appointment_id=chiefs, zone_person_id=chiefs,
        segment_code=coded("R", np.arange(segments)), segment_appointment_id=held, segment_person_id=held,
    )  # fmt: skip
    profile = dataclasses.replace(read_profile(WUHAN), envelope=Envelope(113.0, 29.0, 116.0, 32.0))
    return Known.of(duties, {number: f"P{number:05} 某某" for number in range(9000)}, profile)


def coded(letter: str, numbers: npt.NDArray[np.int64]) -> Column:
    """Return codes of 13 characters."""
    return column([f"{letter}{number:012}" for number in numbers])


def write_points(path: Path, count: int) -> None:
    """Write points all over the city in degrees, with a number and a text beside."""
    with pq.ParquetWriter(path, pa.schema({"no": pa.int64(), "lon": pa.float64(), "lat": pa.float64(), "text": pa.string()})) as writer:
        for start in range(0, count, ROWS):
            points = random_points(min(ROWS, count - start), SIDE, seed=start)
            lon, lat = crs.crs_to_crs(points[:, 0], points[:, 1], "epsg:4547", crs.WGS84)
            no = np.arange(start, start + len(points))
            writer.write_table(pa.table({"no": no, "lon": lon, "lat": lat, "text": [f"工单 {number % 977}" for number in no]}))


def list_parts(folder: Path, name: str) -> list[Part]:
    """Return the parts of the file, to be written into a folder of this name."""
    (folder / name).mkdir()
    return bulk_parts.list_parts(folder / "in.parquet", folder / name)


def here(parts: list[Part], index: PointIndex, known: Known) -> Iterator[Done]:
    """Do the parts in this process by one thread."""
    return (bulk_parts.answer_part(part, READING, index, known, threads=1) for part in parts)


def timed(parts: Iterator[Done]) -> tuple[float, float, float]:
    """Return points a second from the first part to the last, seconds in all, and seconds until the first."""
    began = time.perf_counter()
    next(parts)
    first = time.perf_counter()
    rows = sum(part.rows for part in parts)
    last = time.perf_counter()
    return rows / (last - first), last - began, first - began


def same(folder: Path, *names_of: str) -> None:
    """Leave with a sentence where two of the outputs differ."""
    wanted = pq.read_table(folder / names_of[0])
    for name in names_of[1:]:
        if not pq.read_table(folder / name).equals(wanted):
            sys.exit(f"{name} differs from {names_of[0]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000_000)
