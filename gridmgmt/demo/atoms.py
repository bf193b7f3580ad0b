"""From faces to atoms: the pieces that unit grids are made of, each with its owner."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np
import shapely

from gridmgmt.demo.mesh import Floats, Ints, Mesh, Shapes, piece_lengths, shared_borders

SLIVER_M2 = 500.0
NOT_REAL = -1


@dataclasses.dataclass(frozen=True)
class Atoms:
    """Atoms with exactly shared borders.

    ``district`` is the position in the list of districts, ``real`` the number of the real community an atom lies in or -1;
    ``mesh.first`` and ``mesh.second`` are atoms, -1 outside the city.
    """

    mesh: Mesh
    district: Ints
    real: Ints
    points: Floats
    areas: Floats

    def __len__(self) -> int:
        """Return how many atoms there are."""
        return len(self.district)

    @property
    def shapes(self) -> Shapes:
        """Return the polygons."""
        return self.mesh.faces


def locate(faces: Shapes, shapes: Shapes) -> Ints:
    """Return for each face the lowest number of a shape that covers its inner point, or -1."""
    found = np.full(len(faces), -1)
    tree = shapely.STRtree(shapes)
    face, shape = tree.query(shapely.point_on_surface(faces), predicate="intersects")
    order = np.argsort(-shape, kind="stable")
    found[face[order]] = shape[order]
    return found


def merge_faces(mesh: Mesh, district: Ints, real: Ints, seeds: Floats) -> Atoms:
    """Join every face without a seed to the neighbour of the same owner it shares most border with; drop faces of no district.

    A sliver without such a neighbour goes to any neighbour of its district; anything larger stays an atom of its own.
    """
    seeded = np.zeros(len(mesh.faces), dtype=bool)
    seeded[shapely.STRtree(mesh.faces).query(shapely.points(seeds), predicate="intersects")[1]] = True
    groups = _join(mesh, district, real, seeded)
    atom = np.full(len(mesh.faces), -1)
    kept = np.flatnonzero(district >= 0)
    roots, atom[kept] = np.unique(groups[kept], return_inverse=True)
    shapes = union_by(mesh.faces[kept], atom[kept], len(roots))
    # The last entry serves the index -1: outside faces and no face at all are both outside.
    lookup = np.append(atom, -1)
    first, second = lookup[mesh.first], lookup[mesh.second]
    border = first != second
    merged = Mesh(shapes, mesh.pieces[border], first[border], second[border])
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return Atoms(merged, district[roots], real[roots], points, shapely.area(shapes))


def _join(mesh: Mesh, district: Ints, real: Ints, seeded: np.ndarray) -> Ints:
    """Return the root face of every face; the root is the face whose owner the group keeps."""
    low, high, length = shared_borders(mesh.first, mesh.second, piece_lengths(mesh))
    neighbours: defaultdict[int, list[tuple[float, int]]] = defaultdict(list)
    for a, b, metres in zip(low.tolist(), high.tolist(), length.tolist(), strict=True):
        neighbours[a].append((-metres, b))
        neighbours[b].append((-metres, a))
    parent = np.arange(len(mesh.faces))
    areas = shapely.area(mesh.faces)
    lonely = np.flatnonzero(~seeded & (district >= 0))
    for face in lonely[np.lexsort((lonely, areas[lonely]))].tolist():
        near = sorted(neighbours[face])
        same = [other for _, other in near if district[other] == district[face] and real[other] == real[face]]
        if not same and areas[face] < SLIVER_M2:
            same = [other for _, other in near if district[other] == district[face]]
        if same and _root(parent, same[0]) != face:
            parent[face] = _root(parent, same[0])
    return np.array([_root(parent, face) for face in range(len(parent))])


def _root(parent: Ints, face: int) -> int:
    while parent[face] != face:
        face = int(parent[face])
    return face


def union_by(shapes: Shapes, label: Ints, count: int) -> Shapes:
    """Return the union of the shapes of each label 0 … count - 1, sharing every vertex with what lies beside it; each label must occur."""
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(count + 1))
    groups = [shapes[order[bounds[i] : bounds[i + 1]]] for i in range(count)]
    unions = np.empty(count, dtype=object)
    unions[:] = [group[0] if len(group) == 1 else shapely.coverage_union_all(group) for group in groups]
    return unions
