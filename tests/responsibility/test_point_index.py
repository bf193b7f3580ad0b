"""The bulk engine answers as shapely does, on every kind of point and shape."""

from __future__ import annotations

import datetime
import doctest
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.responsibility import point_index
from gridmgmt.responsibility.point_index import PointIndex
from tests.responsibility.point_city import Floats, Geometries, draw_city, expected, hard_points, random_points

SIDE = 20
DAMAGED_BYTE = 5000


@pytest.fixture(scope="module")
def city() -> tuple[Geometries, Geometries]:
    """400 unit grids and 500 segments."""
    return draw_city(SIDE, 500)


@pytest.fixture(scope="module")
def index(city: tuple[Geometries, Geometries]) -> PointIndex:
    """Their index."""
    return PointIndex.build(*city, label="一版")


def assert_same(index: PointIndex, polygons: Geometries, lines: Geometries, points: Floats, limit_m: float = 50.0) -> None:
    """Every id, every flag and every distance is shapely's."""
    answer = index.assign(points[:, 0], points[:, 1])
    grid, shared, segment, metres = expected(polygons, lines, points, limit_m)
    assert (answer.grid == grid).all()
    assert (answer.shared == shared).all()
    assert (answer.segment == segment).all()
    np.testing.assert_allclose(answer.distance_m, metres, rtol=0, atol=1e-9)


def test_random_points_anywhere(index: PointIndex, city: tuple[Geometries, Geometries]) -> None:
    assert_same(index, *city, random_points(30_000, SIDE))


def test_points_on_borders_corners_blocks_and_exactly_at_the_limit(index: PointIndex, city: tuple[Geometries, Geometries]) -> None:
    points = hard_points(*city, 3_000)
    assert_same(index, *city, points)
    assert index.assign(*points.T).shared.sum() > 2_000  # or the borders were not met


def test_points_off_the_grid_of_units_are_decided_by_the_shapes(index: PointIndex, city: tuple[Geometries, Geometries]) -> None:
    points = hard_points(*city, 500) + np.random.default_rng(3).uniform(-0.002, 0.002, (3_000, 2))
    assert_same(index, *city, points)


def test_shapes_off_the_grid_of_units_are_answered_as_geos_does(city: tuple[Geometries, Geometries]) -> None:
    polygons, lines = (shapely.transform(shapes, lambda xy: xy * 1.0000001 + 0.00037) for shapes in city)
    loose = PointIndex.build(polygons, lines)
    assert loose.loose
    assert_same(loose, polygons, lines, np.concatenate([random_points(10_000, SIDE), hard_points(polygons, lines, 500)]))


BOX = st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 60), st.integers(1, 60))


def _shape(parts: list[tuple[int, int, int, int]], hole: tuple[int, int, int, int]) -> BaseGeometry:
    boxes = [shapely.box(x, y, x + w, y + h) for x, y, w, h in parts]
    x, y, w, h = hole
    triangle = shapely.Polygon([(x, y), (x + w, y), (x, y + h)])
    return shapely.difference(shapely.union_all(boxes), triangle, grid_size=1 / 1024)


AREAS = st.lists(st.tuples(st.lists(BOX, min_size=1, max_size=3), BOX), min_size=1, max_size=12)
CORNER = st.tuples(st.integers(0, 100), st.integers(0, 100))
ROADS = st.lists(st.lists(CORNER, min_size=2, max_size=4, unique=True), min_size=1, max_size=6)
LIMIT = st.integers(0, 40)
Box = tuple[int, int, int, int]
Parts = list[tuple[list[Box], Box]]
Roads = list[list[tuple[int, int]]]


@settings(max_examples=20, deadline=None)
@given(AREAS, ROADS, LIMIT)
def test_any_overlap_hole_and_part(areas: Parts, roads: Roads, limit: int) -> None:
    assert_same_for_drawing(areas, roads, limit)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(AREAS, ROADS, LIMIT)
def test_any_overlap_hole_and_part_in_many_drawings(areas: Parts, roads: Roads, limit: int) -> None:
    assert_same_for_drawing(areas, roads, limit)


def assert_same_for_drawing(areas: Parts, roads: Roads, limit: int) -> None:
    """Ask for points all over a drawing."""
    polygons = np.array([shape for parts, hole in areas if (shape := _shape(parts, hole)).geom_type in {"Polygon", "MultiPolygon"}])
    lines = np.array([shapely.LineString(road) for road in roads])
    x, y = np.meshgrid(np.arange(-3, 155, 2.5), np.arange(-3, 155, 2.5))
    points = np.stack([x.ravel(), y.ravel()], -1)
    assert_same(PointIndex.build(polygons, lines, snap_limit_m=float(limit)), polygons, lines, points, float(limit))


def test_grids_that_overlap_forty_deep_are_decided_by_the_shapes() -> None:
    polygons = np.array([shapely.box(i, i, 200 - i, 200 - i) for i in range(40)])
    lines = np.array([shapely.LineString([(0, 0), (200, 200)])])
    points = np.stack(np.meshgrid(np.arange(-5, 205, 1.0), np.arange(-5, 205, 1.0)), -1).reshape(-1, 2)
    assert_same(PointIndex.build(polygons, lines), polygons, lines, points)


