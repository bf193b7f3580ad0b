"""What a caller gives: columns of numbers and layers of shapes; what cannot be right is refused by its position."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.errors import InvalidInputError
from gridmgmt.responsibility.index_frame import Floats

Geometries = npt.NDArray[Any]


def columns(**given: npt.ArrayLike) -> list[Floats]:
    """Return columns of numbers by the names of their fields, all as long as the first; raise InvalidInputError naming one that is not.

    Masked and missing numbers become nan.
    """
    (first, size), *others = [(field, numbers(values, field)) for field, values in given.items()]
    for field, values in others:
        if len(values) != len(size):
            raise InvalidInputError(
                field, f"{len(values)} values for {len(size)} of {first}", zh=f"有 {len(values)} 个值，{first} 有 {len(size)} 个"
            )
    return [size, *(values for _, values in others)]


def numbers(values: npt.ArrayLike, field: str) -> Floats:
    """Return a column of numbers; raise InvalidInputError naming the position of what is none."""
    if isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(np.float64), np.nan)
    try:
        return np.ascontiguousarray(values, np.float64).reshape(-1)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(field, f"is no column of numbers ({error})", zh="不是一列数字") from error


def layer(given: Any, field: str, kinds: tuple[int, ...], kind_zh: str) -> Geometries:
    """Return shapes of some kinds; raise InvalidInputError naming the position of what is none, or not valid."""
    shapes = np.asarray(getattr(given, "geometry", given), dtype=object)
    if shapes.ndim != 1:
        raise InvalidInputError(field, "is not one row of geometries", zh="须为一维几何数组")
    for at in np.flatnonzero(~shapely.is_valid_input(shapes))[:1].tolist():
        raise InvalidInputError(field, f"position {at}: {str(shapes[at])[:40]!r} is no geometry", zh=f"第 {at} 个不是几何对象")
    wrong = ~np.isin(shapely.get_type_id(shapes), kinds)
    flawed = wrong | ~shapely.is_valid(shapes) | ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    flawed &= ~(~wrong & shapely.is_empty(shapes))
    for at in np.flatnonzero(flawed)[:1].tolist():
        found = "nothing" if shapes[at] is None else shapely.is_valid_reason(shapes[at]) if not wrong[at] else shapes[at].geom_type
        raise InvalidInputError(field, f"position {at}: {found}", zh=f"第 {at} 个不是有效的{kind_zh}：{found}")
    return shapes


def check_systems(grids: Any, segments: Any) -> None:
    """Raise InvalidInputError where a system is known and not in metres, or where the two differ."""
    for field, crs in (("grid_polygons", grids), ("segment_lines", segments)):
        for unit in sorted({axis.unit_name for axis in crs.axis_info} - {"metre"} if crs is not None else ())[:1]:
            raise InvalidInputError(
                field, f"the unit of {crs.to_string()} is the {unit}; one metric system is meant",
                zh=f"{crs.to_string()} 的单位为 {unit}，须用米制坐标系",
            )  # fmt: skip
    if grids is not None and segments is not None and grids != segments:
        raise InvalidInputError(
            "segment_lines", f"is in {segments.to_string()}, the grids in {grids.to_string()}",
            zh=f"坐标系为 {segments.to_string()}，网格为 {grids.to_string()}",
        )  # fmt: skip


def labels_of(given: Any) -> list[Any] | None:
    """Return what a GeoSeries or GeoDataFrame calls its rows; None for a plain array."""
    return list(given.index) if hasattr(given, "geometry") and hasattr(given, "index") else None
