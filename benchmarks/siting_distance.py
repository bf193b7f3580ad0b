"""Rows of the siting table that minimise distance: OR-Library graphs, capacitated stations, walking distances, with their peers.

The OR-Library files are looked for in the folder that GRIDMGMT_BENCH_DATA names, else in ``shared/data`` beside the project.
"""

from __future__ import annotations

import csv
import os
import zipfile
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pulp
import shapely
from scipy import optimize, sparse
from scipy.sparse import csgraph
from spopt.locate import PMedian

from benchmarks.siting_city import SIDE_M, draw_city
from benchmarks.siting_rows import Figures, Row, timed
from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.center import solve_p_center
from gridmgmt.siting.check_distance import faults
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.median import solve_p_median
from gridmgmt.siting.walking import WalkingReach, walking_reach

Floats = npt.NDArray[np.float64]
ORLIB = ("orlib_pmed1_20.zip", "orlib_optima_1_20.csv")
PEER_GRAPHS = 5  # graphs of 100 nodes, on which spopt is measured
STREETS = 447  # streets each way: 199,809 nodes
LIMIT_M = 800.0
PEER_SOURCES = 300  # candidates the peers are asked about; their time is scaled up
STATIONS, STATION_S = 100, 120.0
CHOICES, PEER_S = 30, 60.0  # nearest candidates to which the peer may send a point, its seconds


