"""Rows of the siting benchmark that minimise distance: OR-Library graphs, capacitated stations, walking distances, with their peers.

Each function solves one row, checks the plan by the independent checker and returns its figures. Usage: ``python
benchmarks/siting_distance.py [orlib] [capacitated] [walking]`` (all unless named); GRIDMGMT_BENCH_DATA names the folder of the OR-Library
files. The last line is one JSON object with the figures.
"""

from __future__ import annotations

import csv
import functools
import json
import os
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse import csgraph

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.siting_city import SIDE_M, draw_city
from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.center import solve_p_center
from gridmgmt.siting.check_distance import faults
from gridmgmt.siting.median import solve_p_median
from gridmgmt.siting.walking import walking_reach

T = TypeVar("T")
Figures = dict[str, Any]
ORLIB = ("orlib_pmed1_20.zip", "orlib_optima_1_20.csv")
STREETS = 447  # streets each way: 199,809 nodes
LIMIT_M = 800.0
PEER_SOURCES = 300  # candidates the peers are asked about; their time is scaled up


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Return seconds and result."""
    began = time.perf_counter()
    found = act()
    return time.perf_counter() - began, found


def orlib_folder() -> Path | None:
    """Return the folder of OR-Library files named in GRIDMGMT_BENCH_DATA, None when it is not told or they are absent."""
    folder = Path(os.environ.get("GRIDMGMT_BENCH_DATA", "/nonexistent"))
    return folder if all((folder / name).is_file() for name in ORLIB) else None


def orlib_graph(folder: Path, number: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return (shortest distances between all nodes, p) of one graph; of repeated edges the last one counts."""
    with zipfile.ZipFile(folder / ORLIB[0]) as files:
        lines = files.read(f"pmed{number}.txt").decode().split("\n")
    nodes, _, p = (int(word) for word in lines[0].split())
    table = np.full((nodes, nodes), np.inf)
    for a, b, length in ((int(word) for word in line.split()) for line in lines[1:] if line.strip()):
        table[a - 1, b - 1] = table[b - 1, a - 1] = length
    np.fill_diagonal(table, 0)
    return csgraph.floyd_warshall(table), p


def orlib(numbers: range = range(1, 21), *, time_limit_s: float = 300.0) -> Figures:
    """Solve p-median and p-center on OR-Library graphs; count optima proven and matched."""
    folder = orlib_folder()
    if folder is None:
        return {"orlib": "absent"}
    with (folder / ORLIB[1]).open(encoding="utf-8") as file:
        best = {row["instance"]: row for row in csv.DictReader(file)}
    seconds, proven, matched = 0.0, [0, 0], [0, 0]
    for number in numbers:
        distances, p = orlib_graph(folder, number)
        ones = np.ones(len(distances))
        wanted = best[f"pmed{number}"]
        for kind, solve, column in ((0, solve_p_median, "pmedian_opt"), (1, solve_p_center, "pcenter_opt")):
            spent, plan = timed(functools.partial(solve, None, ones, None, p=p, distances=distances, time_limit_s=time_limit_s))
            seconds += spent
            wrong = faults(plan, None, ones, None, p=p, distances=distances)
            matched[kind] += plan.value_m == float(wanted[column])
            proven[kind] += plan.proved_optimal and not wrong
            print(
                f"  pmed{number} {plan.problem:<9} {plan.value_m:>7.0f} (known {wanted[column]:>5}) gap {plan.gap:.2%} {spent:6.2f} s {wrong or 'checked'}",
                flush=True,
            )
    return {"graphs": len(numbers), "p_median_proven": proven[0], "p_median_matched": matched[0], "p_center_proven": proven[1],
            "p_center_matched": matched[1], "seconds": round(seconds, 1)}  # fmt: skip


def station_city(points: int = 3_500, candidates: int = 2_000, *, seed: int = 7) -> dict[str, Any]:
    """Return communities with waste in kg a day and candidates for stations; 100 stations are filled to 85 % on average."""
    city = draw_city(60_000, candidates, 0)
    chance = np.random.default_rng(seed)
    cells = chance.choice(len(city.demand_xy), points, replace=False, p=city.people / city.people.sum())
    people = np.maximum(200, (12_000_000 * chance.dirichlet(np.full(points, 3.0))).astype(np.int64))
    load = (people * 9) // 10
    return {"demand_xy": city.demand_xy[cells], "demand_weight": load, "candidate_xy": city.candidate_xy, "load": load,
            "capacity": int(load.sum() / (100 * 0.85))}  # fmt: skip


