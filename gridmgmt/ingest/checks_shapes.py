"""Checks of single polygons: validity, slivers, the envelope; shapes in the storage CRS (metres)."""

from __future__ import annotations

import dataclasses

import numpy as np
import shapely

from gridmgmt import crs
from gridmgmt.city.model import CityProfile
from gridmgmt.ingest.area_layer import AreaLayer
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.labels import Words

# What GEOS says of an invalid polygon.
INVALID_ZH = {
    "Self-intersection": "边界自相交", "Ring Self-intersection": "环自相交", "Hole lies outside shell": "洞在外环之外", "Nested shells": "外环互相嵌套",
    "Holes are nested": "洞互相嵌套", "Interior is disconnected": "内部不连通", "Duplicate Rings": "环重复", "Too few points in geometry component": "环的点数不足",
    "Invalid Coordinate": "坐标无效", "Ring is not closed": "环未闭合",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """What is too small to mention.

    A piece counts when it is larger than ``area_m2`` and on average wider than ``width_m`` (2 × area / perimeter), so that rounding
    along a long border is no fault; a polygon, or a part of one, narrower than ``sliver_m`` is a sliver.
    """

    area_m2: float = 1.0
    width_m: float = 0.05
    sliver_m: float = 1.0

    def counts(self, pieces: np.ndarray[tuple[int], np.dtype[np.object_]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say for each piece whether it counts."""
        return np.asarray((shapely.area(pieces) > self.area_m2) & (mean_width(pieces) > self.width_m), dtype=np.bool_)


def mean_width(shapes: np.ndarray[tuple[int], np.dtype[np.object_]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return 2 × area / perimeter: for a long strip its width."""
    length = shapely.length(shapes)
    return np.divide(2 * shapely.area(shapes), length, out=np.zeros(len(shapes)), where=length > 0)


def check_validity(layer: AreaLayer, *, fix: bool) -> tuple[AreaLayer, list[Fault]]:
    """Find invalid polygons and say where; with ``fix`` repair them and report the change of area instead.

    A repair keeps the polygons only, on the storage grid; one that leaves nothing stays a blocking fault.
    """
    shapes = layer.shapes
    bad = np.flatnonzero(~(shapely.is_valid(shapes) | shapely.is_missing(shapes)))
    areas, faults = list(layer.areas), []
    for i in bad:
        number, code = int(layer.numbers[i]), layer.areas[i].code
        reason = why_invalid(shapes[i])
        repaired = repair(shapes[i]) if fix else None
        if repaired is None:
            words = reason if fix else Words(f"{reason}; --fix repairs it", zh=f"{reason.zh}；加 --fix 可修复")
            faults.append(Fault(number, code, FaultKind.INVALID, words, shape=shapes[i]))
            continue
        change = repaired.area - shapes[i].area
        areas[i] = dataclasses.replace(areas[i], shape=repaired)
        sizes = f"{shapes[i].area:,.1f} → {repaired.area:,.1f} m² ({change:+,.1f})"
        words = Words(f"{reason}; repaired, area {sizes}", zh=f"{reason.zh}；已修复，面积 {sizes}")
        faults.append(Fault(number, code, FaultKind.INVALID, words, blocking=False, shape=repaired))
    return AreaLayer(layer.level, layer.numbers, tuple(areas)), faults


def why_invalid(shape: shapely.Geometry) -> Words:
    """Say what makes a polygon invalid, and where, in the storage CRS."""
    reason = str(shapely.is_valid_reason(shape))
    what, _, place = reason.partition("[")
    x, _, y = place.rstrip("]").partition(" ")
    zh = INVALID_ZH.get(what.strip(), what.strip())
    return Words(reason, zh=f"{zh}，位于 ({float(x):.1f}, {float(y):.1f})" if place else zh)


def repair(shape: shapely.Geometry) -> shapely.MultiPolygon | None:
    """Return a valid polygon on the storage grid, or None where nothing of area is left."""
    made = shapely.make_valid(shape, method="structure", keep_collapsed=False)
    snapped = shapely.set_precision(shapely.set_precision(made, 1 / crs.GRID_PER_METRE), 0.0)
    polygons = [part for part in shapely.get_parts(snapped) if part.geom_type == "Polygon" and part.area > 0]
    repaired = shapely.MultiPolygon(polygons)
    return repaired if polygons and repaired.is_valid else None


def check_slivers(layer: AreaLayer, tolerance: Tolerance) -> list[Fault]:
    """Find polygons, and parts of multi-part ones, that are narrower than a sliver may be."""
    parts, owner = shapely.get_parts(layer.shapes, return_index=True)
    width = mean_width(parts)
    return [
        Fault(
            int(layer.numbers[owner[i]]), layer.areas[owner[i]].code, FaultKind.SLIVER,
            _narrow(float(shapely.area(parts[i])), float(width[i])), blocking=False, shape=parts[i],
        )
        for i in np.flatnonzero(width < tolerance.sliver_m)
    ]  # fmt: skip


def _narrow(area: float, width: float) -> Words:
    return Words(f"{area:,.1f} m², {width:.2f} m wide on average", zh=f"面积 {area:,.1f} m²，平均宽度仅 {width:.2f} 米")


def check_envelope(layer: AreaLayer, profile: CityProfile) -> list[Fault]:
    """Find areas that reach outside the city's envelope."""
    shapes = layer.shapes
    west, south, east, north = shapely.bounds(shapes).T
    name = f"epsg:{profile.storage_srid}"
    inside = shapely.is_missing(shapes) | (
        crs.inside_envelope(west, south, name, profile) & crs.inside_envelope(east, north, name, profile)
    )
    return [
        Fault(
            int(layer.numbers[i]), layer.areas[i].code, FaultKind.OUTSIDE_CITY,
            Words(f"reaches outside the envelope of {profile.name}", zh=f"超出{profile.name}范围"), shape=layer.areas[i].shape,
        )
        for i in np.flatnonzero(~inside)
    ]  # fmt: skip
