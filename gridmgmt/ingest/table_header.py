"""Which row of an office's table is the header, and which rows below it are no data."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gridmgmt.errors import SourceError
from gridmgmt.ingest.aliases import KNOWN_HEADERS, header_key
from gridmgmt.ingest.cells import clean_number, clean_text
from gridmgmt.ingest.table_rows import Row

SEARCHED_ROWS = 25
COMMENT = re.compile(r"^(注|备注|说明|填表|制表|审核|单位负责人|合计|总计|小计|note|total)", re.IGNORECASE)
INSTRUCTIONS = frozenset({"必填", "选填", "可选", "必选", "非必填", "示例", "文本", "数字", "日期", "required", "optional"})


def find_header(rows: Sequence[Row]) -> int:
    """Return the index of the header row: the one near the top with the most known names, else the first that is all text.

    A title above it (one cell) and lines of explanation are passed over. Raises SourceError where no row can be a header.
    """
    top = rows[:SEARCHED_ROWS]
    known = [sum(header_key(cell) in KNOWN_HEADERS for cell in row if isinstance(cell, str)) for row in top]
    if max(known) > 1:
        return known.index(max(known))
    widest = max(_filled(row) for row in top)
    for index, row in enumerate(top):
        cells = [cell for cell in row if cell is not None]
        if (
            len(cells) >= min(widest, 2)
            and 2 * len(cells) > widest
            and all(isinstance(cell, str) and clean_number(cell) is None for cell in cells)
        ):
            return index
    message = f"no header row among the first {len(top)} rows"
    raise SourceError(message, zh=f"前 {len(top)} 行中找不到表头")


def header_names(row: Row) -> list[str]:
    """Return one name per column: trimmed, line breaks removed, empty ones named by position, repeated ones numbered."""
    names: list[str] = []
    for position, cell in enumerate(row, start=1):
        text = re.sub(r"\s+", " ", str(cell)).strip().strip("\ufeff") if cell is not None else ""
        name, count = text or f"column {position}", 2
        while name in names:
            name, count = f"{text} ({count})", count + 1
        names.append(name)
    return names


def is_no_data(row: Row) -> bool:
    """Say whether a row below the header is blank, a comment, a total, or a line of filling instructions."""
    first = next((text for cell in row if (text := clean_text(cell)) is not None), None)
    if first is None:
        return True
    if not COMMENT.match(first) and not _is_instruction(first):
        return False
    cells = [text for cell in row if (text := clean_text(cell)) is not None]
    if COMMENT.match(cells[0]) and (len(cells) == 1 or re.match(r"^(合计|总计|小计|total)", cells[0], re.IGNORECASE)):
        return True
    return len(cells) > 1 and all(_is_instruction(cell) for cell in cells)


def _is_instruction(cell: str) -> bool:
    return cell.strip("()（） ") in INSTRUCTIONS


def _filled(row: Row) -> int:
    return sum(cell is not None for cell in row)