def capacitated(points: int = 3_500, candidates: int = 2_000, p: int = 100, *, time_limit_s: float = 120.0) -> Figures:
    """Solve 100 stations among 2,000 candidates for 3,500 communities."""
    asked = station_city(points, candidates)
    demand, weight, candidate = asked.pop("demand_xy"), asked.pop("demand_weight"), asked.pop("candidate_xy")
    if p != 100:
        asked["capacity"] = int(weight.sum() / (p * 0.85))
    spent, plan = timed(lambda: solve_capacitated(demand, weight, candidate, p=p, time_limit_s=time_limit_s, **asked))
    wrong = faults(plan, demand, weight, candidate, p=p, **asked)
    return {"points": points, "candidates": candidates, "p": p, "gap": round(plan.gap, 5), "seconds": round(spent, 1), "mean_m": round(plan.value_m / weight.sum(), 1),
            "faults": wrong}  # fmt: skip


def street_network(
    streets: int = STREETS, *, seed: int = 5
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return a bent grid of streets over the inner city, one way in ten missing: nodes, edges, metres."""
    chance = np.random.default_rng(seed)
    step = SIDE_M * 0.6 / streets
    ys, xs = np.divmod(np.arange(streets * streets), streets)
    nodes = np.stack([xs, ys], axis=1) * step + 0.2 * SIDE_M + chance.uniform(-0.3, 0.3, (streets * streets, 2)) * step
    ids = np.arange(streets * streets)
    edges = np.concatenate([np.stack([ids, ids + 1], axis=1)[xs < streets - 1], np.stack([ids, ids + streets], axis=1)[ys < streets - 1]])
    edges = edges[chance.random(len(edges)) > 0.1]
    return nodes, edges, np.hypot(*(nodes[edges[:, 0]] - nodes[edges[:, 1]]).T)


def walking(demand: int = 100_000, candidates: int = 30_000) -> Figures:
    """Walk from 100,000 points to every candidate of 30,000 within 800 m; ask scipy and networkx for some candidates."""
    nodes, edges, length = street_network()
    city = draw_city(demand, candidates, 0)
    walking_reach(nodes[:2], [(0, 1)], [1.0], nodes[:1], nodes[:1], limit_m=10)  # compiled once a machine; not part of the figures
    spent, found = timed(lambda: walking_reach(nodes, edges, length, city.demand_xy, city.candidate_xy, limit_m=LIMIT_M))
    graph = sparse.csr_array((length, (edges[:, 0], edges[:, 1])), shape=(len(nodes), len(nodes)))
    sources = np.random.default_rng(3).choice(len(nodes), PEER_SOURCES, replace=False)
    scipy_s = timed(lambda: csgraph.dijkstra(graph, directed=False, indices=sources, limit=LIMIT_M))[0] * candidates / PEER_SOURCES
    net = nx.Graph()
    net.add_weighted_edges_from(zip(edges[:, 0].tolist(), edges[:, 1].tolist(), length.tolist(), strict=True))
    nx_s = (
        timed(lambda: [nx.single_source_dijkstra_path_length(net, s, cutoff=LIMIT_M) for s in sources.tolist()])[0]
        * candidates
        / PEER_SOURCES
    )
    return {"nodes": len(nodes), "pairs": len(found.indices), "seconds": round(spent, 2), "scipy_nodes_only_s": round(scipy_s, 1),
            "networkx_nodes_only_s": round(nx_s, 1), "off_network": int(found.demand_off_network.sum())}  # fmt: skip


ROWS: dict[str, Callable[[], Figures]] = {"orlib": orlib, "capacitated": capacitated, "walking": walking}


def main(names: list[str]) -> None:
    """Solve the rows named (all unless told) and print their figures."""
    figures = {}
    for name in names or ROWS:
        figures[name] = ROWS[name]()
        print(f"{name}: {figures[name]}", flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
