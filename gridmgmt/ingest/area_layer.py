"""A placed source layer as areas of one level: columns checked, polygons made multi-part, parents derived."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmgmt.city.model import CityProfile, CodeScheme, Level
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.labels import Words

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
SHAPELESS = datetime.date.min  # the edition sets the day


@dataclasses.dataclass(frozen=True)
class AreaLayer:
    """Areas of one level with the numbers of their features; shapes are MultiPolygons in the storage CRS, snapped."""

    level: Level
    numbers: npt.NDArray[np.int64]
    areas: tuple[Area, ...]

    @property
    def codes(self) -> list[str]:
        """The codes, in the order of the source."""
        return [area.code for area in self.areas]

    @property
    def shapes(self) -> npt.NDArray[np.object_]:
        """The shapes as one array; None where an area has none."""
        shapes = np.empty(len(self.areas), dtype=object)
        shapes[:] = [area.shape for area in self.areas]
        return shapes

    def without(self, features: Iterable[int]) -> AreaLayer:
        """Return the layer less some features."""
        left_out = set(features)
        kept = [i for i, number in enumerate(self.numbers) if int(number) not in left_out]
        return AreaLayer(self.level, self.numbers[kept], tuple(self.areas[i] for i in kept))


def cell_text(value: object) -> str | None:
    """Return a cell as trimmed text: whole floats lose their ``.0``, blanks become None."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip() or None


def column(attributes: pd.DataFrame, name: str) -> list[str | None]:
    """Return a column as texts; all None where the source has no such column."""
    if name not in attributes:
        return [None] * len(attributes)
    return [cell_text(value) for value in attributes[name].tolist()]


def to_area_layer(
    layer: SourceLayer, level: Level, profile: CityProfile, source: GeometrySource | None
) -> tuple[AreaLayer, list[Fault], dict[int, str]]:
    """Return the areas that can be read, the faults of the others, and the code of every feature that has one."""
    codes, names = column(layer.attributes, "code"), column(layer.attributes, "name")
    parents = _parents(column(layer.attributes, "parent_code"), codes, level, profile)
    populations, faults = _populations(layer, codes)
    land_uses, ranks, remarks = (column(layer.attributes, field) for field in ("land_use_class", "management_level", "remark"))
    said = {fault.feature for fault in layer.faults}  # the reader knows better why there is no shape
    numbers, areas = [], []
    for i, (number, shape) in enumerate(zip(layer.numbers.tolist(), layer.shapes, strict=True)):
        code = codes[i]
        fault = _feature_fault(number, code, shape)
        if fault:
            faults += [] if fault.kind is FaultKind.EMPTY and number in said else [fault]
        if fault or code is None:
            continue
        if names[i] is None and level is not Level.UNIT_GRID:
            faults.append(Fault(number, code, FaultKind.MISSING_VALUE, Words("no name", zh="缺少名称"), blocking=False))
        numbers.append(number)
        areas.append(
            Area(
                level, code, names[i], parents[i], _multipolygon(shape), source, SHAPELESS, population=populations[i],
                land_use_class=land_uses[i], management_level=ranks[i], remark=remarks[i],
            )
        )  # fmt: skip
    known = {int(number): code for number, code in zip(layer.numbers, codes, strict=True) if code}
    return AreaLayer(level, np.array(numbers, dtype=np.int64), tuple(areas)), faults, known


def parent_from_code(code: str | None, level: Level, profile: CityProfile) -> str | None:
    """Return the parent a nested code names: the code less its last three digits; None at the topmost level."""
    if code is None or profile.code_scheme is not CodeScheme.GB or profile.parent_level(level) is None:
        return None
    return code[:-3]


def _parents(given: list[str | None], codes: list[str | None], level: Level, profile: CityProfile) -> list[str | None]:
    if profile.parent_level(level) is None:
        return [None] * len(codes)
    return [parent or parent_from_code(code, level, profile) for parent, code in zip(given, codes, strict=True)]


def _feature_fault(number: int, code: str | None, shape: shapely.Geometry | None) -> Fault | None:
    if code is None:
        return Fault(number, None, FaultKind.MISSING_VALUE, Words("no code", zh="缺少编码"), shape=shape)
    if shape is None or shapely.is_empty(shape):
        return Fault(number, code, FaultKind.EMPTY, Words("no shape", zh="没有几何图形"))
    if shapely.get_type_id(shape) not in POLYGONS:
        return Fault(
            number,
            code,
            FaultKind.WRONG_TYPE,
            Words(f"a {_type_name(shape)} where a polygon is needed", zh=f"应为面，实为 {_type_name(shape)}"),
            shape=shape,
        )
    return None


def _multipolygon(shape: shapely.Geometry) -> shapely.MultiPolygon:
    return shapely.MultiPolygon(list(shapely.get_parts(shapely.force_2d(shape))))


def _type_name(shape: shapely.Geometry) -> str:
    return shapely.GeometryType(int(shapely.get_type_id(shape))).name.lower()


def _populations(layer: SourceLayer, codes: list[str | None]) -> tuple[list[int | None], list[Fault]]:
    values: list[int | None] = []
    faults = []
    for number, code, cell in zip(layer.numbers.tolist(), codes, column(layer.attributes, "population"), strict=True):
        try:
            values.append(None if cell is None else round(float(cell)))
        except (ValueError, OverflowError):
            values.append(None)
            faults.append(Fault(number, code, FaultKind.BAD_VALUE, _no_number(cell), blocking=False))
    return values, faults


def _no_number(cell: str | None) -> Words:
    return Words(f"population {cell!r} is not a number; left blank", zh=f"人口“{cell}”不是数字，按空值处理")
