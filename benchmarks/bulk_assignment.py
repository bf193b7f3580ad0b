"""The bulk engine against its peers, in the same run: 80,089 unit grids of 3.3 million vertices, 60,000 segments, points anywhere.

Usage: ``./run bench bulk [POINTS [PEER_POINTS [REPORTS [STORED]]]]`` (10,000,000, 300,000, 1,000,000 and 10,000,000 unless told). A 0 leaves its
part out, so that each can be run by itself: ``bulk 10000000 300000 0 0``, ``bulk 0 0 1000000 0``, ``bulk 0 0 0 10000000``. Every exact peer must
answer as the engine does, or the run fails; a peer that is not here is named. The last line is one JSON object with the figures.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import bulk_peers
from gridmgmt.responsibility.point_index import Assignment, PointIndex
from tests.responsibility.point_city import draw_city, random_points

SIDE, SEGMENTS, LIMIT_M = 283, 60_000, 50.0
USUAL = (10_000_000, 300_000, 1_000_000, 10_000_000)
ROUNDS = 5
T = TypeVar("T")
Figures = dict[str, Any]


class Goal(NamedTuple):
    """A line of the table: its words, the figure, what is promised, and whether more is better."""

    words: str
    figure: str
    promised: float
    more_is_better: bool = False


GOALS = (
    Goal("engine, grid and segment, points/s", "engine_points_per_s", 15e6, more_is_better=True),
    Goal("engine / best peer", "ratio", 40, more_is_better=True),
    Goal("index build, s", "build_s", 10),
    Goal("index in memory, MB", "index_mb", 400),
    Goal("backlog of 1 M reports, s", "import_1m_s", 15),
    Goal("re-assign 10 M stored cases, s", "reassign_10m_s", 60),
    Goal("memory of it and of the database, MB", "reassign_mb", 2048),
    Goal("longest lock of a case meanwhile, ms", "reassign_longest_lock_ms", 100),
)


def main(arguments: list[str]) -> None:
    """Measure and print."""
    points, peer_points, reports, stored = (*map(int, arguments), *USUAL[len(arguments) :])
    began, figures = time.perf_counter(), Figures()
    try:
        if points:
            print(f"-- the engine and its peers: {points:,} and {peer_points:,} points", flush=True)
            figures |= measure(points, peer_points)
        for name, count in (("cases_import", reports), ("reassign", stored)):
            print(f"-- {name}: {count:,} rows, after {time.perf_counter() - began:.0f} s", flush=True)
            figures |= of_the_pipeline(name, count)
        figures["reassign_10m_s"] = figures.get("reassign_s") if figures.get("reassign_rows") == USUAL[3] else None
    finally:  # what was measured is told even where a part failed
        figures["all_s"] = round(time.perf_counter() - began)
        print_table(figures)
        print(json.dumps(figures), flush=True)


def measure(points: int, peer_points: int) -> Figures:
    """Return the figures of the engine, its index and its peers."""
    city = draw_city(SIDE, SEGMENTS)
    PointIndex.build(city[0][:50], city[1][:50]).assign([0.0], [0.0])  # compiled once a machine; not part of the figures
    build_s, index = timed(lambda: PointIndex.build(*city, snap_limit_m=LIMIT_M))
    given = random_points(points, SIDE)
    x, y = np.ascontiguousarray(given[:, 0]), np.ascontiguousarray(given[:, 1])
    one, two = (best_rate(index, x, y, threads) for threads in (1, 2))
    few = given[:peer_points]
    peers = dict(peer_rates(city, few, index.assign(few[:, 0], few[:, 1])))
    best = max(peers, key=lambda name: peers[name])
    return {
        "engine_points_per_s": round(two), "engine_points_per_s_one_thread": round(one), "points": points, "best_peer": best,
        "best_peer_points_per_s": round(peers[best]), "ratio": round(two / peers[best], 1), "index_mb": round(index.nbytes / 1e6, 1),
        "build_s": round(build_s, 2), **file_figures(index), "peers": {name: round(speed) for name, speed in peers.items()},
        "missing": bulk_peers.missing(database_url()),
    }  # fmt: skip


def of_the_pipeline(name: str, count: int) -> Figures:
    """Return what another benchmark measures for so many rows; nothing where it is left out or cannot say."""
    if not count or importlib.util.find_spec(f"benchmarks.{name}") is None:
        return {}
    measured: Callable[[int], Figures] | None = getattr(importlib.import_module(f"benchmarks.{name}"), "figures", None)
    return measured(count) if measured else {}


def print_table(figures: Mapping[str, Any]) -> None:
    """Print the promises with what was measured, then the engine beside its peers where they were asked."""
    print(f"{'':<44} {'promised':>14} {'measured':>14}")
    for goal in GOALS:
        value = figures.get(goal.figure)
        kept = value is not None and (value >= goal.promised) == goal.more_is_better
        told = "not measured" if value is None else f"{value:,.1f}" + ("" if kept else "  MISSED")
        print(f"{goal.words:<44} {'≥' if goal.more_is_better else '≤'} {goal.promised:>12,.0f} {told:>14}")
    if "peers" in figures:
        print_peers(figures)


def print_peers(figures: Mapping[str, Any]) -> None:
    """Print the engine beside its peers."""
    ours = figures["engine_points_per_s"]
    print(f"\n{'points/s, both joins':<44} {'':>14}   ours / theirs")
    print(f"{'  gridmgmt, two threads':<44} {ours:>14,}\n{'  gridmgmt, one thread':<44} {figures['engine_points_per_s_one_thread']:>14,}")
    for name, speed in sorted(figures["peers"].items(), key=lambda entry: -entry[1]):
        print(f"{'  ' + name:<44} {speed:>14,}   {ours / speed:8.1f} x")
    for name in figures["missing"]:
        print(f"{'  ' + name:<44} {'not here':>14}")


def database_url() -> str | None:
    """Return the empty database that PostGIS answers from."""
    return os.environ.get("GRIDMGMT_DATABASE_URL")


def peer_rates(city: bulk_peers.City, points: bulk_peers.Floats, ours: Assignment) -> Iterator[tuple[str, float]]:
    """Yield name and points per second of each peer that is here; raise SystemExit when one answers differently."""
    for peer in bulk_peers.here(database_url()):
        some = points[: int(len(points) * peer.share)]
        answer = peer.prepare(city, LIMIT_M)
        seconds, (grid, segment) = timed(lambda answer=answer, some=some: answer(some))  # type: ignore[misc]
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
    main(sys.argv[1:])
