"""Rows of a list without shapes as texts, and the days they hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.cells import clean_text
from gridmgmt.ingest.layer import SourceLayer

DATE_FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")


def text_rows(table: SourceLayer) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """Yield every row with its number, cells as trimmed text, None for an empty one."""
    columns = list(table.attributes.columns)
    cells: Iterable[tuple[Any, ...]] = table.attributes.itertuples(index=False, name=None)
    for number, values in zip(table.numbers.tolist(), cells, strict=True):
        yield number, {column: clean_text(value) for column, value in zip(columns, values, strict=True)}


def parse_day(text: str | None, field: str) -> datetime.date | None:
    """Return the day a text means, None for no text; raise InvalidInputError for anything else."""
    if text is None:
        return None
    for form in DATE_FORMS:
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise InvalidInputError(field, f"{text!r} is not a date such as 2026-01-31", zh=f"{text!r} 不是日期（如 2026-01-31）")
