"""Cells of a CSV that mean what they say, told by patterns and read all at once; the others are left to ``cells``."""

from __future__ import annotations

import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridmgmt.ingest.cells import FULL_WIDTH, MISSING_MARKS

Flags = npt.NDArray[np.bool_]

NUMBER = r"^-?[0-9]{1,15}(\.[0-9]+)?$"
MOMENT = r"^[0-9]{4}([-/])[0-9]{2}([-/])[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"
TOTALS = ("合计", "总计", "小计", "[Tt][Oo][Tt][Aa][Ll]")
TOTAL = f"^({'|'.join(TOTALS)})"
_WIDE = "".join(f"\\x{{{code:x}}}" for code in FULL_WIDTH)
_MARKS = "|".join(mark.replace("\\", r"\\") for mark in sorted(MISSING_MARKS) if mark)
# White space around it, a spreadsheet's error, a full-width digit or letter, or a mark that means nothing.
NOT_PLAIN_TEXT = rf"^[\s\p{{Z}}#]|[\s\p{{Z}}]$|[{_WIDE}]|^(?i:{_MARKS})$"
# And what a spreadsheet does to codes: an apostrophe, spaces, decimals, powers of ten.
NOT_PLAIN_CODE = rf"{NOT_PLAIN_TEXT}|^'| |^[0-9]+\.0+$|^[0-9](\.[0-9]+)?[eE]\+?[0-9]{{1,2}}$"
QUARTER_US = 900_000_000  # zones change their offset at a quarter of an hour


def numbers_of(cells: pa.Array, *, blank: bool = False) -> tuple[npt.NDArray[np.float64], Flags]:
    """Return numbers and which cells are one; with ``blank`` an empty cell is nan and good."""
    plain = pc.match_substring_regex(cells, NUMBER)
    values = pc.cast(pc.if_else(plain, cells, "nan"), pa.float64()).to_numpy()
    good = _flags(plain)
    return values, good | _flags(pc.equal(cells, "")) if blank else good


def local_instants(cells: pa.Array, time_zone: datetime.tzinfo) -> tuple[npt.NDArray[np.int64], Flags]:
    """Return microseconds since 1970 (UTC) of local times written year first, and which cells are one.

    An hour that comes twice is the first of the two, as ``datetime.replace`` has it.
    """
    written = pc.match_substring_regex(cells, MOMENT)
    dashed = pc.replace_substring(pc.if_else(written, cells, pa.scalar(None, pa.string())), "/", "-")
    try:
        local = pc.cast(dashed, pa.timestamp("us"))
    except pa.ArrowInvalid:  # a 30th of February: the rows' reader says which
        local = pc.strptime(
            pc.utf8_slice_codeunits(pc.replace_substring(dashed, "T", " "), 0, 16), "%Y-%m-%d %H:%M", "us", error_is_null=True
        )
        local = pc.if_else(pc.equal(pc.utf8_length(dashed), 16), local, pa.scalar(None, pa.timestamp("us")))
    good = _flags(pc.is_valid(local))
    instants = local.fill_null(0).cast(pa.int64()).to_numpy()
    quarters, which = np.unique(instants // QUARTER_US, return_inverse=True)
    offsets = np.array([_offset_us(quarter, time_zone) for quarter in quarters.tolist()], np.int64)
    return instants - offsets[which], good


def _offset_us(quarter: int, time_zone: datetime.tzinfo) -> int:
    local = datetime.datetime(1970, 1, 1, tzinfo=time_zone) + datetime.timedelta(microseconds=quarter * QUARTER_US)  # by the wall clock
    offset = local.utcoffset() or datetime.timedelta()
    return offset // datetime.timedelta(microseconds=1)


def _flags(found: pa.BooleanArray) -> Flags:
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
