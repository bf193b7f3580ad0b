"""The areas of the demo city in its two boundary editions."""

from __future__ import annotations

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from shapely import MultiPolygon

from gridmgmt.city.model import Level
from gridmgmt.demo.atoms import NOT_REAL, Atoms, union_by
from gridmgmt.demo.divisions import District
from gridmgmt.demo.land_use import land_use_of
from gridmgmt.demo.layout import Layout
from gridmgmt.demo.mesh import Ints, Shapes
from gridmgmt.hierarchy.model import Area, GeometrySource

FIRST_EDITION = datetime.date(2024, 1, 1)
SECOND_EDITION = datetime.date(2026, 1, 1)
M2_PER_KM2 = 1e6


@dataclasses.dataclass(frozen=True)
class Grid:
    """A unit grid as a community, a number in it and the atoms it is made of."""

    community: int
    sequence: int
    atoms: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class AreaFacts:
    """What is said of communities beside their shape, by position."""

    population: Ints
    remarks: Mapping[int, str]


def grids_of(layout: Layout) -> list[Grid]:
    """Return one unit grid for each atom, by atom."""
    pairs = zip(layout.community.tolist(), layout.sequence.tolist(), strict=True)
    return [Grid(community, sequence, (atom,)) for atom, (community, sequence) in enumerate(pairs)]


def build_areas(
    atoms: Atoms, layout: Layout, districts: Sequence[District], *, grids: Sequence[Grid], facts: AreaFacts, day: datetime.date
) -> list[Area]:
    """Return every level made of the given unit grids, parents as the exact union of their children, open from ``day``.

    The grids may cover only some street offices; then a district comes only when all its street offices do.
    """
    shapes, community = grid_shapes(atoms, grids)
    places, label = np.unique(community, return_inverse=True)
    wholes = union_by(shapes, label, len(places))
    dense = facts.population[places] * M2_PER_KM2 / shapely.area(wholes)
    units = [_unit_grid(layout, *one, day) for one in zip(grids, multi(shapes), dense[label].tolist(), strict=True)]
    communities = [_community(layout, place, shape, facts, day) for place, shape in zip(places.tolist(), multi(wholes), strict=True)]
    offices = _offices(communities, districts, day)
    return [*_whole_districts(offices, districts, day), *offices, *communities, *units]


def unplaced_areas(layout: Layout, day: datetime.date) -> list[Area]:
    """Return the real communities that are known by code and name only."""
    return [Area(Level.COMMUNITY, item.code, item.name, item.code[:9], None, None, day) for item in layout.unplaced]


def grid_shapes(atoms: Atoms, grids: Sequence[Grid]) -> tuple[Shapes, Ints]:
    """Return the shape and the community of each unit grid."""
    members = np.concatenate([np.array(grid.atoms) for grid in grids])
    label = np.repeat(np.arange(len(grids)), [len(grid.atoms) for grid in grids])
    return union_by(atoms.shapes[members], label, len(grids)), np.array([grid.community for grid in grids])


def multi(shapes: Shapes) -> list[MultiPolygon]:
    """Return polygons as multi-polygons, all at once."""
    multis = shapes.copy()
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    multis[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    return list(multis)


def _unit_grid(layout: Layout, grid: Grid, shape: MultiPolygon, people_per_km2: float, day: datetime.date) -> Area:
    community = layout.communities[grid.community].code
    area = Area(Level.UNIT_GRID, f"{community}{grid.sequence:03d}", None, community, shape, GeometrySource.SYNTHETIC, day)
    return dataclasses.replace(area, land_use_class=land_use_of(community, grid.sequence, people_per_km2))


def _community(layout: Layout, place: int, shape: MultiPolygon, facts: AreaFacts, day: datetime.date) -> Area:
    item = layout.communities[place]
    source = GeometrySource.SYNTHETIC if item.real == NOT_REAL else GeometrySource.IMPORTED
    area = Area(Level.COMMUNITY, item.code, item.name, item.office_code, shape, source, day)
    return dataclasses.replace(area, population=int(facts.population[place]), remark=facts.remarks.get(place))


def _offices(communities: Sequence[Area], districts: Sequence[District], day: datetime.date) -> list[Area]:
    parts = _by_parent(communities)
    return [
        Area(Level.STREET_OFFICE, item.code, item.name, district.division.code, _union(parts[item.code]), GeometrySource.SYNTHETIC, day)
        for district in districts
        for item in district.division.parts
        if item.code in parts
    ]


def _whole_districts(offices: Sequence[Area], districts: Sequence[District], day: datetime.date) -> list[Area]:
    parts = _by_parent(offices)
    return [
        Area(Level.DISTRICT, item.code, item.name, None, _union(parts[item.code]), GeometrySource.IMPORTED, day)
        for item in (district.division for district in districts)
        if len(parts.get(item.code, ())) == len(item.parts)
    ]


def _by_parent(areas: Sequence[Area]) -> dict[str, list[MultiPolygon]]:
    shapes: defaultdict[str, list[MultiPolygon]] = defaultdict(list)
    for area in areas:
        if area.parent_code is not None and area.shape is not None:
            shapes[area.parent_code].append(area.shape)
    return dict(shapes)


def _union(shapes: Sequence[MultiPolygon]) -> MultiPolygon:
    return multi(np.array([shapely.coverage_union_all(shapes)], dtype=object))[0]
