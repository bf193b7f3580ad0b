"""Lines of a source as road segments."""

from __future__ import annotations

import pandas as pd
from shapely import LineString, MultiLineString, Point
from shapely.geometry.base import BaseGeometry

from gridmgmt.ingest.ingest_roads import to_segments
from gridmgmt.ingest.layer import FaultKind, SourceLayer
from gridmgmt.roads.model import RoadClass
from tests.ingest.layers import layer
from tests.toy_city import point


def line(*xy: tuple[float, float]) -> LineString:
    return LineString([point(*each) for each in xy])


def roads(*rows: tuple[str | None, str, BaseGeometry | None]) -> SourceLayer:
    attributes = pd.DataFrame({"code": [row[0] for row in rows], "road_class": [row[1] for row in rows]}, dtype=object)
    return layer([row[2] for row in rows], attributes)


def test_classes_are_mapped_from_osm_and_from_chinese() -> None:
    source = roads(("a", "motorway_link", line((0, 0), (1, 0))), ("b", "次干路", line((0, 1), (1, 1))), ("c", "?", line((0, 2), (1, 2))))
    segments, faults = to_segments(source, "test")
    assert [each.road_class for each in segments] == [RoadClass.MOTORWAY, RoadClass.SECONDARY, RoadClass.OTHER]
    assert faults == []


def test_parts_that_meet_are_merged_and_others_numbered() -> None:
    meeting = MultiLineString([line((0, 0), (1, 0)), line((1, 0), (2, 0))])
    apart = MultiLineString([line((0, 5), (1, 5)), line((3, 5), (4, 5))])
    segments, _ = to_segments(roads(("a", "primary", meeting), ("b", "primary", apart)), "test")
    assert [(each.code, each.line.length) for each in segments] == [("a", 2.0), ("b-1", 1.0), ("b-2", 1.0)]


def test_what_is_no_road_says_why() -> None:
    good = line((0, 0), (1, 0))
    source = roads(
        (None, "primary", good),
        ("a", "primary", good),
        ("a", "primary", good),
        ("b", "primary", Point(point(0, 0))),
        ("c", "primary", None),
        ("d", "primary", line((0, 0), (0.005, 0))),
    )
    segments, faults = to_segments(source, "test")
    assert [each.code for each in segments] == ["a"]
    assert [(fault.feature, fault.kind) for fault in faults] == [
        (1, FaultKind.MISSING_VALUE), (3, FaultKind.DUPLICATE_CODE), (4, FaultKind.WRONG_TYPE), (5, FaultKind.EMPTY), (6, FaultKind.INVALID),
    ]  # fmt: skip
