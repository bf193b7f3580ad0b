"""Rejected rows as a file that can be mended and sent again: the reason beside the row as it came."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gridmgmt.errors import SourceError
from gridmgmt.ingest.area_layer import cell_text
from gridmgmt.ingest.points import PointTable
from gridmgmt.ingest.report_rows import RejectedRow

HEADER = ("行", "原因", "row", "field", "reason", "x", "y")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write_rejects(path: Path, table: PointTable, source: pd.DataFrame, rejected: Sequence[RejectedRow]) -> None:
    """Write a CSV (UTF-8 with BOM): row below the header, field, reason, coordinates as read, then every column of the source.

    ``source`` holds the columns as they came, row by row those of ``table``. Raises SourceError where the file cannot be written.
    """
    at = {number: index for index, number in enumerate(table.numbers.tolist())}
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*HEADER, *source.columns])
            for entry in rejected:
                index = at[entry.row]
                cells = source.iloc[index].tolist() if index < len(source) else []
                place = ["" if np.isnan(value) else value for value in (table.raw_x[index], table.raw_y[index])]
                writer.writerow([entry.row, entry.zh, entry.row, entry.field, entry.reason, *place, *safe_row(cells)])
    except OSError as error:
        message = f"the rejected rows cannot be written to {path} ({error.strerror}); name another file with --rejects"
        raise SourceError(message, zh=f"无法写入 {path}（{error.strerror}）；请用 --rejects 指定其他文件") from error


def safe_row(cells: Sequence[object]) -> Iterator[str]:
    """Keep a spreadsheet from running a cell that looks like a formula; numbers below zero stay numbers."""
    for cell in cells:
        text = cell_text(cell) or ""
        runs = text.startswith(FORMULA_SIGNS) and not text[1:].replace(".", "", 1).isdecimal()
        yield f"'{text}" if runs else text
