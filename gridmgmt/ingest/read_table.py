"""CSV and XLSX tables: points where there are coordinate columns, else a list of codes and names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gridmgmt.errors import SourceError
from gridmgmt.ingest.aliases import X_ALIASES, Y_ALIASES, header_key
from gridmgmt.ingest.cells import clean_coordinate, clean_text, is_error_cell
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.table_header import find_header, header_names, is_no_data
from gridmgmt.ingest.table_rows import Row, read_rows
from gridmgmt.labels import Words

NO_POINTS_NOTE = Words("no coordinate columns: read as a list without shapes", zh="没有坐标列，按清单读取")


def read_table(
    path: Path, *, sheet: str | None = None, encoding: str | None = None, x_field: str | None = None, y_field: str | None = None
) -> SourceLayer:
    """Read a table; titles above the header, comments, totals and blank rows are passed over.

    Features are numbered by row below the header (blank ones counted), so ``number + header row`` is the row in the sheet. The CRS is
    None: a table never says. Coordinates come from ``x_field`` and ``y_field`` or from known names; raises SourceError where a field
    named is not there, or several pairs could be meant.
    """
    sheet_rows = read_rows(path, sheet=sheet, encoding=encoding)
    at = find_header(sheet_rows.rows)
    headers = header_names(sheet_rows.rows[at])
    body = list(enumerate(sheet_rows.rows[at + 1 :], start=1))
    data = [(number, row) for number, row in body if not is_no_data(row)]
    notes = [*sheet_rows.notes, _header_note(at + 1)]
    if len(data) < len(body):
        skipped = [number + at + 1 for number, row in body if is_no_data(row)]
        notes.append(_passed_over(skipped))
    return to_layer(path, headers, data, coordinate_fields(path, headers, x_field, y_field), notes)


def to_layer(
    path: Path, headers: Sequence[str], data: Sequence[tuple[int, Row]], pair: tuple[str, str] | None, notes: Sequence[Words] = ()
) -> SourceLayer:
    """Return rows of a table, each with its number, as a layer; points where ``pair`` names the headers of x and y."""
    numbers = np.array([number for number, _ in data], dtype=np.int64)
    faults = [fault for number, row in data for fault in _row_faults(number, row, headers)]
    shapes = np.full(len(data), None, dtype=object)
    if pair:
        shapes, point_faults = _points(data, headers.index(pair[0]), headers.index(pair[1]), pair)
        faults.extend(point_faults)
    else:
        notes = [*notes, NO_POINTS_NOTE]
    columns = {name: [_cell(row, index) for _, row in data] for index, name in enumerate(headers) if not _is_blank(data, index, name)}
    attributes = pd.DataFrame(columns, index=range(len(data)), dtype=object)
    return SourceLayer(path, None, numbers, attributes, shapes, tuple(faults), tuple(notes))


def _passed_over(skipped: Sequence[int]) -> Words:
    return Words(
        f"passed over {len(skipped)} row(s) without data: row {_some(skipped)} of the sheet",
        zh=f"跳过 {len(skipped)} 行非数据行：表格第 {_some(skipped)} 行",
    )


def _header_note(row: int) -> Words:
    return Words(
        f"header in row {row}, so data row n is row n + {row} of the sheet", zh=f"表头在第 {row} 行，下文第 n 行即表格的第 n + {row} 行"
    )


def coordinate_fields(path: Path, headers: Sequence[str], x_field: str | None, y_field: str | None) -> tuple[str, str] | None:
    """Return the headers of x (longitude, easting) and y, or None for a list; raise SourceError naming the headers there are."""
    if x_field or y_field:
        if not (x_field and y_field):
            message = "name both coordinate fields, x and y"
            raise SourceError(message, zh="请同时指定 x 和 y 两个坐标字段")
        return _named(path, headers, x_field), _named(path, headers, y_field)
    by_key = {header_key(header): header for header in reversed(headers)}
    pairs = {
        (by_key[header_key(x)], by_key[header_key(y)])
        for x, y in zip(X_ALIASES, Y_ALIASES, strict=True)
        if header_key(x) in by_key and header_key(y) in by_key
    }
    if len(pairs) > 1:
        names = "; ".join(f"{x} / {y}" for x, y in sorted(pairs))
        message = f"{path.name} has several pairs of coordinate columns ({names}); name the fields of x and y"
        raise SourceError(message, zh=f"{path.name} 有多组坐标列（{names}），请指定 x、y 字段")
    return next(iter(pairs), None)


def _named(path: Path, headers: Sequence[str], field: str) -> str:
    found = next((header for header in headers if header_key(header) == header_key(field)), None)
    if found is None:
        message = f"{path.name} has no column {field!r}; there are: {', '.join(headers)}"
        raise SourceError(message, zh=f"{path.name} 没有列 {field!r}；现有列：{'、'.join(headers)}")
    return found


def _points(
    data: Sequence[tuple[int, Row]], x_at: int, y_at: int, pair: tuple[str, str]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.object_]], list[Fault]]:
    faults = []
    xs, ys = np.full(len(data), np.nan), np.full(len(data), np.nan)
    for index, (number, row) in enumerate(data):
        cells = _cell(row, x_at), _cell(row, y_at)
        x, y = clean_coordinate(cells[0]), clean_coordinate(cells[1])
        if x is None or y is None:
            faults.append(_coordinate_fault(number, cells, pair))
        else:
            xs[index], ys[index] = x, y
    shapes = np.full(len(data), None, dtype=object)
    good = np.isfinite(xs)
    shapes[good] = shapely.points(xs[good], ys[good])
    return shapes, faults


def _coordinate_fault(number: int, cells: tuple[object, object], pair: tuple[str, str]) -> Fault:
    if all(clean_text(cell) is None for cell in cells):
        return Fault(number, None, FaultKind.EMPTY, Words(f"{pair[0]} and {pair[1]} are empty", zh=f"{pair[0]}、{pair[1]}为空"))
    words = Words(
        f"{pair[0]}, {pair[1]} = {cells[0]!r}, {cells[1]!r} are not coordinates",
        zh=f"{pair[0]}“{_written(cells[0])}”、{pair[1]}“{_written(cells[1])}”不是坐标",
    )
    return Fault(number, None, FaultKind.UNREADABLE, words)


def _written(cell: object) -> str:
    return clean_text(cell) or "空"


def _row_faults(number: int, row: Row, headers: Sequence[str]) -> list[Fault]:
    faults = []
    if any(cell is not None for cell in row[len(headers) :]):
        reason = Words(
            f"{len(row)} cells where the header has {len(headers)}: a separator inside a value?",
            zh=f"该行有 {len(row)} 格，表头只有 {len(headers)} 格：值中是否含有分隔符？",
        )
        faults.append(Fault(number, None, FaultKind.BAD_VALUE, reason))
    faults.extend(
        Fault(
            number,
            None,
            FaultKind.BAD_VALUE,
            Words(f"{header} holds the spreadsheet error {cell}", zh=f"列“{header}”是表格错误值 {cell}"),
            blocking=False,
        )
        for header, cell in zip(headers, row, strict=False)
        if is_error_cell(cell)
    )
    return faults


def _cell(row: Row, index: int) -> object:
    value = row[index] if index < len(row) else None
    return None if is_error_cell(value) else value


def _is_blank(data: Sequence[tuple[int, Row]], index: int, name: str) -> bool:
    return name == f"column {index + 1}" and all(_cell(row, index) is None for _, row in data)


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (" …" if len(numbers) > 8 else "")  # noqa: PLR2004 - enough to find them
