"""A table that is neither points nor codes: headers and rows as they stand, for rooms that read their own columns."""

from __future__ import annotations

import dataclasses
import warnings
import zipfile
from pathlib import Path

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from gridmgmt.ingest.cells import is_error_cell
from gridmgmt.ingest.table_header import find_header, header_names, is_no_data
from gridmgmt.ingest.table_rows import read_rows


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Headers, and rows by name with their number in the sheet (row 1 is the first row of the sheet)."""

    headers: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, object]], ...]


def read_sheet(path: Path, *, prefer: str | None = None) -> Sheet:
    """Read a CSV or XLSX; titles, blank rows, comments and totals are passed over.

    Of a workbook with several sheets the one named ``prefer`` is read. Raises SourceError for a file that is neither, for several sheets
    none of which is that, and where there is no header.
    """
    found = read_rows(path, sheet=prefer if prefer in _sheet_names(path) else None).rows
    at = find_header(found)
    headers = header_names(found[at])
    rows = []
    for number, row in enumerate(found[at + 1 :], at + 2):
        if not is_no_data(row):
            cells = (None if is_error_cell(cell) else cell for cell in row)
            rows.append((number, dict(zip(headers, cells, strict=False))))
    return Sheet(tuple(headers), tuple(rows))


def _sheet_names(path: Path) -> list[str]:
    """Return the sheets of a workbook, none for any other file, which is told apart when it is read."""
    if not zipfile.is_zipfile(path):
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(path, read_only=True)
        except (KeyError, ValueError, zipfile.BadZipFile, InvalidFileException):
            return []
    names = list(book.sheetnames)
    book.close()
    return names
