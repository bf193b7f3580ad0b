"""The bulk engine against its peers, in the same run: 80,089 unit grids of 3.3 million vertices, 60,000 segments, points anywhere.

Usage: ``GRIDMGMT_DATABASE_URL=… python benchmarks/bulk_assignment.py [--points 10000000] [--peer-points 300000]`` on an empty database of
its own (for PostGIS). Peers that are not installed are left out and named: duckdb (with its spatial extension), sedonadb, geopandas.
Every peer must answer as the engine does, or the run fails. The last line is one JSON object with the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import bulk_peers
from gridmgmt.responsibility.point_index import Assignment, PointIndex
from tests.responsibility.point_city import draw_city, random_points

SIDE, SEGMENTS, LIMIT_M = 283, 60_000, 50.0
ROUNDS = 5
T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--peer-points", type=int, default=300_000)
    asked = parser.parse_args()
    city = draw_city(SIDE, SEGMENTS)
    PointIndex.build(city[0][:50], city[1][:50]).assign([0.0], [0.0])  # compiled once a machine; not part of the figures
    build_s, index = timed(lambda: PointIndex.build(*city, snap_limit_m=LIMIT_M))
    points = random_points(asked.points, SIDE)
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    rates = {threads: best_rate(index, x, y, threads) for threads in (1, 2)}
    few = points[: asked.peer_points]
    ours = index.assign(few[:, 0], few[:, 1])
    peers = dict(peer_rates(city, few, ours))
    best = max(peers, key=lambda name: peers[name])
    figures = {
        "engine_points_per_s": round(rates[2]), "engine_points_per_s_one_thread": round(rates[1]), "points": len(x), "best_peer": best,
        "best_peer_points_per_s": round(peers[best]), "ratio": round(rates[2] / peers[best], 1), "index_mb": round(index.nbytes / 1e6, 1),
        "build_s": round(build_s, 2), **file_figures(index), "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip
    print(f"{'engine':<44} {'points/s':>12}   ours / theirs")
    print(f"{'  gridmgmt, two threads':<44} {rates[2]:>12,.0f}")
    print(f"{'  gridmgmt, one thread':<44} {rates[1]:>12,.0f}")
    for name, speed in sorted(peers.items(), key=lambda entry: -entry[1]):
        print(f"{'  ' + name:<44} {speed:>12,.0f}   {rates[2] / speed:8.1f} x")
    for name in bulk_peers.missing():
        print(f"  {name:<42} not installed here")
    print(f"index: {figures['index_mb']} MB, built in {build_s:.1f} s, saved {figures['file_mb']} MB, opened in {figures['open_s']} s")
    print(json.dumps(figures))


def peer_rates(city: bulk_peers.City, points: bulk_peers.Floats, ours: Assignment) -> Iterator[tuple[str, float]]:
    """Yield name and points per second of each peer that is here; raise SystemExit when one answers differently."""
    for peer in bulk_peers.here(os.environ.get("GRIDMGMT_DATABASE_URL")):
        some = points[: int(len(points) * peer.share)]
        answer = peer.prepare(city, LIMIT_M)
        began = time.perf_counter()
        grid, segment = answer(some)
        seconds = time.perf_counter() - began
        wrong = int((grid != ours.grid[: len(some)]).sum() + (segment != ours.segment[: len(some)]).sum())
        if wrong and peer.is_exact:
            sys.exit(f"{peer.name} differs from the engine at {wrong} of {len(some)} points")
        yield peer.name + (f" ({wrong} ids differ)" if wrong else ""), len(some) / seconds


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Return seconds and result."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def best_rate(index: PointIndex, x: bulk_peers.Floats, y: bulk_peers.Floats, threads: int) -> float:
    """Return points per second of the best of some rounds."""
    return len(x) / min(timed(lambda: index.assign(x, y, threads=threads))[0] for _ in range(ROUNDS))


def file_figures(index: PointIndex) -> dict[str, float]:
    """Save and open the index; return megabytes and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.index"
        save_s = timed(lambda: index.save(path))[0]
        open_s = timed(lambda: PointIndex.open(path))[0]
        return {"save_s": round(save_s, 2), "open_s": round(open_s, 2), "file_mb": round(path.stat().st_size / 1e6, 1)}


if __name__ == "__main__":
    main()
