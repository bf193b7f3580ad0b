"""CSV that spreadsheets open well and that runs nothing in them, written line by line while it is read."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, stream_with_context

from gridmgmt.csv_cells import safe_cells

BOM = "\ufeff"  # spreadsheets take a file without it for another encoding than UTF-8
ROWS_AT_ONCE = 100
REST = 2.0  # times what a hundred rows took
LONGEST_REST_S = 0.03


def csv_response(head: Sequence[str], rows: Iterable[Sequence[object]], filename: str) -> Response:
    """Return a download that is sent while its rows are read; ``filename`` is plain ASCII."""
    response = Response(stream_with_context(csv_chunks(head, rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def csv_chunks(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a CSV with its head, a hundred rows at a time; rest twice as long as they took, so that short requests come between them."""
    held, began = io.StringIO(), time.perf_counter()
    writer = csv.writer(held)
    held.write(BOM)
    writer.writerow(safe_cells(head))
    for number, row in enumerate(rows, 1):
        writer.writerow(safe_cells(row))
        if number % ROWS_AT_ONCE == 0:
            time.sleep(min(REST * (time.perf_counter() - began), LONGEST_REST_S))
            yield _taken(held)
            began = time.perf_counter()
    yield _taken(held)


def _taken(held: io.StringIO) -> str:
    text = held.getvalue()
    held.seek(0)
    held.truncate()
    return text
