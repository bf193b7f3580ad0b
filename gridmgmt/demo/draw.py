"""The drawn city: from the plan to atoms, codes and facts; pure, no database."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely

from gridmgmt.demo.atoms import NOT_REAL, Atoms, locate, merge_faces
from gridmgmt.demo.boundaries import AreaFacts
from gridmgmt.demo.density import density_at, draw_points, share_out
from gridmgmt.demo.divisions import District, read_districts
from gridmgmt.demo.layout import Layout, lay_out
from gridmgmt.demo.mesh import Ints, Shapes, build_mesh, cell_borders, make_faces, relax
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.demo.real_shapes import RealCommunity, read_communities

# 13.74 million people over the density model of the whole city.
PEOPLE_PER_GRID = 407.0
UNNAMED_SOURCE = "2015年社区面，名称未匹配"


@dataclasses.dataclass(frozen=True)
class DrawnCity:
    """Everything about the ground; ``notes`` say what had to be decided about real shapes."""

    districts: tuple[District, ...]
    atoms: Atoms
    layout: Layout
    facts: AreaFacts
    notes: tuple[str, ...]


def draw_city(plan: DemoPlan, storage_srid: int) -> DrawnCity:
    """Draw districts, street offices, communities and unit grids of a plan."""
    districts = read_districts(storage_srid, plan.districts)
    real, notes = read_communities(plan.communities, storage_srid) if plan.communities else ([], [])
    atoms = _draw_atoms(plan, districts, real, storage_srid)
    layout = lay_out(plan.rng("layout"), atoms, districts)
    facts, more = _facts(atoms, layout, real, storage_srid)
    return DrawnCity(tuple(districts), atoms, layout, facts, (*notes, *more))


def district_shift_mm(city: DrawnCity, district_shapes: Shapes) -> float:
    """Return the farthest that any stored district border lies from its source, in millimetres."""
    sources = np.array([district.shape.boundary for district in city.districts], dtype=object)
    return float(np.max(shapely.hausdorff_distance(shapely.boundary(district_shapes), sources)) * 1000)


def _draw_atoms(plan: DemoPlan, districts: list[District], real: list[RealCommunity], storage_srid: int) -> Atoms:
    rng = plan.rng("grids")
    shapes = np.array([district.shape for district in districts], dtype=object)
    counts = share_out(plan.unit_grids, shapes.tolist(), [district.communities for district in districts], storage_srid)
    points = [draw_points(rng, shape, count, storage_srid) for shape, count in zip(shapes, counts, strict=True)]
    owner = np.repeat(np.arange(len(points)), [len(part) for part in points])
    seeds = relax(np.concatenate(points), 1, owner, shapes.tolist())
    real_shapes = np.array([item.shape for item in real], dtype=object)
    lines = np.concatenate([cell_borders(rng, seeds), shapely.boundary(shapes), shapely.boundary(real_shapes)])
    faces = make_faces(lines)
    district = locate(faces, shapes)
    return merge_faces(build_mesh(faces), district, _real_of(faces, district, real, shapes), seeds)


def _real_of(faces: Shapes, district: Ints, real: list[RealCommunity], districts: Shapes) -> Ints:
    """Return the number of the real community of each face.

    A community is taken in the one district that holds more than half of it; what reaches out of that district is not taken.
    """
    if not real:
        return np.full(len(faces), NOT_REAL)
    found = locate(faces, np.array([item.shape for item in real], dtype=object))
    home = np.array([_home(item, districts) for item in real])
    taken = (found >= 0) & (home[found] == district)
    numbers = np.array([item.number for item in real])
    return np.where(taken, numbers[found], NOT_REAL)


def _home(community: RealCommunity, districts: Shapes) -> int:
    inside = shapely.area(shapely.intersection(community.shape, districts))
    best = int(np.argmax(inside))
    return best if inside[best] > community.shape.area / 2 else -2


def _facts(atoms: Atoms, layout: Layout, real: list[RealCommunity], storage_srid: int) -> tuple[AreaFacts, list[str]]:
    people = density_at(atoms.points[:, 0], atoms.points[:, 1], storage_srid) * atoms.areas / 1e6 * PEOPLE_PER_GRID
    population = np.round(np.bincount(layout.community, people, len(layout.communities))).astype(np.int64)
    covered = np.bincount(layout.community, atoms.areas, len(layout.communities))
    by_number = {item.number: item for item in real}
    remarks, changed = {}, 0
    for place, item in enumerate(layout.communities):
        source = by_number.get(item.real)
        if source is not None:
            population[place] = source.population if source.population is not None else population[place]
            share = covered[place] / source.shape.area - 1
            remarks[place] = f"{UNNAMED_SOURCE}；面积与来源相差 {share:+.2%}"
            changed += abs(share) > 0.01
    placed = len(remarks)
    notes = [f"{placed} of {len(real)} real communities placed, {changed} of them differ by more than 1 % in area"] if real else []
    if layout.unplaced:
        notes.append(f"{len(layout.unplaced)} named communities gave way to them and are kept by code and name only")
    return AreaFacts(population, remarks), notes
