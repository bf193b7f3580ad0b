"""The shapes behind an index: they decide what integers cannot."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import shapely

from gridmgmt.responsibility.index_frame import Flags, Floats, Words
from gridmgmt.responsibility.index_given import Geometries, check_systems, layer
from gridmgmt.responsibility.index_kernel import DOUBT
from gridmgmt.responsibility.index_nearest import HAIR_M, MILLIMETRES, NONE

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)


@dataclasses.dataclass(frozen=True)
class Shapes:
    """Polygons and lines by position."""

    polygons: Geometries
    lines: Geometries

    @classmethod
    def of(cls, polygons: Any, lines: Any) -> Shapes:
        """Take arrays of geometries or anything with ``.geometry``; raise InvalidInputError naming the position of what is not one.

        Frames that know their coordinate system must be in one, and in metres.
        """
        check_systems(getattr(polygons, "crs", None), getattr(lines, "crs", None))
        return cls(layer(polygons, "grid_polygons", POLYGONS, "多边形"), layer(lines, "segment_lines", LINES, "线"))

    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of everything in metres; nan when there is nothing."""
        everything = np.concatenate([self.polygons, self.lines])
        west, south, east, north = shapely.total_bounds(everything) if len(everything) else np.full(4, np.nan)
        return float(west), float(south), float(east), float(north)

    def decide_grids(self, x: Floats, y: Floats, grid: Words, shared: Flags) -> None:
        """Replace every DOUBT by the lowest position that covers the point, as GEOS says."""
        open_grid = np.flatnonzero(grid == DOUBT)
        if not len(open_grid):
            return
        which, found = shapely.STRtree(self.polygons).query(shapely.points(x[open_grid], y[open_grid]), predicate="covered_by")
        lowest = np.full(len(open_grid), len(self.polygons))
        np.minimum.at(lowest, which, found)
        grid[open_grid] = np.where(lowest < len(self.polygons), lowest, NONE)
        shared[open_grid] = np.bincount(which, minlength=len(open_grid)) > 1

    def decide_segments(self, x: Floats, y: Floats, segment: Words, distance_m: Floats, limits_m: Floats, own_limits_m: Floats) -> None:
        """Replace every DOUBT by the lowest (whole millimetres, position) within its limit, as GEOS says."""
        open_road = np.flatnonzero(segment == DOUBT)
        if not len(open_road):
            return
        points = np.asarray(shapely.points(x[open_road], y[open_road]))
        own = own_limits_m[open_road] if len(own_limits_m) else np.full(len(open_road), np.nan)
        widest = float(np.fmax(limits_m.max(initial=0.0), np.nanmax(own, initial=0.0)))
        which, found = shapely.STRtree(self.lines).query(points, predicate="dwithin", distance=widest + HAIR_M)
        metres = np.asarray(shapely.distance(points[which], self.lines[found]))
        within = metres <= np.where(np.isnan(own[which]), limits_m[found], own[which]) + HAIR_M
        which, found, metres = which[within], found[within], metres[within]
        order = np.lexsort((found, np.rint(metres * MILLIMETRES), which))
        which, first = np.unique(which[order], return_index=True)
        segment[open_road], distance_m[open_road] = NONE, np.nan
        segment[open_road[which]], distance_m[open_road[which]] = found[order][first], metres[order][first]
