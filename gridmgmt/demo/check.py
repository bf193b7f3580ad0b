"""The proof that the drawn boundaries fit: no gap, no overlap, every parent the union of its children."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import shapely

from gridmgmt.city.model import Level
from gridmgmt.hierarchy.model import Area

CHILD = {Level.DISTRICT: Level.STREET_OFFICE, Level.STREET_OFFICE: Level.COMMUNITY, Level.COMMUNITY: Level.UNIT_GRID}


def check_boundaries(areas: Iterable[Area]) -> None:
    """Raise AssertionError unless every level is a coverage with exactly shared vertices and parents equal their children's union."""
    shapes: defaultdict[Level, dict[str, shapely.MultiPolygon]] = defaultdict(dict)
    children: defaultdict[str, list[shapely.MultiPolygon]] = defaultdict(list)
    for area in areas:
        if area.shape is not None:
            shapes[area.level][area.code] = area.shape
            children[f"{area.level}/{area.parent_code}"].append(area.shape)
    for level, members in shapes.items():
        if not shapely.coverage_is_valid(list(members.values())):
            _fail(f"the {level} polygons overlap or do not share their vertices")
        if not shapely.is_valid(list(members.values())).all():
            _fail(f"a {level} polygon is invalid")
        below = CHILD.get(level)
        if below and below in shapes:
            unions = [shapely.coverage_union_all(children[f"{below}/{code}"]) for code in members]
            same = shapely.equals_exact(np.array(unions, dtype=object), _plain(members.values()), tolerance=0.0, normalize=True)
            if not same.all():
                _fail(f"a {level} polygon is not the union of its {below} polygons")


def _plain(shapes: Iterable[shapely.MultiPolygon]) -> np.ndarray:
    """Return single polygons where a multi-polygon has one part, as a union does."""
    return np.array([shape.geoms[0] if len(shape.geoms) == 1 else shape for shape in shapes], dtype=object)


def _fail(message: str) -> None:
    raise AssertionError(message)
