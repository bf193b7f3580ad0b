"""A city drawn for the bulk engine: irregular unit grids that share borders, road segments that share junctions, all on the 1/1024 m grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Geometries = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
CELL_M, BENDS = 330.0, 10
ORIGIN = np.array([450_000.0, 3_350_000.0])


def snap(values: Floats) -> Floats:
    """Return the nearest points of the grid of units."""
    return np.round(values * 1024) / 1024


def draw_city(side: int, segments: int, *, seed: int = 0) -> tuple[Geometries, Geometries]:
    """Return ``side * side`` polygons of about 40 vertices and polylines of 5 to 20."""
    rng = np.random.default_rng(seed)
    steps = np.arange(side + 1) * CELL_M
    corners = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1) + ORIGIN
    corners = snap(corners + rng.uniform(-0.22, 0.22, corners.shape) * CELL_M)
    level, upright = _bent(corners[:-1], corners[1:], rng), _bent(corners[:, :-1], corners[:, 1:], rng)
    around = (level[:, :-1], upright[1:, :, 1:], level[:, 1:, ::-1][:, :, 1:], upright[:-1, :, ::-1][:, :, 1:])
    rings = np.concatenate(around, 2)
    polygons = shapely.polygons(rings.reshape(side * side, -1, 2))
    return np.asarray(polygons), _roads(segments, side * CELL_M, rng)


def _bent(start: Floats, end: Floats, rng: np.random.Generator) -> Floats:
    """Return bent lines between points, the ends included."""
    share = np.arange(1, BENDS)[:, None] / BENDS
    way = (end - start)[..., None, :]
    aside = np.stack([-way[..., 1], way[..., 0]], -1) * rng.normal(0, 0.02, (*start.shape[:-1], BENDS - 1, 1))
    return np.concatenate([start[..., None, :], snap(start[..., None, :] + way * share + aside), end[..., None, :]], -2)


def _roads(count: int, wide: float, rng: np.random.Generator) -> Geometries:
    sizes = rng.integers(5, 21, count)
    junctions = snap(rng.uniform(0, wide, (max(count // 2, 1), 2)) + ORIGIN)
    of_line = np.repeat(np.arange(count), sizes)
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    heading = rng.uniform(0, 2 * np.pi, count)[of_line] + rng.normal(0, 0.15, len(of_line))
    moves = np.stack([np.cos(heading), np.sin(heading)], -1) * rng.uniform(15, 40, (len(of_line), 1))
    moves[first] = 0
    walked = np.cumsum(moves, 0)
    starts = junctions[rng.integers(0, len(junctions), count)]
    points = snap(starts[of_line] + walked - walked[first][of_line])
    return np.asarray(shapely.linestrings(points, indices=of_line))


def random_points(count: int, side: int, *, seed: int = 1) -> Floats:
    """Return points all over the city and a little beyond, shape (count, 2)."""
    wide = side * CELL_M
    return snap(np.random.default_rng(seed).uniform(-0.02 * wide, 1.02 * wide, (count, 2)) + ORIGIN)


def hard_points(polygons: Geometries, lines: Geometries, count: int, *, seed: int = 2) -> Floats:
    """Return vertices, neighbours of vertices, corners of 32 m blocks, road vertices and points exactly 50 m from them."""
    rng = np.random.default_rng(seed)
    borders, roads = (shapely.get_coordinates(shapes) for shapes in (polygons, lines))
    borders, roads = borders[rng.integers(0, len(borders), count)], roads[rng.integers(0, len(roads), count)]
    near = borders + rng.integers(-2, 3, borders.shape) / 1024
    blocks = np.round(borders / 32) * 32 + rng.integers(-1, 2, borders.shape) / 1024
    return np.concatenate([borders, near, blocks, roads, roads + np.array([50, 0]), roads + np.array([30, 40])])


def expected(polygons: Geometries, lines: Geometries, points: Floats, limit_m: float) -> tuple[npt.NDArray[Any], ...]:
    """Answer with shapely alone: lowest grid that covers, whether more than one does, lowest (whole millimetres, segment), metres."""
    shapes = np.asarray(shapely.points(points))
    which, found = shapely.STRtree(polygons).query(shapes, predicate="covered_by")
    grid = np.full(len(points), len(polygons))
    np.minimum.at(grid, which, found)
    shared = np.bincount(which, minlength=len(points)) > 1
    which, found = shapely.STRtree(lines).query(shapes, predicate="dwithin", distance=limit_m + 1)
    metres = np.asarray(shapely.distance(shapes[which], lines[found]))
    within = metres <= limit_m + 1e-6
    which, found, metres = which[within], found[within], metres[within]
    order = np.lexsort((found, np.rint(metres * 1000), which))
    which, first = np.unique(which[order], return_index=True)
    segment, distance = np.full(len(points), -1), np.full(len(points), np.nan)
    segment[which], distance[which] = found[order][first], metres[order][first]
    return np.where(grid == len(polygons), -1, grid), shared, segment, distance
