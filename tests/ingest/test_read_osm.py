"""OpenStreetMap extracts and the cutting of roads at junctions."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from gridmgmt.errors import SourceError
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.ingest.read_osm import read_osm
from gridmgmt.ingest.road_classes import road_class_of
from gridmgmt.ingest.road_pieces import pieces_between_junctions
from gridmgmt.roads.model import RoadClass
from tests.ingest.files import write_osm

#        4
#        |            way 10: 1-2     way 11: 2-3 (same name)   way 12: 4-2-5 crosses at 2
#  1 --- 2 --- 3 -- 6 way 13: 3-6 (same name as 11)              way 14: 1-4 a footpath, 15: closed ring of toilets
#        |
#        5
NODES = [
    (1, 114.00, 30.50, {}), (2, 114.01, 30.50, {}), (3, 114.02, 30.50, {}), (4, 114.01, 30.51, {}), (5, 114.01, 30.49, {}),
    (6, 114.03, 30.50, {}), (7, 114.005, 30.505, {"amenity": "toilets", "name": "中山公厕"}), (8, 114.006, 30.505, {"amenity": "recycling"}),
    (9, 114.02, 30.51, {}), (10, 114.021, 30.51, {}), (11, 114.021, 30.511, {}), (12, 114.007, 30.505, {"amenity": "cafe"}),
]  # fmt: skip
WAYS = [
    (10, (1, 2), {"highway": "primary", "name": "中山大道", "ref": "S1"}),
    (11, (2, 3), {"highway": "primary", "name": "中山大道", "ref": "S1"}),
    (12, (4, 2, 5), {"highway": "secondary_link"}),
    (13, (3, 6), {"highway": "primary", "name": "中山大道", "ref": "S1"}),
    (14, (1, 4), {"highway": "footway"}),
    (15, (9, 10, 11, 9), {"amenity": "toilets", "name": "公园公厕"}),
    (16, (5, 6), {"highway": "construction"}),
]


@pytest.fixture(params=["a.osm", "a.osm.pbf"])
def extract(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return write_osm(tmp_path / str(request.param), NODES, WAYS)


def test_roads_are_cut_at_junctions_and_joined_elsewhere(extract: Path) -> None:
    roads = read_osm(extract, themes=("roads",))["roads"]
    rows = {row["code"]: (row["road_class"], row["name"], row["osm_ids"]) for row in roads.attributes.to_dict("records")}
    assert rows == {
        "W10-1": ("primary", "中山大道", "10"),
        "W11-1": ("primary", "中山大道", "11;13"),
        "W12-1": ("secondary", None, "12"),
        "W12-2": ("secondary", None, "12"),
        "W14-1": ("footway", None, "14"),
    }
    joined = roads.shapes[list(roads.attributes["code"]).index("W11-1")]
    assert shapely.equals(joined, shapely.LineString([(114.01, 30.5), (114.03, 30.5)]))
    assert roads.crs == "wgs84"


def test_toilets_are_points_and_areas_by_a_point_inside(extract: Path) -> None:
    themes = read_osm(extract)
    toilets, recycling = themes["toilets"], themes["recycling"]
    assert list(zip(toilets.attributes["code"], toilets.attributes["name"], strict=True)) == [("N7", "中山公厕"), ("W15", "公园公厕")]
    assert {shapely.get_type_id(shape) for shape in toilets.shapes} == {0}
    assert shapely.within(toilets.shapes[1], shapely.box(114.02, 30.51, 114.021, 30.511))
    assert list(recycling.attributes["code"]) == ["N8"]


def test_read_layer_takes_a_theme_and_a_box_keeps_what_touches_it(extract: Path) -> None:
    assert len(read_layer(extract, layer="toilets").shapes) == 2
    assert len(read_layer(extract).shapes) == 5
    assert list(read_osm(extract, themes=("toilets",), bbox=(114.0, 30.5, 114.01, 30.51))["toilets"].attributes["code"]) == ["N7"]
    with pytest.raises(SourceError, match="roads, toilets, recycling"):
        read_layer(extract, layer="trees")


def test_file_that_is_no_extract_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.osm.pbf").write_bytes(b"no extract")
    with pytest.raises(SourceError, match="no OSM extract"):
        read_layer(tmp_path / "a.osm.pbf")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("motorway_link", RoadClass.MOTORWAY), ("living_street", RoadClass.RESIDENTIAL), ("主干路", RoadClass.PRIMARY), ("支路", RoadClass.TERTIARY),
        ("secondary", RoadClass.SECONDARY), (None, RoadClass.OTHER), ("runway", RoadClass.OTHER),
    ],
)  # fmt: skip
def test_road_classes_are_known_by_tag_and_by_chinese_name(text: object, expected: RoadClass) -> None:
    assert road_class_of(text) is expected


def test_ring_and_bridge_stay_whole() -> None:
    ring = shapely.LineString([(0, 0), (1, 0), (1, 1), (0, 0)])
    over, under = shapely.LineString([(5, 0), (7, 0)]), shapely.LineString([(6, -1), (6, 1)])
    pieces = pieces_between_junctions([ring, over, under], ["a", "b", "c"])
    assert [piece.sources for piece in pieces] == [(0,), (1,), (2,)]
    assert [shapely.length(piece.line) for piece in pieces] == pytest.approx([shapely.length(ring), 2, 2])


def test_lines_drawn_against_each_other_are_joined_and_length_is_kept() -> None:
    lines = [shapely.LineString([(1, 0), (0, 0)]), shapely.LineString([(1, 0), (2, 0)]), shapely.LineString([(3, 1), (2, 0)])]
    (piece,) = pieces_between_junctions(lines, ["a"] * 3)
    assert piece.sources == (0, 1, 2)
    assert shapely.length(piece.line) == pytest.approx(sum(shapely.length(line) for line in lines))
    assert [piece.sources for piece in pieces_between_junctions(lines, ["a", "b", "b"])] == [(0,), (1, 2)]
