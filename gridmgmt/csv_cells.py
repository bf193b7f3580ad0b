"""Cells of the CSV files that people open in a spreadsheet: it must not run them."""

from __future__ import annotations

from collections.abc import Iterable

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: wide forms of the first


def safe_cells(row: Iterable[object]) -> list[object]:
    """Return a row in which a text that a spreadsheet would run as a formula has an apostrophe before it; numbers stay numbers."""
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell for cell in row]


def as_typed(text: str) -> str:
    """Return what a text was before ``safe_cells``, for lists that come back as they went out."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS) else text
