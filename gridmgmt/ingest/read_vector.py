"""GeoPackage and Shapefile through GDAL, geometry as raw WKB so that one bad shape never stops the rest."""

from __future__ import annotations

import dataclasses
import datetime
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import pyogrio.errors
import pyogrio.raw
import shapely

from gridmgmt.crs import parse_crs
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.read_dbf import read_dbf
from gridmgmt.labels import Words

NO_DBF = Words("no .dbf beside it: shapes without attributes", zh="缺少 .dbf 属性表，只读到图形")
NO_NUMBERS = Words("coordinates that are not numbers", zh="坐标不是数字")
CANNOT_BE_BUILT = Words("the geometry cannot be built (too few points in a ring or line?)", zh="几何无法构成（环或线的点数不足？）")


@dataclasses.dataclass(frozen=True)
class _Raw:
    crs: str | None
    fids: npt.NDArray[np.int64]
    shapes: npt.NDArray[np.object_]
    faults: tuple[Fault, ...]
    columns: dict[str, npt.NDArray[np.object_]]
    notes: tuple[Words, ...]


def read_geopackage(path: Path, *, layer: str | None = None) -> SourceLayer:
    """Read one layer of a GeoPackage; a file with several needs ``layer``. Raises SourceError naming the layers there are."""
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except pyogrio.errors.DataSourceError as error:
        raise _unreadable(path, error) from None
    raw = _read(path, choose_layer(path, layers, layer), with_columns=True)
    numbers = np.arange(1, len(raw.fids) + 1)
    attributes = pd.DataFrame(
        {name: _plain_values(values) for name, values in raw.columns.items()}, index=range(len(numbers)), dtype=object
    )
    return SourceLayer(path, raw.crs, numbers, attributes, raw.shapes, raw.faults, raw.notes)


def read_shapefile(path: Path, *, encoding: str | None = None) -> SourceLayer:
    """Read a ``.shp`` with its neighbours; features are numbered by record, so a deleted record leaves its number out."""
    if sibling(path, ".shx") is None:
        message = f"{path.name}: its .shx is missing; a shapefile is .shp, .shx and .dbf together"
        raise SourceError(message, zh=f"{path.name}：缺少 .shx 文件；Shapefile 需 .shp、.shx、.dbf 齐全")
    raw = _read(path, None, with_columns=False)
    numbers = raw.fids + 1
    dbf, cpg = sibling(path, ".dbf"), sibling(path, ".cpg")
    if dbf is None:
        notes = (*raw.notes, NO_DBF)
        return SourceLayer(path, raw.crs, numbers, pd.DataFrame(index=range(len(numbers))), raw.shapes, raw.faults, notes)
    table = read_dbf(dbf, declared=encoding, cpg=_cpg_name(cpg))
    attributes = table.rows.reindex(raw.fids).reset_index(drop=True).astype(object)
    attributes = attributes.where(attributes.notna(), None)
    return SourceLayer(path, raw.crs, numbers, attributes, raw.shapes, (*raw.faults, *table.faults), (*raw.notes, *table.notes))


def choose_layer(path: Path, layers: list[str], wanted: str | None) -> str:
    """Return the layer to read: the one wanted, or the only one; raise SourceError naming those there are."""
    if wanted is not None and wanted in layers:
        return wanted
    if wanted is None and len(layers) == 1:
        return layers[0]
    names = ", ".join(layers) or "none"
    problem = (
        f"has no layer {wanted!r}" if wanted is not None else "holds several layers; name one" if layers else "holds no layer with shapes"
    )
    zh = f"中没有图层 {wanted!r}" if wanted is not None else "含多个图层，请指定其一" if layers else "中没有空间图层"
    message = f"{path.name} {problem}; there are: {names}"
    raise SourceError(message, zh=f"{path.name} {zh}；现有图层：{names}")