def orlib_folder() -> Path | None:
    """Return the folder of OR-Library files, None when they are absent."""
    folder = Path(os.environ.get("GRIDMGMT_BENCH_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
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


def orlib() -> Figures:
    """Solve p-median and p-center on the OR-Library graphs there are; count optima proven and matched; spopt solves the small ones."""
    folder = orlib_folder()
    if folder is None:
        return {"figure": "files absent", "met": None, "faults": [], "peer": "", "ratio": None}
    with (folder / ORLIB[1]).open(encoding="utf-8") as file:
        best = {row["instance"]: row for row in csv.DictReader(file)}
    proven, wrong, seconds, small, peer = 0, [], 0.0, 0.0, 0.0
    for number in range(1, len(best) + 1):
        distances, p = orlib_graph(folder, number)
        for solve, column in ((solve_p_median, "pmedian_opt"), (solve_p_center, "pcenter_opt")):
            spent, plan, found = solved(solve, distances, p)
            seconds += spent
            is_known = plan.value_m == float(best[f"pmed{number}"][column])
            wrong += [f"pmed{number} {plan.problem}: {fault}" for fault in ([] if is_known else ["not the known optimum"]) + found]
            proven += plan.proved_optimal
            if number <= PEER_GRAPHS and solve is solve_p_median:
                small, peer = small + spent, peer + spopt_seconds(distances, p, plan.value_m)
    figure = f"{proven} of {2 * len(best)} p-median and p-center optima proven and matched, {seconds:.0f} s in all"
    return {"graphs": len(best), "proven": proven, "seconds": round(seconds, 1), "figure": figure, "met": proven == 2 * len(best) and not wrong,
            "faults": wrong, "peer": f"spopt + HiGHS, p-median of pmed1–{PEER_GRAPHS}: {peer:.1f} s (ours {small:.1f} s)", "ratio": round(peer / small, 1)}  # fmt: skip


def solved(solve: Any, distances: Floats, p: int) -> tuple[float, DistancePlan, list[str]]:  # noqa: ANN401 - either solver
    """Return (seconds, plan, what is wrong with it) of a graph whose nodes weigh 1."""
    ones = np.ones(len(distances))
    spent, plan = timed(lambda: solve(None, ones, None, p=p, distances=distances, time_limit_s=300.0))
    return spent, plan, faults(plan, None, ones, None, p=p, distances=distances)


def spopt_seconds(distances: Floats, p: int, ours: float) -> float:
    """Return the seconds spopt takes for a p-median; its optimum must be ours."""
    spent, problem = timed(
        lambda: PMedian.from_cost_matrix(distances, np.ones(len(distances)), p_facilities=p).solve(pulp.HiGHS(msg=False))
    )
    if round(problem.problem.objective.value()) != ours:
        raise AssertionError(f"spopt finds {problem.problem.objective.value()}, not {ours}")
    return spent


def station_city(points: int = 3_500, candidates: int = 2_000, *, seed: int = 7) -> dict[str, Any]:
    """Return communities with waste in kg a day and candidates for stations; 100 stations are filled to 85 % on average."""
    city = draw_city(60_000, candidates, 0)
    chance = np.random.default_rng(seed)
    cells = chance.choice(len(city.demand_xy), points, replace=False, p=city.people / city.people.sum())
    people = np.maximum(200, (12_000_000 * chance.dirichlet(np.full(points, 3.0))).astype(np.int64))
    load = (people * 9) // 10
    return {"demand_xy": city.demand_xy[cells], "demand_weight": load, "candidate_xy": city.candidate_xy, "load": load,
            "capacity": int(load.sum() / (100 * 0.85))}  # fmt: skip


def stations() -> Figures:
    """Solve 100 stations among 2,000 candidates for 3,500 communities; HiGHS gets each point's nearest candidates."""
    asked = station_city()
    points = asked.pop("demand_xy"), asked.pop("demand_weight"), asked.pop("candidate_xy")
    spent, plan = timed(lambda: solve_capacitated(*points, p=STATIONS, time_limit_s=STATION_S, **asked))
    peer = station_peer(*points[::2], asked["load"], asked["capacity"])
    told = "no plan" if peer is None else f"{peer / plan.value_m - 1:+.1%} of our value"
    return {"gap": plan.gap, "seconds": round(spent, 1), "mean_m": round(plan.value_m / points[1].sum(), 1), "peer_value": peer,
            "figure": f"gap {plan.gap:.2%}, {spent:.0f} s", "met": plan.gap <= 0.01 and spent <= STATION_S,
            "faults": faults(plan, *points, p=STATIONS, **asked),
            "peer": f"HiGHS, {CHOICES} nearest candidates a point, {PEER_S:.0f} s: {told}", "ratio": None}  # fmt: skip


def station_peer(demand_xy: Floats, candidate_xy: Floats, load: npt.NDArray[np.int64], capacity: int) -> float | None:
    """Return the weight × metres of the best plan HiGHS finds when it is given the model as it stands, None for none."""
    metres = np.hypot(*(demand_xy[:, None, :] - candidate_xy[None, :, :]).transpose(2, 0, 1).astype(np.float64))
    site = np.argpartition(metres, CHOICES, axis=1)[:, :CHOICES]
    points, sites, row, column = len(load), len(candidate_xy), np.repeat(np.arange(len(load)), CHOICES), site.reshape(-1)
    pairs = len(row)
    width, at, ones = pairs + sites, np.arange(pairs), np.ones(pairs)
    once = sparse.csr_array((ones, (row, at)), shape=(points, width))
    opened = sparse.csr_array((np.r_[ones, -ones], (np.r_[at, at], np.r_[at, pairs + column])), shape=(pairs, width))
    held = sparse.csr_array(
        (np.r_[load[row], np.full(sites, -capacity)], (np.r_[column, np.arange(sites)], np.arange(width))), shape=(sites, width)
    )
    number = sparse.csr_array((np.ones(sites), (np.zeros(sites, np.int64), pairs + np.arange(sites))), shape=(1, width))
    rows = [optimize.LinearConstraint(once, 1, 1), optimize.LinearConstraint(opened, -np.inf, 0), optimize.LinearConstraint(held, -np.inf, 0),
            optimize.LinearConstraint(number, 0, STATIONS)]  # fmt: skip
    cost = np.r_[metres[row, column] * load[row], np.zeros(sites)]
    found = optimize.milp(
        cost / cost.max(), constraints=rows, integrality=np.ones(width), bounds=optimize.Bounds(0, 1), options={"time_limit": PEER_S}
    )
    return None if found.x is None else float(cost @ np.rint(found.x))


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


def walking() -> Figures:
    """Walk from 100,000 points to every candidate of 30,000 within 800 m; ask scipy and networkx for some candidates."""
    nodes, edges, length = street_network()
    city = draw_city(100_000, 30_000, 0)
    walking_reach(nodes[:2], [(0, 1)], [1.0], nodes[:1], nodes[:1], limit_m=10)  # compiled once a machine; not part of the figures
    spent, found = timed(lambda: walking_reach(nodes, edges, length, city.demand_xy, city.candidate_xy, limit_m=LIMIT_M))
    graph = sparse.csr_array((length, (edges[:, 0], edges[:, 1])), shape=(len(nodes), len(nodes)))
    sources = np.random.default_rng(3).choice(len(nodes), PEER_SOURCES, replace=False)
    times = len(city.candidate_xy) / PEER_SOURCES
    scipy_s = timed(lambda: csgraph.dijkstra(graph, directed=False, indices=sources, limit=LIMIT_M))[0] * times
    net = nx.Graph()
    net.add_weighted_edges_from(zip(edges[:, 0].tolist(), edges[:, 1].tolist(), length.tolist(), strict=True))
    nx_s = timed(lambda: [nx.single_source_dijkstra_path_length(net, s, cutoff=LIMIT_M) for s in sources.tolist()])[0] * times
    return {"nodes": len(nodes), "pairs": len(found.indices), "seconds": round(spent, 2), "figure": f"{len(found.indices):,} pairs in {spent:.1f} s",
            "met": spent <= 30, "faults": wrong_walks(found, graph, nodes, edges, city.demand_xy, city.candidate_xy),
            "peer": f"networkx {nx_s:.0f} s, scipy {scipy_s:.0f} s for the ways between nodes alone, scaled up from {PEER_SOURCES} candidates",
            "ratio": round(nx_s / spent, 1)}  # fmt: skip


def wrong_walks(found: WalkingReach, graph: sparse.csr_array, nodes: Floats, edges: npt.NDArray[np.int64], *points: Any) -> list[str]:  # noqa: ANN401 - demand and candidates
    """Measure some candidates' pairs again by shapely and scipy; return what differs by more than the rounding of three legs."""
    lines = np.asarray(shapely.linestrings(nodes[edges]))
    tree = shapely.STRtree(lines)
    (edge, along, access), (its_edge, its_along, its_access) = (_on_ways(np.asarray(xy, np.float64), tree, lines) for xy in points)
    longest = shapely.length(lines)
    wrong = 0
    for j in np.random.default_rng(4).choice(len(its_edge), 20, replace=False).tolist():
        ends = edges[its_edge[j]]
        way = csgraph.dijkstra(graph, directed=False, indices=ends, limit=2 * LIMIT_M)
        way = np.minimum(way[0] + its_along[j], way[1] + longest[its_edge[j]] - its_along[j])
        metres = np.minimum(way[edges[edge, 0]] + along, way[edges[edge, 1]] + longest[edge] - along)
        metres = np.where(edge == its_edge[j], np.minimum(metres, np.abs(along - its_along[j])), metres) + access + its_access[j]
        mine = np.full(len(edge), np.inf)
        pairs = np.flatnonzero(found.indices == j)
        mine[np.searchsorted(found.indptr, pairs, side="right") - 1] = found.metres[pairs]
        same = np.isclose(np.where(metres <= LIMIT_M, metres, np.inf), mine, rtol=0, atol=0.01)
        wrong += int((~same & (np.abs(metres - LIMIT_M) > 0.01)).sum())
    return [f"{wrong} pairs differ from scipy's"] if wrong else []


def _on_ways(xy: Floats, tree: shapely.STRtree, lines: Any) -> tuple[npt.NDArray[np.int64], Floats, Floats]:  # noqa: ANN401 - geometries
    """Return (nearest way, metres along it, metres to it, infinite beyond 300 m) of each point."""
    at = shapely.points(xy)
    (point, way), far = tree.query_nearest(at, return_distance=True, all_matches=True)
    order = np.lexsort((way, point))
    first = order[np.unique(point[order], return_index=True)[1]]
    edge = way[first]
    return edge, shapely.line_locate_point(lines[edge], at), np.where(far[first] <= 300, far[first], np.inf)


ROWS = {
    "orlib": Row("OR-Library pmed1–40: every optimum proven or matched", orlib),
    "stations": Row("capacitated, 100 of 2,000 candidates, 3,500 communities: gap ≤ 1 % in ≤ 120 s", stations),
    "walking": Row("walking, 100,000 × 30,000 within 800 m on 200,000 nodes: ≤ 30 s", walking),
}
