"""Rings and radials: the shortest ways through the drawn network become trunk roads and motorways."""

from __future__ import annotations

import dataclasses
import heapq
import itertools
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import shapely

from gridmgmt import crs
from gridmgmt.demo.density import PLACES
from gridmgmt.demo.streets import Street
from gridmgmt.roads.model import RoadClass

CORE = (114.30, 30.57)
RINGS = ((4_000.0, 6, RoadClass.PRIMARY), (9_500.0, 8, RoadClass.TRUNK), (24_000.0, 10, RoadClass.MOTORWAY))
INNER_M, OUTER_M = 9_500.0, 30_000.0
Graph = dict[tuple[float, float], list[tuple[float, tuple[float, float], int]]]


def upgrade_through_routes(streets: Sequence[Street], storage_srid: int) -> list[Street]:
    """Return the streets with rings about the core and radials to the satellites raised to higher classes and named as synthetic."""
    lines = np.array([street.line for street in streets], dtype=object)
    ends = [tuple(map(tuple, shapely.get_coordinates(line)[[0, -1]].tolist())) for line in lines]
    lengths = shapely.length(lines).tolist()
    graph: Graph = defaultdict(list)
    for index, (start, end) in enumerate(ends):
        cost = lengths[index] * (0.7 if streets[index].road_class in {RoadClass.PRIMARY, RoadClass.SECONDARY} else 1.0)
        graph[start].append((cost, end, index))
        graph[end].append((cost, start, index))
    nodes = sorted(graph)
    tree = shapely.STRtree(shapely.points(nodes))
    changed = dict(enumerate(streets))
    for name, stops, road_class in _routes(storage_srid):
        stations = [nodes[int(tree.nearest(shapely.Point(stop)))] for stop in stops]
        for start, end in itertools.pairwise(stations):
            for index in _way(graph, start, end):
                if _rank(road_class) < _rank(changed[index].road_class):
                    changed[index] = dataclasses.replace(changed[index], road_class=road_class, name=name)
    return [changed[index] for index in range(len(streets))]


def _routes(storage_srid: int) -> list[tuple[str, list[tuple[float, float]], RoadClass]]:
    xs, ys = crs.to_storage_arrays([CORE[0], *(p[0] for p in PLACES)], [CORE[1], *(p[1] for p in PLACES)], crs.WGS84, storage_srid)
    x, y = float(xs[0]), float(ys[0])
    routes = []
    for number, (radius, count, road_class) in enumerate(RINGS, start=1):
        angles = np.linspace(0.0, 2 * np.pi, count + 1)
        stops = [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in angles]
        routes.append((f"演示{number}号环线", stops, road_class))
    for number, (px, py) in enumerate(zip(xs[3:].tolist(), ys[3:].tolist(), strict=True), start=1):
        away = float(np.hypot(px - x, py - y))
        turn = [(x + (px - x) * share, y + (py - y) * share) for share in (0.0, min(1.0, INNER_M / away), 1.0)]
        routes.append((f"演示{number}号射线", turn[:2], RoadClass.PRIMARY))
        routes.append((f"演示{number}号射线", turn[1:], RoadClass.TRUNK))
        reach = OUTER_M / away + 1.0
        routes.append((f"演示{number}号高速", [turn[2], (x + (px - x) * reach, y + (py - y) * reach)], RoadClass.MOTORWAY))
    return routes


def _rank(road_class: RoadClass) -> int:
    return list(RoadClass).index(road_class)


def _way(graph: Graph, start: tuple[float, float], end: tuple[float, float]) -> list[int]:
    """Return the streets of the cheapest way between two nodes; nothing when there is none."""
    came: dict[tuple[float, float], tuple[tuple[float, float], int] | None] = {}
    queue: list[tuple[float, tuple[float, float], tuple[float, float] | None, int]] = [(0.0, start, None, -1)]
    while queue:
        spent, node, before, street = heapq.heappop(queue)
        if node in came:
            continue
        came[node] = (before, street) if before is not None else None
        if node == end:
            break
        for cost, other, index in graph[node]:
            if other not in came:
                heapq.heappush(queue, (spent + cost, other, node, index))
    way = []
    step = came.get(end)
    while step is not None:
        way.append(step[1])
        step = came[step[0]]
    return way
