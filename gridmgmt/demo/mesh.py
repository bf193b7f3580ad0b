"""Faces that share every vertex: lines are noded once on the 1/1024 m grid and the faces between them taken as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gridmgmt import crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


@dataclasses.dataclass(frozen=True)
class Mesh:
    """Faces and the straight pieces between them.

    ``pieces`` is (n, 4): x, y, x, y; ``first`` and ``second`` are the faces on its sides, -1 where there is none.
    """

    faces: Shapes
    pieces: Floats
    first: Ints
    second: Ints


def relax(seeds: Floats, rounds: int, district_of_seed: Ints, districts: Sequence[BaseGeometry]) -> Floats:
    """Move seeds to the middle of their cells, as far as they stay in their district, so that cells are less ragged."""
    for _ in range(rounds):
        cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), ordered=True))
        middles = crs.snap(shapely.get_coordinates(shapely.centroid(cells)))
        for index, district in enumerate(districts):
            stays = (district_of_seed == index) & shapely.contains_xy(district, middles[:, 0], middles[:, 1])
            seeds = np.where(stays[:, None], middles, seeds)
    return seeds


def cell_borders(rng: np.random.Generator, seeds: Floats) -> Shapes:
    """Return the borders of the cells of the seeds, each bent a little, snapped."""
    edges = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), only_edges=True))
    edges = edges[shapely.get_num_coordinates(edges) == 2]
    ends = shapely.get_coordinates(edges).reshape(-1, 2, 2)
    start, end = ends[:, 0], ends[:, 1]
    along = end - start
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    bend = rng.uniform(-0.09, 0.09, (len(ends), 2, 1))
    bend[np.hypot(along[:, 0], along[:, 1]) < 25.0] = 0.0
    points = np.stack([start, start + along / 3 + across * bend[:, 0], start + along * 2 / 3 + across * bend[:, 1], end], axis=1)
    lines = shapely.linestrings(crs.snap(points.reshape(-1, 2)), indices=np.repeat(np.arange(len(points)), 4))
    kept = np.asarray(lines, dtype=np.object_).reshape(-1)
    return np.asarray(kept[shapely.length(kept) > 0])


def make_faces(lines: Shapes) -> Shapes:
    """Node lines on the storage grid and return the faces between them, in a stable order."""
    noded = shapely.get_parts(shapely.union_all(lines, grid_size=1 / crs.GRID_PER_METRE))
    faces = shapely.get_parts(shapely.polygonize(noded))
    corners = shapely.get_coordinates(shapely.point_on_surface(faces))
    return np.asarray(faces[np.lexsort((corners[:, 1], corners[:, 0]))])


def build_mesh(faces: Shapes) -> Mesh:
    """Find the straight pieces between faces by their ends alone; a piece with three sides would be a fault and raises."""
    parts, face_of_part = shapely.get_parts(faces, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    same = ring_of_point[1:] == ring_of_point[:-1]
    start, end, face = points[:-1][same], points[1:][same], face_of_part[part_of_ring[ring_of_point[:-1][same]]]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    start[swap], end[swap] = end[swap], start[swap]
    ends = np.concatenate([start, end], axis=1)
    order = np.lexsort((face, ends[:, 3], ends[:, 2], ends[:, 1], ends[:, 0]))
    ends, face = ends[order], face[order]
    new = np.concatenate([[True], np.any(ends[1:] != ends[:-1], axis=1)])
    starts = np.flatnonzero(new)
    sides = np.diff(np.append(starts, len(ends)))
    if sides.max() > 2:
        message = "a piece of border has more than two faces"
        raise AssertionError(message)
    second = np.where(sides == 2, face[np.minimum(starts + 1, len(face) - 1)], -1)
    return Mesh(faces, ends[starts], face[starts], second)


def shared_borders(first: Ints, second: Ints, lengths: Floats) -> tuple[Ints, Ints, Floats]:
    """Return each pair of neighbours once (lower number first) and the length of the border they share."""
    inner = (first >= 0) & (second >= 0) & (first != second)
    low, high = np.minimum(first[inner], second[inner]), np.maximum(first[inner], second[inner])
    count = int(high.max(initial=0)) + 1
    pairs, which = np.unique(low * count + high, return_inverse=True)
    return pairs // count, pairs % count, np.bincount(which, weights=lengths[inner], minlength=len(pairs)).astype(np.float64)


def piece_lengths(mesh: Mesh) -> Floats:
    """Return the length of every piece in metres."""
    return np.asarray(np.hypot(mesh.pieces[:, 2] - mesh.pieces[:, 0], mesh.pieces[:, 3] - mesh.pieces[:, 1]))
