"""Faults as files: a CSV that a spreadsheet opens, and a GeoPackage of the offending pieces."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import shapely

from gridmgmt.errors import SourceError
from gridmgmt.ingest.layer import Fault

HEADER = ("要素", "编码", "种类", "阻止提交", "原因", "feature", "code", "kind", "blocking", "reason")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
TYPE = shapely.GeometryType
LAYERS: dict[int, str] = {
    TYPE.POLYGON: "polygons", TYPE.MULTIPOLYGON: "polygons", TYPE.LINESTRING: "lines", TYPE.MULTILINESTRING: "lines",
    TYPE.POINT: "points", TYPE.MULTIPOINT: "points",
}  # fmt: skip


def write_fault_report(faults: Sequence[Fault], folder: Path, stem: str, *, srid: int) -> list[Path]:
    """Write ``STEM.faults.csv`` (UTF-8 with BOM) and, where faults have shapes, ``STEM.faults.gpkg``; return what was written.

    Feature 0 means that the fault belongs to the layer or to a parent (a gap), not to one feature. Files of an earlier run are
    replaced, and removed where there is nothing to say any more. Raises SourceError where the folder cannot be written to.
    """
    table, pieces = folder / f"{stem}.faults.csv", folder / f"{stem}.faults.gpkg"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        table.unlink(missing_ok=True)
        pieces.unlink(missing_ok=True)
        if not faults:
            return []
        _write_table(faults, table)
    except OSError as error:
        message = f"the report cannot be written to {folder} ({error.strerror}); name another folder with --report"
        raise SourceError(message, zh=f"无法在 {folder} 写入报告（{error.strerror}）；请用 --report 指定其他文件夹") from error
    return [table, pieces] if _write_pieces(faults, pieces, srid) else [table]


def _write_table(faults: Sequence[Fault], path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for fault in faults:
            number, code = fault.feature, _safe(fault.code)
            chinese = (number, code, fault.kind.zh, "是" if fault.blocking else "否", _safe(fault.reason.zh))
            writer.writerow((*chinese, number, code, fault.kind.value, "yes" if fault.blocking else "no", _safe(fault.reason)))


def _safe(text: str | None) -> str:
    """Keep a spreadsheet from running a cell that looks like a formula."""
    return f"'{text}" if text and text.startswith(FORMULA_SIGNS) else text or ""


def _write_pieces(faults: Sequence[Fault], path: Path, srid: int) -> bool:
    layers: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        kind = LAYERS.get(int(shapely.get_type_id(fault.shape)))
        if kind and not shapely.is_empty(fault.shape):
            layers[kind].append(fault)
    for name, found in sorted(layers.items()):
        columns = {
            "feature": [fault.feature for fault in found], "code": [fault.code for fault in found], "kind": [fault.kind.value for fault in found],
            "kind_zh": [fault.kind.zh for fault in found], "blocking": [fault.blocking for fault in found],
            "reason": [str(fault.reason) for fault in found], "reason_zh": [fault.reason.zh for fault in found],
        }  # fmt: skip
        shapes = [_multi_part(name, fault.shape) for fault in found]
        gpd.GeoDataFrame(columns, geometry=shapes, crs=f"EPSG:{srid}").to_file(path, layer=name, driver="GPKG")
    return bool(layers)


def _multi_part(kind: str, shape: shapely.Geometry | None) -> shapely.Geometry:
    parts = list(shapely.get_parts(shapely.force_2d(shape)))
    if kind == "polygons":
        return shapely.MultiPolygon(parts)
    return shapely.MultiLineString(parts) if kind == "lines" else shapely.MultiPoint(parts)
