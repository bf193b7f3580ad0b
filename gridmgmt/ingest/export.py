"""Layers as files that GIS users and offices open: GeoJSON, GeoPackage, CSV, XLSX."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import enum
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import openpyxl
import pandas as pd
import pyogrio
import shapely
from openpyxl.cell import WriteOnlyCell

from gridmgmt.crs import WGS84, crs_to_crs, is_geographic, parse_crs
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.aliases import ALIASES
from gridmgmt.labels import LabelledEnum

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
DEGREE_DECIMALS, GEOJSON_DECIMALS, METRE_DECIMALS = 9, 9, 4  # 0.1 mm, so that what comes back snaps to where it was
COORDINATES = {True: ("经度", "纬度"), False: ("x", "y")}


class ExportFormat(LabelledEnum):
    """A kind of file; the value is also its suffix."""

    GEOJSON = "geojson", "GeoJSON（经纬度，RFC 7946）", "GeoJSON (degrees, RFC 7946)"
    GPKG = "gpkg", "GeoPackage", "GeoPackage"
    CSV = "csv", "CSV 表格", "CSV table"
    XLSX = "xlsx", "XLSX 表格", "XLSX table"


@dataclasses.dataclass(frozen=True)
class ExportLayer:
    """A layer to be written: columns of equal length by field name, and one shape a row in the storage CRS, or none at all.

    ``geometry_type`` names what the shapes are (``Point``, ``LineString``, ``MultiPolygon``), None for a table.
    """

    name: str
    zh: str
    columns: Mapping[str, Sequence[object]]
    shapes: Sequence[shapely.Geometry | None] = ()
    geometry_type: str | None = None

    def __len__(self) -> int:
        """Count the rows."""
        return len(next(iter(self.columns.values()), ()))


def write_layer(layer: ExportLayer, folder: Path, kind: ExportFormat, *, storage: str, crs: str | None = None) -> Path:
    """Write ``FOLDER/NAME.SUFFIX`` and return it; a file there is replaced.

    GeoJSON is in WGS 84 with 9 decimals (0.1 mm) and English fields, rings right-handed; GeoPackage in ``crs``, else the storage CRS,
    exact, with Chinese fields. CSV and XLSX carry the coordinates of points in ``crs``, else WGS 84 (9 decimals, exact again after
    snapping), and no shapes of lines and areas. Raises InvalidInputError for a CRS the format cannot hold.
    """
    path = folder / f"{layer.name}.{kind.value}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if kind in {ExportFormat.CSV, ExportFormat.XLSX}:
            _write_table(layer, path, kind, storage, parse_crs(crs or WGS84))
        else:
            _write_shapes(layer, path, kind, storage, _shape_crs(kind, crs, storage))
    except OSError as error:
        message = f"{path} cannot be written ({error.strerror or error}); name another folder with --to"
        raise SourceError(message, zh=f"无法写入 {path}（{error.strerror or error}）；请用 --to 指定其他文件夹") from error
    return path


def chinese_header(field: str) -> str:
    """Return the Chinese name under which our own import knows a field; the field itself where there is none."""
    return next((name for name in ALIASES.get(field, ()) if not name.isascii()), OWN_HEADERS.get(field, field))


def _shape_crs(kind: ExportFormat, crs: str | None, storage: str) -> str:
    wanted = parse_crs(crs or (WGS84 if kind is ExportFormat.GEOJSON else storage))
    if kind is ExportFormat.GEOJSON and wanted != WGS84:
        raise InvalidInputError(
            "crs", "GeoJSON is always WGS 84; choose gpkg for another system", zh="GeoJSON 只能是 WGS 84；其他坐标系请用 gpkg"
        )
    if wanted != WGS84 and not wanted.startswith("epsg:"):
        raise InvalidInputError(
            "crs", f"a GeoPackage cannot say {wanted}; choose csv or xlsx", zh=f"GeoPackage 无法声明 {wanted}；请用 csv 或 xlsx"
        )
    return wanted


def _write_shapes(layer: ExportLayer, path: Path, kind: ExportFormat, storage: str, crs: str) -> None:
    english = kind is ExportFormat.GEOJSON
    columns = {name if english else chinese_header(name): _column(values, plain=english) for name, values in layer.columns.items()}
    if layer.geometry_type is None:
        _write_plain(pd.DataFrame(columns), path, layer, kind)
        return
    shapes = _converted(layer.shapes, storage, crs)
    epsg = "EPSG:4326" if crs == WGS84 else crs.upper()
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(shapes), crs=epsg), crs=epsg)
    options: dict[str, object] = {"geometry_type": layer.geometry_type}
    if english:
        options |= {"RFC7946": "YES", "COORDINATE_PRECISION": GEOJSON_DECIMALS}
    frame.to_file(path, layer=layer.name, driver="GeoJSON" if english else "GPKG", **options)


def _write_plain(frame: pd.DataFrame, path: Path, layer: ExportLayer, kind: ExportFormat) -> None:
    """Write a table without shapes: features without geometry, or an attribute table of a GeoPackage."""
    if kind is ExportFormat.GPKG:
        pyogrio.write_dataframe(frame, path, layer=layer.name, driver="GPKG")
        return
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    features = [{"type": "Feature", "geometry": None, "properties": row} for row in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")


def _converted(shapes: Sequence[shapely.Geometry | None], storage: str, crs: str) -> npt.NDArray[np.object_]:
    array = np.empty(len(shapes), dtype=object)
    array[:] = list(shapes)
    if parse_crs(storage) == crs:
        return array

    def convert(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], storage, crs))

    return np.asarray(shapely.transform(array, convert), dtype=object)


def _column(values: Sequence[object], *, plain: bool) -> Any:  # noqa: ANN401 - a Series of any of five types
    """Return a column with one type a GIS knows: whole numbers, numbers, truth values, else text."""
    cells: list[Any] = [_cell(value, plain=plain) for value in values]
    given = {type(cell) for cell in cells if cell is not None}
    kind = "boolean" if given == {bool} else "Int64" if given == {int} else "Float64" if given and given <= {int, float} else "string"
    return pd.Series(cells, dtype=kind)


def _cell(value: object, *, plain: bool) -> object:
    if isinstance(value, LabelledEnum):
        return value.value if plain else value.zh
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False)
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return value


def _write_table(layer: ExportLayer, path: Path, kind: ExportFormat, storage: str, crs: str) -> None:
    columns = {chinese_header(name): [_cell(value, plain=False) for value in values] for name, values in layer.columns.items()}
    if layer.geometry_type == "Point":
        decimals = DEGREE_DECIMALS if is_geographic(crs) else METRE_DECIMALS
        places = shapely.get_coordinates(_converted(layer.shapes, storage, crs))
        x, y = COORDINATES[is_geographic(crs)]
        columns |= {x: np.round(places[:, 0], decimals).tolist(), y: np.round(places[:, 1], decimals).tolist()}
    rows = zip(*columns.values(), strict=True)
    write = _write_csv if kind is ExportFormat.CSV else _write_xlsx
    write(path, list(columns), [[_word(cell) for cell in row] for row in rows])


def _word(cell: object) -> object:
    return {True: "是", False: "否"}[cell] if isinstance(cell, bool) else cell


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows([f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell for cell in row] for row in rows)


def _write_xlsx(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(path.stem)
    sheet.append(list(header))
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value)
            if isinstance(value, str):
                cell.data_type = "s"  # a text that looks like a formula stays a text
            cells.append(cell)
        sheet.append(cells)
    book.save(path)


# What only exports carry, so that no import needs a name for it.
OWN_HEADERS: Mapping[str, str] = {
    "geometry_source": "边界来源", "area_m2": "面积", "length_m": "长度", "case_no": "案卷号", "state": "案卷状态", "opened_at": "立案时间",
    "basis": "归属依据", "edition": "边界版本", "shared_with": "共边网格", "border_distance_m": "距网格边界（m）",
    "segment_distance_m": "距路段（m）", "raw_x": "原始x", "raw_y": "原始y", "raw_crs": "原始坐标系", "chief_code": "路长工号",
    "chief_name": "路长姓名", "members": "包含区域", "unit_grid_code": "所属网格编码", "street_office_code": "所属街道编码",
    "community_code": "所属社区编码", "edition_id": "边界版本号", "rank": "序号", "origin": "来源", "adds": "新增覆盖", "alone": "仅此点覆盖",
    "year": "年度", "verdict": "审定结论", "counted_year": "计入年度", "became": "登记设施编码", "decided_on": "审定日期",
}  # fmt: skip