def test_each_segment_may_have_its_own_limit() -> None:
    lines = np.array([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(0, 30), (100, 30)])])
    index = PointIndex.build([shapely.box(0, 0, 100, 100)], lines, snap_limit_m=np.array([10.0, 60.0]))
    answer = index.assign([50, 50, 50], [8, 12, 95])
    assert answer.segment.tolist() == [0, 1, -1]
    assert answer.distance_m[:2].tolist() == [8, 18]


def test_points_may_have_limits_of_their_own(city: tuple[Geometries, Geometries]) -> None:
    index = PointIndex.build(*city, widest_limit_m=80.0)
    points = random_points(6_000, SIDE)
    for points_off, own in ((0.0, 80.0), (0.0, 12.5), (0.0003, 80.0)):
        moved = points + points_off
        answer = index.assign(*moved.T, limit_m=np.full(len(points), own))
        assert (answer.segment == expected(*city, moved, own)[2]).all()
    mixed = index.assign(*points.T, limit_m=np.where(np.arange(len(points)) % 2, np.nan, 80.0))
    wide, usual = expected(*city, points, 80.0)[2], expected(*city, points, 50.0)[2]
    assert (mixed.segment == np.where(np.arange(len(points)) % 2, usual, wide)).all()
    with pytest.raises(InvalidInputError, match=r"built for 80\.0 m at most"):
        index.assign([0.0], [0.0], limit_m=[81.0])


def test_far_and_senseless_points_lie_nowhere(index: PointIndex) -> None:
    answer = index.assign([0, np.nan, np.inf, -1e300, 1e18], [0, 0, 0, 1e300, 1e18])
    assert answer.grid.tolist() == answer.segment.tolist() == [-1] * 5
    assert np.isnan(answer.distance_m).all()
    assert index.assign([], []).grid.shape == (0,)


def test_distance_to_the_border_is_geos_distance(index: PointIndex, city: tuple[Geometries, Geometries]) -> None:
    points = np.concatenate([random_points(3_000, SIDE), hard_points(*city, 200)])
    answer = index.assign(*points.T)
    metres = index.border_distance(points[:, 0], points[:, 1], answer.grid)
    inside = answer.grid >= 0
    borders = shapely.boundary(city[0][answer.grid[inside]])
    np.testing.assert_allclose(metres[inside], shapely.distance(shapely.points(points[inside]), borders), rtol=0, atol=1e-9)
    assert np.isnan(metres[~inside]).all()


