"""Cutting a graph into connected parts of given sizes."""

from __future__ import annotations

from collections import deque

import numpy as np

from gridmgmt.demo.grow import Graph, build_graph, partition


def test_parts_are_connected_and_as_large_as_their_weights() -> None:
    graph = _chessboard(30)
    part = partition(np.random.default_rng(5), graph, np.zeros(900, dtype=np.int64), [[1.0, 2.0, 3.0, 3.0]], 12)
    sizes = np.bincount(part)
    assert len(sizes) == 4
    assert (np.abs(sizes / 100 - (1, 2, 3, 3)) < (0.6, 1.2, 1.8, 1.8)).all()
    assert all(_is_connected(graph, np.flatnonzero(part == label)) for label in range(4))


def test_groups_are_never_mixed_and_nodes_of_no_group_stay_out() -> None:
    graph = _chessboard(12)
    group = np.where(graph.points[:, 0] < 6, 0, 1)
    group[graph.points[:, 1] == 11] = -1
    part = partition(np.random.default_rng(2), graph, group, [[1.0] * 3, [1.0] * 5], 3)
    assert set(part[group == 0]) == {0, 1, 2}
    assert set(part[group == 1]) == {3, 4, 5, 6, 7}
    assert (part[group == -1] == -1).all()


def test_an_island_goes_with_the_nearest_part() -> None:
    graph = _chessboard(6)
    alone = Graph(np.append(graph.points, [[100.0, 0.0]], axis=0), np.ones(37), (*graph.steps, ()))
    for seed in range(20):
        part = partition(np.random.default_rng(seed), alone, np.zeros(37, dtype=np.int64), [[1.0, 1.0]], 1)
        assert part[36] in {0, 1}


def _chessboard(side: int) -> Graph:
    x, y = np.meshgrid(np.arange(side, dtype=np.float64), np.arange(side, dtype=np.float64))
    number = np.arange(side * side).reshape(side, side)
    low = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    high = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    ones = np.ones(side * side)
    return build_graph(np.stack([x.ravel(), y.ravel()], axis=1), ones, ones, low, high)


def _is_connected(graph: Graph, nodes: np.ndarray) -> bool:
    members, start = set(nodes.tolist()), int(nodes[0])
    seen, queue = {start}, deque([start])
    while queue:
        for other, _ in graph.steps[queue.popleft()]:
            if other in members and other not in seen:
                seen.add(other)
                queue.append(other)
    return seen == members
