"""Walking distances agree with networkx on a network whose edges are cut where the points meet them."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.walking import walking_reach


def grid_town(side: int, step: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[float]]:
    """Nodes, edges and lengths of streets ``step`` metres apart."""
    nodes = [(step * x, step * y) for y in range(side) for x in range(side)]
    edges = [(n, n + 1) for n in range(side * side) if n % side < side - 1] + [(n, n + side) for n in range(side * (side - 1))]
    return nodes, edges, [float(step)] * len(edges)


def test_the_way_goes_along_the_streets_and_both_last_steps_count() -> None:
    nodes, edges, length = grid_town(3, 100)
    found = walking_reach(nodes, edges, length, [(10, 30)], [(190, 110), (110, 60)], limit_m=1000)
    assert found.indices.tolist() == [0, 1]
    # 10 m to the street at x = 0, then on: 70 m up, 190 m along y = 100, 10 m to the site.
    assert found.metres.tolist() == [10 + 70 + 190 + 10, 10 + 30 + 100 + 60 + 10]


def test_the_limit_is_included_and_a_unit_more_is_not() -> None:
    nodes, edges, length = [(0, 0), (1000, 0)], [(0, 1)], [1000.0]
    for limit, reached in ((500.0, 1), (500.0 - 1 / 1024, 0)):
        found = walking_reach(nodes, edges, length, [(100, 0)], [(600, 0)], limit_m=limit)
        assert len(found.indices) == reached
        assert found.demand_unreached.tolist() == [not reached]


def test_points_far_from_every_way_are_reported() -> None:
    nodes, edges, length = grid_town(2, 100)
    found = walking_reach(nodes, edges, length, [(50, 0), (50, -301), (50, -300)], [(60, 0), (900, 900)], limit_m=400)
    assert found.demand_off_network.tolist() == [False, True, False]
    assert found.candidate_off_network.tolist() == [False, True]
    assert found.nearest_m().tolist() == [10.0, math.inf, 310.0]
    assert found.nearest_m([1]).tolist() == [math.inf] * 3


def test_a_bend_longer_than_straight_is_met_by_its_share() -> None:
    found = walking_reach([(0, 0), (100, 0)], [(0, 1)], [200.0], [(0, 0)], [(25, 0)], limit_m=100)
    assert found.metres.tolist() == [50.0]


def by_networkx(nodes: list[tuple[int, int]], edges: list[tuple[int, int]], length: list[int], points: list[tuple[int, int]]) -> nx.Graph:
    """Cut every edge where points meet it, hang the points there; all in whole metres (streets run straight along an axis)."""
    graph = nx.MultiGraph()
    graph.add_nodes_from(("point", number) for number in range(len(points)))
    cuts: dict[int, list[tuple[int, int, int]]] = {e: [] for e in range(len(edges))}
    for number, (x, y) in enumerate(points):
        seen = []
        for e, (a, b) in enumerate(edges):
            (ax, ay), (bx, by) = nodes[a], nodes[b]
            on_x, on_y = min(max(x, min(ax, bx)), max(ax, bx)), min(max(y, min(ay, by)), max(ay, by))
            seen.append(((x - on_x) ** 2 + (y - on_y) ** 2, e, abs(on_x - ax) + abs(on_y - ay)))
        squared, e, along = min(seen)
        cuts[e].append((along, number, squared))
    for e, (a, b) in enumerate(edges):
        last, at = 0, ("node", a)
        for along, number, squared in sorted(cuts[e]):
            graph.add_edge(at, ("cut", number), weight=along - last)
            graph.add_edge(("cut", number), ("point", number), weight=round(1024 * math.sqrt(squared)) / 1024)
            last, at = along, ("cut", number)
        graph.add_edge(at, ("node", b), weight=length[e] - last)
    return graph


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(0, 400), st.booleans())
def test_every_pair_within_the_limit_agrees_with_networkx(chance: object, limit: int, many_candidates: bool) -> None:  # noqa: FBT001
    pick = np.random.default_rng(chance.randrange(2**32))  # type: ignore[attr-defined]
    nodes, edges, length = grid_town(4, 60)
    kept = sorted(pick.choice(len(edges), 16, replace=False).tolist())
    edges, lengths = [edges[e] for e in kept], [int(length[e]) for e in kept]
    sizes = (5, 9) if many_candidates else (9, 5)
    demand, candidates = ([tuple(row) for row in pick.integers(-40, 220, (size, 2)).tolist()] for size in sizes)
    found = walking_reach(nodes, edges, lengths, demand, candidates, limit_m=limit, threads=1)
    graph = by_networkx(nodes, edges, lengths, demand + candidates)
    wanted = {}
    for i in range(len(demand)):
        far = nx.single_source_dijkstra_path_length(graph, ("point", i), weight="weight")
        for j in range(len(candidates)):
            if (d := far.get(("point", len(demand) + j), math.inf)) <= limit:
                wanted[i, j] = d
    rows = np.repeat(np.arange(len(demand)), np.diff(found.indptr))
    assert dict(zip(zip(rows.tolist(), found.indices.tolist(), strict=True), found.metres.tolist(), strict=True)) == wanted


def test_no_point_and_no_network_are_told_apart() -> None:
    nodes, edges, length = grid_town(2, 100)
    assert walking_reach(nodes, edges, length, [], [(0, 0)], limit_m=10).indptr.tolist() == [0]
    assert walking_reach(nodes, edges, length, [(0, 0)], [], limit_m=10).demand_unreached.tolist() == [True]
    with pytest.raises(InvalidInputError, match="no edge"):
        walking_reach(nodes, [(1, 1)], [5.0], [(0, 0)], [(0, 0)], limit_m=10)
    with pytest.raises(InvalidInputError, match="row 2, edges"):
        walking_reach(nodes, [(0, 1), (0, 9)], [5.0, 5.0], [(0, 0)], [(0, 0)], limit_m=10)
    with pytest.raises(InvalidInputError, match="row 1, demand_xy"):
        walking_reach(nodes, edges, length, [(math.nan, 0)], [(0, 0)], limit_m=10)
