"""What a cell of an office's table means: half-width text, numbers, coordinates, codes that a spreadsheet has spoilt."""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
import unicodedata

from gridmgmt.labels import Words

EXCEL_DIGITS = 15  # a spreadsheet keeps 15 digits of a number; a longer code that was a number has lost its end
MISSING_MARKS = frozenset({"", "-", "--", "—", "/", "\\", "无", "null", "none", "nan", "n/a", "#n/a"})
ERROR_CELL = re.compile(r"#(?:REF|VALUE|NAME|DIV/0|NULL|NUM|N/A)[!?]?", re.IGNORECASE)
DEGREES = re.compile(
    r"""([EWNS东西南北]?)(?:经|纬)?\s*([0-9]{1,3})\s*[°度]\s*(?:([0-9]{1,2})\s*['′分]\s*(?:([0-9]+(?:\.[0-9]+)?)\s*(?:"|″|秒|''|′′)\s*)?)?([EWNS]?)""",
    re.IGNORECASE,
)
WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
# Full-width digits, letters and the marks . - + / _ # that stand in numbers and codes; also the two wide spaces.
FULL_WIDTH = (
    *range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0E, 0xFF0D, 0xFF0B, 0xFF0F, 0xFF3F, 0xFF03, 0xA0, 0x3000,
)  # fmt: skip
HALF_WIDTH = {code: unicodedata.normalize("NFKC", chr(code)) for code in FULL_WIDTH}
SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")


@dataclasses.dataclass(frozen=True)
class CleanCode:
    """A code as text and, where a spreadsheet has spoilt it, why it cannot be trusted."""

    text: str | None
    problem: Words | None = None


def clean_text(value: object) -> str | None:
    """Return a cell as trimmed half-width text, days in ISO form; None for an empty cell or a mark that means "nothing"."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = _half_width(str(value)).strip()
    return None if text.lower() in MISSING_MARKS else text


def _half_width(text: str) -> str:
    """Turn full-width letters, digits and marks that stand in numbers into ASCII; Chinese punctuation stays as written."""
    if text.isascii():
        return text
    return text if text.isascii() else text.translate(HALF_WIDTH)


def clean_code(value: object) -> CleanCode:
    """Return a code without what a spreadsheet added (``.0``, a leading apostrophe, spaces), or why it is lost."""
    was_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = clean_text(value)
    if text is None:
        return CleanCode(None)
    text = text.removeprefix("'").replace(" ", "")
    whole = WHOLE_FLOAT.fullmatch(text)
    if whole:
        text, was_number = whole.group(1), True
    if SCIENTIFIC.fullmatch(text):
        words = Words(
            f"code {text} was stored as a rounded number; its last digits are lost: store codes as text",
            zh=f"编码 {text} 被表格软件按数值存储,末位已丢失;请将编码列设为文本后重填",
        )
        return CleanCode(text, words)
    if was_number and text.isdecimal() and len(text) > EXCEL_DIGITS:
        words = Words(
            f"code {text} was a number of more than {EXCEL_DIGITS} digits; its end is lost: store codes as text",
            zh=f"编码 {text} 超过 {EXCEL_DIGITS} 位且按数值存储,末位已丢失;请将编码列设为文本后重填",
        )
        return CleanCode(text, words)
    return CleanCode(text)


def clean_number(value: object) -> float | None:
    """Return a number, also from text with thousands separators or full-width digits; None where it is not one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    text = clean_text(value)
    try:
        number = float(text.replace(",", "").replace("\uff0c", "")) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def clean_coordinate(value: object) -> float | None:
    """Return a coordinate from a number, a number as text, or degrees, minutes and seconds; None where it is none."""
    number = clean_number(value)
    if number is not None or value is None or isinstance(value, int | float):
        return number
    found = DEGREES.fullmatch((clean_text(value) or "").replace("＇", "'").replace("＂", '"'))  # noqa: RUF001
    if not found:
        return None
    before, degrees, minutes, seconds, after = found.groups()
    size = int(degrees) + int(minutes or 0) / 60 + float(seconds or 0) / 3600
    return -size if (before or after or "").upper() in {"W", "S", "西", "南"} else size


def is_error_cell(value: object) -> bool:
    """Say whether a cell holds a spreadsheet error such as #REF!."""
    return isinstance(value, str) and ERROR_CELL.fullmatch(value.strip()) is not None
