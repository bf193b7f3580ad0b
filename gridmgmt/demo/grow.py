"""Connected groups of given numbers: seeds grow over neighbours until all is taken."""

from __future__ import annotations

import dataclasses
import heapq

import numpy as np
import shapely

from gridmgmt.demo.mesh import Floats, Ints

STEERING = 0.4
FAIR = 0.4  # the smallest part has at least this share of the size it should have; then no more rounds are needed


@dataclasses.dataclass(frozen=True)
class Graph:
    """Nodes at points, with sizes, and for each node its neighbours with the cost of stepping there."""

    points: Floats
    sizes: Floats
    steps: tuple[tuple[tuple[int, float], ...], ...]


def build_graph(points: Floats, sizes: Floats, areas: Floats, low: Ints, high: Ints) -> Graph:
    """Make a graph whose steps cost about 1 whatever the local density."""
    span = np.sqrt(areas)
    distance = np.hypot(*(points[low] - points[high]).T)
    costs = 2.0 * distance / (span[low] + span[high])
    steps: list[list[tuple[int, float]]] = [[] for _ in range(len(points))]
    for a, b, cost in zip(low.tolist(), high.tolist(), costs.tolist(), strict=True):
        steps[a].append((b, cost))
        steps[b].append((a, cost))
    return Graph(points, sizes, tuple(map(tuple, steps)))


def partition(rng: np.random.Generator, graph: Graph, group: Ints, weights: list[list[float]], rounds: int) -> Ints:
    """Cut each group into as many connected parts as it has weights, sized by them; return the part of each node.

    Parts are numbered through all groups in order; nodes of group -1 get -1. A group's number of nodes must reach its number of parts.
    """
    sources, owner, targets = _first_sources(rng, graph, group, weights)
    offsets = np.zeros(len(sources))
    best, fairest = np.empty(0, dtype=np.int64), -1.0
    for _ in range(rounds):
        part = grow(graph, sources, offsets, group)
        sizes = np.bincount(part[part >= 0], weights=graph.sizes[part >= 0], minlength=len(sources))
        fairness = float(np.min(sizes / targets))
        if fairness > fairest:
            best, fairest = part, fairness
        if fairness >= FAIR:
            break
        # A part's reach in steps is the radius of a disc of its size; a part too large starts later.
        offsets += STEERING * (np.sqrt(sizes / np.pi) - np.sqrt(targets / np.pi))
        offsets -= np.minimum.reduceat(offsets, np.flatnonzero(np.diff(owner, prepend=-1)))[np.unique(owner, return_inverse=True)[1]]
        sources = _middles(graph, part, len(sources))
    return best


def grow(graph: Graph, sources: Ints, offsets: Floats, group: Ints) -> Ints:
    """Give each node to the source it is cheapest to reach from without leaving the group; a source always keeps itself.

    What cannot be reached goes with the nearest node of its group.
    """
    part = np.full(len(graph.steps), -1)
    part[sources] = np.arange(len(sources))
    labels, groups = part.tolist(), group.tolist()
    queue = []
    for label, source in enumerate(sources.tolist()):
        queue += [(offsets[label] + cost, other, label) for other, cost in graph.steps[source] if groups[other] == groups[source]]
    heapq.heapify(queue)
    while queue:
        spent, node, label = heapq.heappop(queue)
        if labels[node] >= 0:
            continue
        labels[node] = label
        here = groups[node]
        for other, cost in graph.steps[node]:
            if labels[other] < 0 and groups[other] == here:
                heapq.heappush(queue, (spent + cost, other, label))
    return _take_islands(graph, np.array(labels), group)


def _first_sources(rng: np.random.Generator, graph: Graph, group: Ints, weights: list[list[float]]) -> tuple[Ints, Ints, Floats]:
    sources, owner, targets = [], [], []
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(len(weights) + 1))
    for index, parts in enumerate(weights):
        nodes = order[bounds[index] : bounds[index + 1]]
        if not parts:
            continue
        sources.append(rng.choice(nodes, len(parts), replace=False, p=graph.sizes[nodes] / graph.sizes[nodes].sum()))
        owner.append(np.full(len(parts), index))
        share = np.array(parts, dtype=np.float64)
        targets.append(graph.sizes[nodes].sum() * share / share.sum())
    return np.concatenate(sources), np.concatenate(owner), np.concatenate(targets)


def _middles(graph: Graph, part: Ints, count: int) -> Ints:
    """Return for each part its node nearest to its middle."""
    inside = np.flatnonzero(part >= 0)
    totals = np.bincount(part[inside], minlength=count)
    middle = np.stack([np.bincount(part[inside], graph.points[inside, axis], count) / totals for axis in (0, 1)], axis=1)
    away = np.hypot(*(graph.points[inside] - middle[part[inside]]).T)
    order = np.lexsort((inside, away, part[inside]))
    return np.asarray(inside[order[np.searchsorted(part[inside][order], np.arange(count))]])


def _take_islands(graph: Graph, part: Ints, group: Ints) -> Ints:
    for name in np.unique(group[(part < 0) & (group >= 0)]):
        nodes = np.flatnonzero(group == name)
        lost, held = nodes[part[nodes] < 0], nodes[part[nodes] >= 0]
        near, away = (np.asarray(shapely.points(graph.points[these]), dtype=np.object_) for these in (held, lost))
        nearest = shapely.STRtree(near).nearest(away)
        part[lost] = part[held[nearest]]
    return part
