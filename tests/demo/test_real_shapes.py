"""Real shapes from GeoJSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import shapely
from shapely.affinity import translate
from shapely.geometry import mapping

from gridmgmt.demo.real_shapes import read_communities, read_roads
from gridmgmt.errors import SourceError
from gridmgmt.roads.model import RoadClass

WEST, SOUTH = 114.30, 30.58


def test_where_two_communities_overlap_the_smaller_keeps_the_ground(tmp_path: Path) -> None:
    path = _write(tmp_path, [(1, _box(0, 0, 20, 20)), (2, _box(15, 5, 25, 15))])
    (large, small), notes = read_communities(path, 4547)
    assert shapely.intersection(large.shape, small.shape).area < 1e-3
    assert small.shape.area / large.shape.area == pytest.approx(100 / 350, rel=1e-3)
    assert len(notes) == 1
    assert "the ground goes to 2" in notes[0]


def test_equal_overlapping_communities_leave_the_ground_to_the_lower_number(tmp_path: Path) -> None:
    path = _write(tmp_path, [(9, _box(0, 0, 10, 10)), (3, _box(0, 0, 10, 10))])
    found, notes = read_communities(path, 4547)
    assert [item.number for item in found] == [3]
    assert "the ground goes to 3" in notes[0]


def test_a_bow_tie_is_repaired(tmp_path: Path) -> None:
    bow = shapely.Polygon([(WEST, SOUTH), (WEST + 0.01, SOUTH + 0.01), (WEST + 0.01, SOUTH), (WEST, SOUTH + 0.01)])
    (item,), _ = read_communities(_write(tmp_path, [(1, bow)]), 4547)
    assert item.shape.is_valid
    assert item.shape.area > 0


def test_roads_are_read_from_a_gzipped_file_with_class_and_number(tmp_path: Path) -> None:
    line = shapely.LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    feature = {"type": "Feature", "properties": {"fclass": "primary_link", "ref": "G107"}, "geometry": mapping(line)}
    path = tmp_path / "roads.geojson.gz"
    path.write_bytes(gzip.compress(json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()))
    (road,) = read_roads(path, 4547)
    assert (road.road_class, road.name) == (RoadClass.PRIMARY, "G107")
    assert road.line.length == pytest.approx(959, rel=0.01)


@pytest.mark.parametrize("content", [b"no json", b"[]", b"\x1f\x8bbroken", b'{"features": 3}'])
def test_what_is_no_geojson_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"broken\.geojson"):
        read_communities(path, 4547)


def _box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return translate(shapely.box(x0 / 1000, y0 / 1000, x1 / 1000, y1 / 1000), WEST, SOUTH)


def _write(folder: Path, items: list[tuple[int, shapely.Polygon]]) -> Path:
    features = [{"type": "Feature", "properties": {"cid": number}, "geometry": mapping(shape)} for number, shape in items]
    path = folder / "communities.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path