def test_a_saved_index_answers_the_same(index: PointIndex, city: tuple[Geometries, Geometries], tmp_path: Path) -> None:
    index.save(tmp_path / "city.index")
    opened = PointIndex.open(tmp_path / "city.index", label="一版")
    points = np.concatenate([hard_points(*city, 300), random_points(1_000, SIDE) + 1e-5])
    for ours, theirs in zip(index.assign(*points.T), opened.assign(*points.T), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: content[: len(content) // 2], "cut short"),
        (lambda content: content[:-1], "cut short"),
        (lambda content: b"GIF89a" + content, "no point index"),
        (lambda content: content[:DAMAGED_BYTE] + bytes([content[DAMAGED_BYTE] ^ 1]) + content[DAMAGED_BYTE + 1 :], "damaged"),
        (lambda _: b"", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(index: PointIndex, tmp_path: Path, spoil, said: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    path = tmp_path / "city.index"
    index.save(path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(SourceError, match=said):
        PointIndex.open(path)


def test_a_stale_file_is_refused(index: PointIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "city.index")
    with pytest.raises(SourceError, match="built for 一版, not for 二版"):
        PointIndex.open(tmp_path / "city.index", label="二版")


def test_frames_answer_with_their_labels(city: tuple[Geometries, Geometries], tmp_path: Path) -> None:
    grids = gpd.GeoDataFrame(geometry=city[0][:3], index=["甲", "乙", "丙"], crs=4547)
    roads = gpd.GeoSeries(city[1][:2], index=[datetime.date(2026, 1, 1).isoformat(), "路"], crs=4547)
    index = PointIndex.build(grids, roads)
    index.save(tmp_path / "labelled.index")
    inside = shapely.point_on_surface(city[0][1])
    for one in (index, PointIndex.open(tmp_path / "labelled.index")):
        named = one.assign_labels([inside.x, 0.0], [inside.y, 0.0])
        assert named.grid.tolist() == ["乙", None]
        assert named.segment.tolist()[1] is None


def test_a_bad_shape_is_named() -> None:
    line = shapely.LineString([(0, 0), (1, 1)])
    with pytest.raises(InvalidInputError, match="grid_polygons: position 1: Self-intersection"):
        PointIndex.build([shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], [line])
    with pytest.raises(InvalidInputError, match="segment_lines: position 0: Point"):
        PointIndex.build([shapely.box(0, 0, 1, 1)], [shapely.Point(0, 0)])
    with pytest.raises(InvalidInputError, match="spread over"):
        PointIndex.build([shapely.box(0, 0, 1, 1), shapely.box(5e6, 0, 5e6 + 1, 1)], [line])


def test_columns_that_are_none_are_refused_by_name(index: PointIndex) -> None:
    asked: list[tuple[Callable[[], object], str]] = [
        (lambda: index.assign([1, 2], [1]), "y: 1 values for 2 of x"),
        (lambda: index.assign(["a"], [1]), "x: is no column of numbers"),
        (lambda: index.assign([1], [1j]), "y: is no column of numbers"),
        (lambda: index.assign([1], [1], limit_m=[1, 2]), "limit_m: 2 values for 1 of x"),
        (lambda: index.border_distance([1, 2], [1], [0, 0]), "y: 1 values for 2 of x"),
        (lambda: index.border_distance([1, 2], [1, 2], [0]), "grid: 1 values for 2 of x"),
    ]
    for ask, said in asked:
        with pytest.raises(InvalidInputError, match=said):
            ask()


def test_layers_and_limits_that_are_none_are_refused_by_name(city: tuple[Geometries, Geometries]) -> None:
    grids, roads = city[0][:3], city[1][:3]
    built: list[tuple[Callable[[], object], str]] = [
        (lambda: PointIndex.build([grids[0], grids[1].wkt], roads), "grid_polygons: position 1: 'POLYGON"),
        (lambda: PointIndex.build([grids[0], None], roads), "grid_polygons: position 1: nothing"),
        (lambda: PointIndex.build(grids[0], roads), "grid_polygons: is not one row"),
        (lambda: PointIndex.build(grids, roads, snap_limit_m=np.array([1.0, 2.0])), "snap_limit_m: 2 values for 3 segments"),
        (lambda: PointIndex.build(grids, roads, snap_limit_m=-1.0), "snap_limit_m: is no distance"),
        (lambda: PointIndex.build(grids, roads, widest_limit_m=np.nan), "widest_limit_m: is no distance"),
    ]
    for build, said in built:
        with pytest.raises(InvalidInputError, match=said):
            build()


def test_what_is_masked_lies_nowhere_and_what_is_far_has_no_border(index: PointIndex, city: tuple[Geometries, Geometries]) -> None:
    inside = shapely.point_on_surface(city[0][7])
    masked = np.ma.array([inside.x, inside.x], mask=[False, True])
    assert index.assign(masked, [inside.y] * 2).grid.tolist() == [7, -1]
    assert np.isnan(index.border_distance([np.nan, 1e300, 0.0], [0.0, 0.0, 1e9], [7, 7, 7])).all()


def test_layers_may_be_empty(city: tuple[Geometries, Geometries]) -> None:
    inside = shapely.point_on_surface(city[0][0])
    for grids, roads, grid in (([], [], -1), (city[0], [], 0), ([], city[1], -1)):
        assert PointIndex.build(grids, roads).assign([inside.x], [inside.y]).grid.tolist() == [grid]


def test_labels_that_a_file_cannot_hold_are_refused_when_saving(city: tuple[Geometries, Geometries], tmp_path: Path) -> None:
    grids = gpd.GeoSeries(city[0][:1], index=[datetime.date(2026, 1, 1)], crs=4547)
    index = PointIndex.build(grids, city[1][:1])
    with pytest.raises(InvalidInputError, match=r"grid_labels: datetime\.date\(2026, 1, 1\) is neither"):
        index.save(tmp_path / "labelled.index")
    assert not list(tmp_path.iterdir())


def test_the_examples_of_the_documentation_hold() -> None:
    results = doctest.testmod(point_index)
    assert results.failed == 0
    assert results.attempted > 10


def test_frames_of_degrees_or_of_two_systems_are_refused(city: tuple[Geometries, Geometries]) -> None:
    """Limits are metres."""
    grids = gpd.GeoSeries(city[0][:3], crs=4547)
    with pytest.raises(InvalidInputError, match="segment_lines: is in EPSG:4526, the grids in EPSG:4547"):
        PointIndex.build(grids, gpd.GeoSeries(city[1][:3], crs=4526))
    with pytest.raises(InvalidInputError, match="grid_polygons: the unit of EPSG:4326 is the degree"):
        PointIndex.build(gpd.GeoSeries(city[0][:3], crs=4326), city[1][:3])
    with pytest.raises(InvalidInputError, match="segment_lines: the unit of EPSG:2263 is the US survey foot"):
        PointIndex.build(city[0][:3], gpd.GeoSeries(city[1][:3], crs=2263))


@pytest.mark.slow
def test_one_million_points_in_a_city_of_full_size_differ_in_not_one_id() -> None:
    side = 283
    city = draw_city(side, 60_000)
    points = np.concatenate([random_points(700_000, side), hard_points(*city, 50_000)])
    assert_same(PointIndex.build(*city), *city, points)
