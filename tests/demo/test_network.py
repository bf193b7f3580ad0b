"""Roads meet where they should and are named so that nobody takes them for real."""

from __future__ import annotations

from collections import Counter, defaultdict, deque

import numpy as np
import shapely

from gridmgmt.demo.network import Network
from gridmgmt.demo.streets import connected_parts
from gridmgmt.roads.model import RoadClass


def test_the_network_is_connected_by_union_find_and_by_walking(small_network: Network) -> None:
    assert connected_parts(small_network.lines) == 1
    nodes = defaultdict(set)
    for line in small_network.lines:
        start, end = map(tuple, shapely.get_coordinates(line)[[0, -1]].tolist())
        nodes[start].add(end)
        nodes[end].add(start)
    first = next(iter(nodes))
    seen, queue = {first}, deque([first])
    while queue:
        for other in nodes[queue.popleft()] - seen:
            seen.add(other)
            queue.append(other)
    assert len(seen) == len(nodes)


def test_segments_touch_only_in_their_ends(small_network: Network) -> None:
    inner = Counter(place for line in small_network.lines for place in map(tuple, shapely.get_coordinates(line)[1:-1].tolist()))
    ends = {place for line in small_network.lines for place in map(tuple, shapely.get_coordinates(line)[[0, -1]].tolist())}
    assert max(inner.values()) == 1
    assert not ends & inner.keys()


def test_two_parts_are_counted_as_two() -> None:
    lines = np.array([shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(1, 0), (2, 0)]), shapely.LineString([(5, 0), (6, 0)])])
    assert connected_parts(lines) == 2


def test_roads_between_street_offices_are_greater_than_those_inside(small_network: Network) -> None:
    lesser = {RoadClass.TERTIARY, RoadClass.RESIDENTIAL}
    for street in small_network.streets:
        if street.offices[0] != street.offices[1]:
            assert street.road_class not in lesser


def test_codes_are_unique_and_every_name_says_demo(small_network: Network) -> None:
    codes = [segment.code for segment in small_network.segments]
    assert len(set(codes)) == len(codes)
    assert codes[0].startswith("R-42010")
    assert all(segment.source == "synthetic" for segment in small_network.segments)
    assert all(segment.name is None or segment.name.startswith("演示") for segment in small_network.segments)
