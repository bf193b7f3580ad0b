"""One GeoJSON geometry into a shape, saying what is wrong where it cannot be built."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import shapely

from gridmgmt.labels import Words

# How deep the lists of coordinates nest, and how each type is made of a simpler one.
PARTS = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}
MULTI: Mapping[str, Callable[[list[Any]], shapely.Geometry]] = {
    "MultiPoint": shapely.MultiPoint,
    "MultiLineString": shapely.MultiLineString,
    "MultiPolygon": shapely.MultiPolygon,
}
FEWEST_LINE, FEWEST_RING = 2, 4
MAX_DEPTH = 20
LARGEST = 1e12  # neither degrees nor metres of any system; nan fails the test too


class UnreadableShapeError(ValueError):
    """The geometry cannot be built; the message is the reason, in both languages."""

    def __init__(self, reason: str, *, zh: str) -> None:
        super().__init__(reason)
        self.words = Words(reason, zh=zh)


@dataclasses.dataclass(frozen=True)
class BuiltShape:
    """The shape (None where it has no coordinates) and how many of its rings had to be closed."""

    shape: shapely.Geometry | None
    closed_rings: int = 0


def build_shape(geometry: object, *, depth: int = 0) -> BuiltShape:
    """Build a 2D shape; raise UnreadableShapeError with the reason. Heights are dropped, unclosed rings are closed and counted."""
    if not isinstance(geometry, dict):
        raise UnreadableShapeError(
            f"the geometry is a {type(geometry).__name__}, not an object", zh=f"几何应为对象，实为 {type(geometry).__name__}"
        )
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        return _collection(geometry, depth)
    coordinates = geometry.get("coordinates")
    if kind in PARTS:
        parts = [_part(PARTS[kind], part) for part in _list(coordinates, kind)]
        whole = [part for part in parts if part.shape is not None]
        shape = MULTI[kind]([part.shape for part in whole]) if whole else None
        return BuiltShape(shape, sum(part.closed_rings for part in parts))
    if not isinstance(kind, str) or kind not in PARTS.values():
        raise UnreadableShapeError(f"{kind!r} is no geometry type", zh=f"{kind!r} 不是几何类型")
    return _part(kind, coordinates)


def _collection(geometry: dict[str, Any], depth: int) -> BuiltShape:
    if depth > MAX_DEPTH:
        raise UnreadableShapeError("geometry collections nest too deep", zh="几何集合嵌套过深")
    parts = [build_shape(part, depth=depth + 1) for part in _list(geometry.get("geometries"), "GeometryCollection")]
    whole = [part.shape for part in parts if part.shape is not None]
    return BuiltShape(shapely.GeometryCollection(whole) if whole else None, sum(part.closed_rings for part in parts))


def _part(kind: str, coordinates: object) -> BuiltShape:
    values = _list(coordinates, kind)
    if not values:
        return BuiltShape(None)
    if kind == "Point":
        return BuiltShape(shapely.Point(_position(values)))
    if kind == "LineString":
        return BuiltShape(_line(values))
    rings = [_ring(ring) for ring in values]
    closed = sum(was_open for _, was_open in rings)
    return BuiltShape(shapely.Polygon(rings[0][0], [ring for ring, _ in rings[1:]]), closed)


def _line(values: list[Any]) -> shapely.LineString:
    positions = [_position(value) for value in values]
    if len(positions) < FEWEST_LINE:
        raise UnreadableShapeError(f"a line of {len(positions)} point", zh=f"线只有 {len(positions)} 个点")
    return shapely.LineString(positions)


def _ring(values: object) -> tuple[list[tuple[float, float]], bool]:
    positions = [_position(value) for value in _list(values, "ring")]
    if not positions:
        raise UnreadableShapeError("an empty ring beside others", zh="其中一个环为空")
    was_open = positions[0] != positions[-1]
    closed = [*positions, positions[0]] if was_open else positions
    if len(closed) < FEWEST_RING:
        raise UnreadableShapeError(
            f"a ring of {len(closed)} positions; a closed one has at least {FEWEST_RING}",
            zh=f"环只有 {len(closed)} 个点，闭合环至少 {FEWEST_RING} 个",
        )
    return closed, was_open


def _position(value: object) -> tuple[float, float]:
    if not isinstance(value, list):
        raise UnreadableShapeError(
            f"coordinates are not nested deep enough: {value!r} stands where a position [x, y] should",
            zh=f"坐标嵌套层次不足：应为 [x, y] 处是 {value!r}",
        )
    if len(value) < 2:  # noqa: PLR2004 - x and y
        raise UnreadableShapeError(f"{value!r} is no position: it needs x and y", zh=f"{value!r} 不是坐标，须有 x 和 y")
    if isinstance(value[0], list):
        raise UnreadableShapeError(
            "coordinates are nested too deep: a list stands where a number should", zh="坐标嵌套过深：应为数字处是列表"
        )
    return _number(value[0]), _number(value[1])


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise UnreadableShapeError(f"coordinate {str(value)[:40]!r} is not a number", zh=f"坐标 {str(value)[:40]!r} 不是数字")
    return float(value)


def _list(value: object, kind: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableShapeError(
            f"the coordinates of {kind} are a {type(value).__name__}, not a list", zh=f"{kind} 的坐标应为列表，实为 {type(value).__name__}"
        )
    return value
