"""Rows of a list without shapes as texts, and the days they hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.cells import clean_text
from gridmgmt.ingest.layer import SourceLayer

DATE_FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")


def text_rows(table: SourceLayer) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    """Yield every row with its number, cells as trimmed text, None for an empty one."""
    columns = list(table.attributes.columns)
    cells: Iterable[tuple[Any, ...]] = table.attributes.itertuples(index=False, name=None)
    for number, values in zip(table.numbers.tolist(), cells, strict=True):
        yield number, {column: clean_text(value) for column, value in zip(columns, values, strict=True)}


def find_day(text: str) -> datetime.date | None:
    """Return the day a text means, None where it means none."""
    for form in DATE_FORMS:
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def day_in(text: str, field: str, *, row: int | None = None) -> datetime.date:
    """Return the day a text means; raise InvalidInputError where it means none."""
    day = find_day(text)
    if day is None:
        raise InvalidInputError(field, f"{text!r} is not a date such as 2026-01-31", row=row, zh=f"{text!r} 不是日期（如 2026-01-31）")
    return day


def parse_day(text: str | None, field: str) -> datetime.date | None:
    """Return the day a text means, None for no text; raise InvalidInputError for anything else."""
    return None if text is None else day_in(text, field)
