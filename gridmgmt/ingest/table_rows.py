"""The rows of a CSV or XLSX file as they stand in the sheet, before anybody knows which one is the header."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from gridmgmt.errors import SourceError
from gridmgmt.ingest.encoding import decode_text
from gridmgmt.ingest.read_vector import choose_layer
from gridmgmt.labels import Words

DELIMITERS = ",\t;|\uff0c"
# Merged cells are told only by the reader that keeps the whole sheet in memory; above this size rows are streamed instead.
WHOLE_SHEET_BYTES = 1_000_000
MERGES_UNSEEN_NOTE = Words("a large workbook, read row by row: merged cells were not filled", zh="文件较大，逐行读取，未展开合并单元格")
MERGES_FILLED_NOTE = Words("merged cells were filled downwards", zh="已向下展开合并单元格")
EXCEL_MAGIC, OLD_EXCEL_MAGIC = b"PK", b"\xd0\xcf\x11\xe0"

Row = Sequence[object]


@dataclasses.dataclass(frozen=True)
class SheetRows:
    """Rows from the top of the sheet (row 1 first), trailing blank rows left out."""

    rows: list[Row]
    notes: tuple[Words, ...] = ()


def read_rows(path: Path, *, sheet: str | None = None, encoding: str | None = None) -> SheetRows:
    """Read the rows of a CSV (any separator, ``.gz`` opened) or of one sheet; raise SourceError for a file that is neither."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == OLD_EXCEL_MAGIC:
        message = f"{path.name} is an old .xls (or protected) workbook; save it as .xlsx"
        raise SourceError(message, zh=f"{path.name} 是旧版 .xls（或加密）工作簿，请另存为 .xlsx")
    read = _read_workbook(path, sheet) if magic.startswith(EXCEL_MAGIC) else _read_csv(path, encoding)
    rows = read.rows
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    if not rows:
        message = f"{path.name} holds no rows"
        raise SourceError(message, zh=f"{path.name} 中没有数据行")
    return read


def guess_delimiter(text: str) -> str:
    """Return the mark that separates the cells of a CSV: the one its first lines hold most often."""
    head = text[:20_000].splitlines()[:20]
    return max(DELIMITERS, key=lambda mark: (sum(line.count(mark) for line in head), -DELIMITERS.index(mark)))


def _read_csv(path: Path, encoding: str | None) -> SheetRows:
    data = path.read_bytes()
    decoded = decode_text(gzip.decompress(data) if path.suffix == ".gz" else data, encoding, path)
    csv.field_size_limit(2**27)
    delimiter = guess_delimiter(decoded.text)
    try:
        rows: list[Row] = [[cell or None for cell in row] for row in csv.reader(io.StringIO(decoded.text), delimiter=delimiter)]
    except csv.Error as error:
        message = f"{path.name} is no CSV: {error}"
        raise SourceError(message, zh=f"{path.name} 不是 CSV 文件：{error}") from None
    return SheetRows(rows, decoded.notes)


def _read_workbook(path: Path, sheet: str | None) -> SheetRows:
    streamed = path.stat().st_size > WHOLE_SHEET_BYTES
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions openpyxl does not know say nothing about values
            book = openpyxl.load_workbook(path, read_only=streamed, data_only=True)
            name = _choose_sheet(path, book, sheet)
            rows: list[Row] = [list(row) for row in book[name].iter_rows(values_only=True)]
            merges = [] if streamed else [merge.bounds for merge in book[name].merged_cells.ranges]
            book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        message = f"{path.name} is no workbook: {error}"
        raise SourceError(message, zh=f"{path.name} 不是有效的 xlsx 工作簿：{error}") from None
    filled = _fill_merges(rows, merges)
    return SheetRows(rows, (MERGES_UNSEEN_NOTE,) if streamed else (MERGES_FILLED_NOTE,) if filled else ())


def _choose_sheet(path: Path, book: openpyxl.Workbook, wanted: str | None) -> str:
    """Return the sheet wanted, or the only one that holds anything."""
    filled = [sheet.title for sheet in book.worksheets if (sheet.max_row or 2) > 1 or wanted == sheet.title]
    return choose_layer(path, filled or book.sheetnames[:1], wanted)


def _fill_merges(rows: list[Row], merges: Sequence[tuple[int, int, int, int]]) -> bool:
    """Give every row of a cell merged downwards its value; a title merged sideways stays one cell. Say whether any was filled."""
    filled = False
    for first_column, first_row, last_column, last_row in merges:
        if last_row == first_row or first_column != last_column:
            continue
        value = rows[first_row - 1][first_column - 1]
        for row in rows[first_row:last_row]:
            row[first_column - 1] = value  # type: ignore[index]  # rows were made as lists above
            filled = True
    return filled
