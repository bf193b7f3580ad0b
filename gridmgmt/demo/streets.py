"""A drawn road network: every road runs along a border, so that it meets its neighbours where borders meet."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.demo.atoms import Atoms
from gridmgmt.demo.density import density_at
from gridmgmt.demo.layout import Layout
from gridmgmt.demo.mesh import Floats, Ints, Shapes
from gridmgmt.roads.model import RoadClass

Flags = npt.NDArray[np.bool_]
DENSE = 8.0  # unit grids per square kilometre from which streets inside communities are drawn
RESIDENTIAL_SHARE = 0.45


@dataclasses.dataclass(frozen=True)
class Street:
    """A stretch of road between two junctions; ``sides`` are the communities (positions) and ``offices`` the street offices beside it."""

    line: shapely.LineString
    road_class: RoadClass
    district: int
    sides: tuple[int, int]
    offices: tuple[int, int]
    density: float
    name: str | None = None


def draw_streets(rng: np.random.Generator, atoms: Atoms, layout: Layout, storage_srid: int) -> list[Street]:
    """Draw a connected network split at its junctions, by place from south-west to north-east.

    Borders of street offices become secondary roads (of districts: primary), borders of communities tertiary, some borders inside
    dense communities residential. What is not connected to the largest part is left out.
    """
    mesh = atoms.mesh
    inner = (mesh.first >= 0) & (mesh.second >= 0)
    ends = _vertex_numbers(mesh.pieces)
    base = np.zeros(len(inner), dtype=bool)
    base[inner] = layout.community[mesh.first[inner]] != layout.community[mesh.second[inner]]
    chosen = base | _residential(rng, atoms, inner & ~base, np.asarray(np.isin(ends, ends[base]).any(axis=1)), storage_srid)
    chosen &= _largest_part(ends, chosen)
    chains = shapely.get_parts(shapely.line_merge(shapely.multilinestrings([_lines(mesh.pieces[chosen])])))
    return _streets(chains, np.flatnonzero(chosen), atoms, layout, storage_srid)


def connected_parts(lines: Shapes) -> int:
    """Count the parts of a network whose lines meet in their end points."""
    ends = shapely.get_coordinates(shapely.get_point(lines, 0)), shapely.get_coordinates(shapely.get_point(lines, -1))
    _, numbers = np.unique(np.concatenate(ends), axis=0, return_inverse=True)
    return len(np.unique(_components(numbers.reshape(2, -1).T, int(numbers.max()) + 1)))


def _vertex_numbers(pieces: Floats) -> Ints:
    """Return a number for each end of each piece, equal for equal places; (n, 2)."""
    _, numbers = np.unique(pieces.reshape(-1, 2), axis=0, return_inverse=True)
    return np.asarray(numbers.reshape(-1, 2))


def _residential(rng: np.random.Generator, atoms: Atoms, candidates: Flags, touches: Flags, storage_srid: int) -> Flags:
    """Choose whole borders between two unit grids that touch the network and lie where the city is dense."""
    mesh = atoms.mesh
    index = np.flatnonzero(candidates)
    pair = np.minimum(mesh.first[index], mesh.second[index]) * len(atoms) + np.maximum(mesh.first[index], mesh.second[index])
    names, which = np.unique(pair, return_inverse=True)
    touching = np.zeros(len(names), dtype=bool)
    np.logical_or.at(touching, which, touches[index])
    place = atoms.points[names // len(atoms)]
    dense = np.asarray(density_at(place[:, 0], place[:, 1], storage_srid) > DENSE)
    wanted = np.asarray(touching & dense & (rng.random(len(names)) < RESIDENTIAL_SHARE))
    flags = np.zeros(len(candidates), dtype=bool)
    flags[index] = wanted[which]
    return flags


def _largest_part(ends: Ints, chosen: Flags) -> Flags:
    component = _components(ends[chosen], int(ends.max()) + 1)
    here = component[ends[chosen][:, 0]]
    flags = np.zeros(len(chosen), dtype=bool)
    flags[np.flatnonzero(chosen)] = here == np.bincount(here).argmax()
    return flags


def _components(edges: Ints, count: int) -> Ints:
    """Return the lowest vertex of the part each vertex belongs to (union-find with path halving)."""
    parent = list(range(count))
    for a, b in edges.tolist():
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]  # noqa: PLW2901 - walking up
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]  # noqa: PLW2901 - walking up
        if a != b:
            parent[max(a, b)] = min(a, b)
    for vertex in range(count):
        parent[vertex] = parent[parent[vertex]]
    return np.array(parent)


def _lines(pieces: Floats) -> Shapes:
    return np.asarray(shapely.linestrings(pieces.reshape(-1, 2, 2)))


def _streets(chains: Shapes, chosen: Ints, atoms: Atoms, layout: Layout, storage_srid: int) -> list[Street]:
    mesh = atoms.mesh
    piece_of = dict(zip(map(tuple, mesh.pieces[chosen].tolist()), chosen.tolist(), strict=True))
    middles = shapely.get_coordinates(shapely.line_interpolate_point(chains, 0.5, normalized=True))
    density = density_at(middles[:, 0], middles[:, 1], storage_srid)
    streets = []
    for position in np.lexsort((middles[:, 1], middles[:, 0])).tolist():
        start, end = shapely.get_coordinates(chains[position])[:2].tolist()
        piece = piece_of[(*min(start, end), *max(start, end))]
        sides = sorted((int(mesh.first[piece]), int(mesh.second[piece])))
        communities = [int(layout.community[side]) for side in sides]
        offices = [int(layout.office[side]) for side in sides]
        districts = [int(atoms.district[side]) for side in sides]
        road_class = _class(districts, offices, communities)
        streets.append(
            Street(
                chains[position],
                road_class,
                min(districts),
                (communities[0], communities[1]),
                (offices[0], offices[1]),
                float(density[position]),
            )
        )
    return streets


def _class(districts: list[int], offices: list[int], communities: list[int]) -> RoadClass:
    if districts[0] != districts[1]:
        return RoadClass.PRIMARY
    if offices[0] != offices[1]:
        return RoadClass.SECONDARY
    return RoadClass.TERTIARY if communities[0] != communities[1] else RoadClass.RESIDENTIAL
