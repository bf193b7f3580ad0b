"""The shapes behind an index: they decide what integers cannot."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.errors import InvalidInputError
from gridmgmt.responsibility.index_frame import Flags, Floats, Words
from gridmgmt.responsibility.index_kernel import DOUBT
from gridmgmt.responsibility.index_nearest import HAIR_M, MILLIMETRES, NONE

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
Geometries = npt.NDArray[Any]


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
        _check_systems(getattr(polygons, "crs", None), getattr(lines, "crs", None))
        return cls(_checked(polygons, "grid_polygons", POLYGONS, "多边形"), _checked(lines, "segment_lines", LINES, "线"))

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


def _checked(given: Any, field: str, kinds: tuple[int, ...], kind_zh: str) -> Geometries:
    shapes = np.asarray(getattr(given, "geometry", given), dtype=object)
    if shapes.ndim != 1:
        raise InvalidInputError(field, "is not one row of geometries", zh="须为一维几何数组")
    types = shapely.get_type_id(shapes)
    wrong = ~np.isin(types, kinds)
    flawed = wrong | ~shapely.is_valid(shapes) | ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    flawed &= ~(~wrong & shapely.is_empty(shapes))
    if flawed.any():
        at = int(np.flatnonzero(flawed)[0])
        found = "nothing" if shapes[at] is None else shapely.is_valid_reason(shapes[at]) if not wrong[at] else shapes[at].geom_type
        raise InvalidInputError(field, f"position {at}: {found}", zh=f"第 {at} 个不是有效的{kind_zh}：{found}")
    return shapes


def _check_systems(grids: Any, segments: Any) -> None:
    for field, crs in (("grid_polygons", grids), ("segment_lines", segments)):
        if crs is not None and crs.is_geographic:
            raise InvalidInputError(
                field, f"{crs.to_string()} is in degrees; one metric system is meant", zh=f"{crs.to_string()} 以度为单位，须用米制坐标系"
            )
    if grids is not None and segments is not None and grids != segments:
        raise InvalidInputError(
            "segment_lines", f"is in {segments.to_string()}, the grids in {grids.to_string()}",
            zh=f"坐标系为 {segments.to_string()}，网格为 {grids.to_string()}",
        )  # fmt: skip


def labels_of(given: Any) -> list[Any] | None:
    """Return what a GeoSeries or GeoDataFrame calls its rows; None for a plain array."""
    return list(given.index) if hasattr(given, "geometry") and hasattr(given, "index") else None
