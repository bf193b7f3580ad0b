"""The bulk engine on Dask: points a second with one worker and with two, beside one and two processes that do the same parts without Dask.

Usage: ``python benchmarks/dask_scaling.py [POINTS]`` (24 parts of 1,048,576): Parquet with degrees in, Parquet with answers out, the drawn city of
``bulk_assignment.py``. Every process has one thread. A run counts from when every worker has opened the index until all is written; each is done
twice, by turns, and the better one counts. What two processes win without Dask is what the machine has to give.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt import crs
from gridmgmt.city.model import Envelope
from gridmgmt.city.read_profile import read_profile
from gridmgmt.responsibility import bulk_parts
from gridmgmt.responsibility.bulk_parts import Part
from gridmgmt.responsibility.bulk_table import Known, Reading
from gridmgmt.responsibility.duty_store import Column, Duties, column
from gridmgmt.responsibility.parts_on_dask import answer_parts
from gridmgmt.responsibility.point_index import PointIndex
from tests.responsibility.point_city import draw_city, random_points
from tests.scale.dask_cluster import dask_cluster

SIDE, SEGMENTS, ROWS, TURNS = 283, 60_000, bulk_parts.ROWS, 2
READING = Reading(crs.WGS84, "lon", "lat")
HERE: list[Any] = []  # the index and what it names, in a process of the pool
WUHAN = Path(__file__).resolve().parents[1] / "geodata" / "profiles" / "wuhan.toml"


def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_index(folder / "city.index")
        known = names(SIDE * SIDE, SEGMENTS)
        write_points(folder / "in.parquet", count)
        plain, dask = dict[int, float](), dict[int, float]()
        for _turn in range(TURNS):
            for workers in (1, 2):
                plain[workers] = max(plain.get(workers, 0), without_dask(folder, known, workers))
                dask[workers] = max(dask.get(workers, 0), with_dask(folder, known, workers))
        same(folder, "plain-1", "plain-2", "dask-1", "dask-2")
        size = (folder / "city.index").stat().st_size
    for kind, rates in (("processes without Dask", plain), ("workers", dask)):
        for workers, rate in rates.items():
            print(f"{workers} {kind:<24}{rate:>12,.0f} points/s")
        print(f"two against one: {rates[2] / rates[1]:.2f} x")
    told: dict[str, float] = {"points": count, "one_worker_points_per_s": round(dask[1]), "two_workers_points_per_s": round(dask[2])}
    told |= {"one_process_points_per_s": round(plain[1]), "two_processes_points_per_s": round(plain[2])}
    told |= {"scaling": round(dask[2] / dask[1], 2), "scaling_without_dask": round(plain[2] / plain[1], 2), "index_mb": round(size / 1e6)}
    print(json.dumps(told))


def without_dask(folder: Path, known: Known, processes: int) -> float:
    """Return points a second of so many processes that take parts from a queue."""
    parts = list_parts(folder, f"plain-{processes}")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, open_here, (folder / "city.index", known, context.Barrier(processes))) as pool:
        list(pool.map(time.sleep, [0] * processes))  # every process has opened the index
        began = time.perf_counter()
        rows = sum(pool.map(answer_here, parts))
        return rows / (time.perf_counter() - began)


def open_here(path: Path, known: Known, others: Barrier) -> None:
    """Open the index in a process of the pool, compiled; wait for the others."""
    HERE.extend((PointIndex.open(path), known))
    HERE[0].assign([0.0], [0.0], threads=1)
    others.wait()


def answer_here(part: Part) -> int:
    """Do a part in a process of the pool; return its rows."""
    return bulk_parts.answer_part(part, READING, HERE[0], HERE[1], threads=1).rows


def with_dask(folder: Path, known: Known, workers: int) -> float:
    """Return points a second of so many workers, counted from when they have all opened the index."""
    parts = list_parts(folder, f"dask-{workers}")
    began: list[float] = []

    def told() -> Iterator[Part]:
        began.append(time.perf_counter())
        yield from parts

    with dask_cluster(Path(tempfile.mkdtemp(dir=folder)), workers) as (scheduler, _processes):
        asked = time.perf_counter()
        rows = 0
        for done in answer_parts(scheduler, told(), READING, folder / "city.index", known):
            rows, ended = rows + done.rows, time.perf_counter()
    print(f"{workers} worker(s): {began[0] - asked:.1f} s to send and open the index, {ended - began[0]:.1f} s for {rows:,} points")
    return rows / (ended - began[0])


def draw_index(path: Path) -> None:
    """Build the index of the drawn city and save it."""
    PointIndex.build(*draw_city(SIDE, SEGMENTS)).save(path)


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
    (folder / name).mkdir(exist_ok=True)
    return bulk_parts.list_parts(folder / "in.parquet", folder / name)


def same(folder: Path, *names_of: str) -> None:
    """Leave with a sentence where two of the outputs differ."""
    for part in sorted((folder / names_of[0]).iterdir()):
        wanted = pq.read_table(part)
        for name in names_of[1:]:
            if not pq.read_table(folder / name / part.name).equals(wanted):
                sys.exit(f"{name} differs from {names_of[0]} in {part.name}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24 * ROWS)