def sibling(path: Path, suffix: str) -> Path | None:
    """Return the file beside a shapefile with another suffix, whatever its case, or None."""
    return next((other for other in sorted(path.parent.glob(f"{_escaped(path.stem)}.*")) if other.suffix.lower() == suffix), None)


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _cpg_name(cpg: Path | None) -> str | None:
    if cpg is None:
        return None
    return cpg.read_text(encoding="latin-1").strip() or None


def _read(path: Path, layer: str | None, *, with_columns: bool) -> _Raw:
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            meta, fids, geometry, values = pyogrio.raw.read(
                path, layer=layer, force_2d=True, return_fids=True, columns=None if with_columns else [], datetime_as_string=True
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    crs, crs_notes = _crs(meta["crs"])
    numbers = np.asarray(fids, dtype=np.int64) + 1 if not with_columns else np.arange(1, len(fids) + 1)
    wkb = geometry if geometry is not None else np.full(len(fids), None, dtype=object)
    shapes, faults = shapes_from_wkb(wkb, numbers)
    notes = tuple(Words(said, zh=f"GDAL 提示：{said}") for said in dict.fromkeys(str(warning.message) for warning in caught))
    return _Raw(crs, np.asarray(fids, dtype=np.int64), shapes, faults, dict(zip(meta["fields"], values, strict=True)), (*crs_notes, *notes))


def shapes_from_wkb(wkb: npt.NDArray[np.object_], numbers: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.object_], tuple[Fault, ...]]:
    """Build 2D shapes from WKB; unclosed rings are closed and reported, what cannot be built becomes a fault.

    Coordinates that are not numbers make a shape unreadable; GDAL itself hands those on silently.
    """
    with np.errstate(invalid="ignore"):  # coordinates that are nan are reported below, feature by feature
        shapes = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore"))
    faults = []
    for index in np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~_finite(shapes)):
        shapes[index], fault = _mended(wkb[index], shapes[index], int(numbers[index]))
        faults.append(fault)
    return shapes, tuple(faults)


def _mended(wkb: bytes | None, shape: shapely.Geometry | None, number: int) -> tuple[shapely.Geometry | None, Fault]:
    if wkb is None:
        return None, Fault(number, None, FaultKind.EMPTY, Words("the geometry is null", zh="几何为空"))
    if shape is not None and shapely.is_empty(shape):
        return None, Fault(number, None, FaultKind.EMPTY, Words("the geometry has no coordinates", zh="几何没有坐标"))
    fixed = shapely.force_2d(shapely.from_wkb(wkb, on_invalid="fix")) if shape is None else None
    if fixed is not None and shapely.area(fixed) > 0 and bool(_finite(np.array([fixed]))[0]):
        reason = Words("ring(s) ended away from their start and were closed", zh="环的终点与起点不重合，已自动闭合")
        return fixed, Fault(number, None, FaultKind.UNCLOSED_RING, reason, blocking=False, shape=fixed)
    reason = NO_NUMBERS if shape is not None else CANNOT_BE_BUILT
    return None, Fault(number, None, FaultKind.UNREADABLE, reason)


def _finite(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), dtype=bool)
    finite[owner[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite


def _crs(name: str | None) -> tuple[str | None, tuple[Words, ...]]:
    if not name or "undefined" in name.lower():
        return None, ()
    try:
        return parse_crs(name), ()
    except InvalidInputError:
        return None, (Words(f"the file's coordinate system is not known: {name[:80]!r}", zh=f"文件声明的坐标系无法识别：{name[:80]!r}"),)


def _plain_values(values: npt.NDArray[np.object_]) -> list[object]:
    """Return plain Python values; missing ones as None, days as ISO text."""
    return [_plain(value) for value in values.tolist()]


def _plain(value: object) -> object:
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - nan
        return None
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def _unreadable(path: Path, error: Exception) -> SourceError:
    message = f"{path.name} cannot be read: {error}"
    return SourceError(message, zh=f"{path.name} 无法读取：{error}")
