"""Likely places in the demo city: beside roads, inside unit grids, exactly on borders; all in the storage CRS and snapped."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely

from gridmgmt import crs
from gridmgmt.demo.atoms import Atoms
from gridmgmt.demo.density import density_at
from gridmgmt.demo.layout import Layout
from gridmgmt.demo.mesh import Floats, Ints, Shapes


@dataclasses.dataclass(frozen=True)
class Ground:
    """What places are drawn from; ``lines`` are the road segments, ``weight`` how busy each is."""

    atoms: Atoms
    layout: Layout
    lines: Shapes
    weight: Floats
    tree: shapely.STRtree

    def atom_at(self, points: Floats) -> Ints:
        """Return the atom each point lies in (the lowest of those it touches), or -1 outside the city."""
        found = np.full(len(points), -1)
        index, atom = self.tree.query(shapely.points(points), predicate="intersects")
        order = np.argsort(-atom, kind="stable")
        found[index[order]] = atom[order]
        return found

    def office_name(self, atom: int) -> str:
        """Return the name of the street office an atom lies in."""
        return self.layout.offices[int(self.layout.office[atom])].name


@dataclasses.dataclass(frozen=True)
class Spot:
    """A numbered place for a facility and the name of the street office it lies in."""

    number: int
    point: shapely.Point
    office: str


def take_spots(ground: Ground, points: Floats, count: int, *, first: int = 1, largest_m2: float = np.inf) -> list[Spot]:
    """Return the first ``count`` points, numbered, that lie in the city, in unit grids of at most ``largest_m2`` as far as there are enough."""
    atoms = ground.atom_at(points)
    inside = np.flatnonzero(atoms >= 0)
    small = ground.atoms.areas[atoms[inside]] <= largest_m2
    chosen = np.concatenate([inside[small], inside[~small]])[:count]
    return [
        Spot(number, shapely.Point(points[index]), ground.office_name(int(atoms[index])))
        for number, index in enumerate(chosen.tolist(), start=first)
    ]


def survey(atoms: Atoms, layout: Layout, lines: Shapes, storage_srid: int) -> Ground:
    """Prepare the ground: a segment's weight is its length times the density of the city there."""
    middles = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
    weight = np.minimum(shapely.length(lines), 1_000.0) * density_at(middles[:, 0], middles[:, 1], storage_srid)
    return Ground(atoms, layout, lines, weight / weight.sum(), shapely.STRtree(atoms.shapes))


def beside_roads(
    rng: np.random.Generator, ground: Ground, count: int, *, away: tuple[float, float], hot: float = 0.0
) -> tuple[Floats, Ints]:
    """Draw points some metres beside roads, more where it is busy; a share ``hot`` gathers on few segments. Return points, segments."""
    segments = rng.choice(len(ground.lines), count, p=ground.weight)
    spots = rng.choice(len(ground.lines), max(1, count // 150), p=ground.weight)
    gathered = rng.random(count) < hot
    segments[gathered] = rng.choice(spots, int(gathered.sum()))
    share = np.where(gathered, rng.normal(0.5, 0.12, count).clip(0.02, 0.98), rng.uniform(0.02, 0.98, count))
    lines = ground.lines[segments]
    base = shapely.get_coordinates(shapely.line_interpolate_point(lines, share, normalized=True))
    angle, distance = rng.uniform(0, 2 * np.pi, count), rng.uniform(*away, count)
    return crs.snap(base + np.stack([np.cos(angle), np.sin(angle)], axis=1) * distance[:, None]), segments


def inside_grids(rng: np.random.Generator, ground: Ground, count: int) -> Floats:
    """Draw points about the middle of unit grids; grids are small where the city is dense, so that points are many there."""
    atoms = ground.atoms
    chosen = rng.choice(len(atoms), count)
    reach = np.minimum(np.sqrt(atoms.areas[chosen]) * 0.3, 200.0)
    return np.asarray(crs.snap(atoms.points[chosen] + rng.normal(0.0, 0.5, (count, 2)) * reach[:, None]))


def on_borders(rng: np.random.Generator, ground: Ground, count: int) -> Floats:
    """Draw points exactly on borders between unit grids: the bends and corners, which are stored to the last bit."""
    mesh = ground.atoms.mesh
    inner = np.flatnonzero((mesh.first >= 0) & (mesh.second >= 0))
    return mesh.pieces[rng.choice(inner, count), :2].copy()


def outside_city(rng: np.random.Generator, ground: Ground, count: int, box: tuple[float, float, float, float]) -> Floats:
    """Draw points within a box (storage CRS) that no unit grid covers."""
    found: list[Floats] = []
    while not found or sum(map(len, found)) < count:
        points = crs.snap(rng.uniform(box[:2], box[2:], (4 * count + 10, 2)))
        found.append(points[ground.atom_at(points) < 0])
    return np.concatenate(found)[:count]
