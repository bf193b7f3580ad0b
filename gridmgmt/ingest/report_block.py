"""A block of a CSV as reports, column by column: plain cells all at once, every other row as ``report_rows`` reads it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.ingest.cells import clean_code, clean_text
from gridmgmt.ingest.csv_stream import CsvBlock, CsvHead
from gridmgmt.ingest.mapping import apply_mapping
from gridmgmt.ingest.parquet_stream import ParquetHead
from gridmgmt.ingest.plain_cells import NOT_PLAIN_CODE, NOT_PLAIN_TEXT, TOTAL, local_instants, numbers_of
from gridmgmt.ingest.points import point_table
from gridmgmt.ingest.read_table import to_layer
from gridmgmt.ingest.report_rows import RejectedRow, ReportRow, class_of, kind_of, to_report_rows
from gridmgmt.ingest.table_header import is_no_data

Flags = npt.NDArray[np.bool_]
ClassKey = tuple[str, str] | None
Values: TypeAlias = "pa.Array | npt.NDArray[np.generic]"


@dataclasses.dataclass(frozen=True)
class Reading:
    """How the rows of a file are read: its headers, what they mean, and what stands in for what they do not say."""

    head: CsvHead | ParquetHead
    pair: tuple[str, str]
    mapping: Mapping[str, str]
    crs: str
    time_zone: datetime.tzinfo
    source: str
    reported_at: datetime.datetime | None
    classes: Sequence[ManagedClass]


@dataclasses.dataclass(frozen=True)
class ReportBlock:
    """Reports of a block, one entry each, by row number: coordinates as given, microseconds since 1970, texts, and the class.

    ``class_at`` leads into ``class_keys``: (kind, code) or None. ``accuracy_m`` is nan and ``address`` null where there is none.
    """

    numbers: npt.NDArray[np.int64]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    at_us: npt.NDArray[np.int64]
    source_ref: pa.Array
    description: pa.Array
    address: pa.Array
    accuracy_m: npt.NDArray[np.float64]
    class_at: npt.NDArray[np.int64]
    class_keys: tuple[ClassKey, ...]
    rejected: tuple[RejectedRow, ...]

    def only(self, numbers: Sequence[int]) -> ReportBlock:
        """Return the reports of some rows, none rejected."""
        chosen = np.isin(self.numbers, np.array(numbers, np.int64))
        names = ("numbers", "x", "y", "at_us", "source_ref", "description", "address", "accuracy_m", "class_at")
        kept: dict[str, Any] = {name: _kept(getattr(self, name), chosen) for name in names}
        return ReportBlock(**kept, class_keys=self.class_keys, rejected=())


def to_reports(block: CsvBlock, reading: Reading) -> ReportBlock:
    """Return the reports of a block; a row that is none is among the rejected, with its reason."""
    plain, columns, class_keys = _plain(block, reading)
    others = _other_rows(block, np.flatnonzero(~plain))
    layer = to_layer(reading.head.path, reading.head.headers, others, reading.pair)
    table = point_table(apply_mapping(layer, reading.mapping), reading.crs, reading.mapping)
    rows, rejected = to_report_rows(
        table, time_zone=reading.time_zone, source=reading.source, reported_at=reading.reported_at, classes=reading.classes
    )
    keys = list(dict.fromkeys([*class_keys, *map(_class_key, rows)]))
    first: dict[str, Any] = {name: _kept(values, plain) for name, values in columns.items()}
    if not rows:
        return ReportBlock(**first, class_keys=tuple(keys), rejected=tuple(rejected))
    second = _columns(rows, keys)
    order = np.argsort(np.concatenate([first["numbers"], second["numbers"]]), kind="stable")
    merged: dict[str, Any] = {name: _merged(values, second[name], order) for name, values in first.items()}
    return ReportBlock(**merged, class_keys=tuple(keys), rejected=tuple(rejected))


def cells_of(block: CsvBlock, number: int) -> list[str]:
    """Return the cells of a row of a block as they came."""
    if number in block.odd:
        return block.odd[number]
    at = int(np.searchsorted(block.numbers, number))
    return [column[at].as_py() for column in block.columns.columns]


def _plain(block: CsvBlock, reading: Reading) -> tuple[Flags, dict[str, Any], list[ClassKey]]:
    """Return which rows can be read at a glance, and their columns (with anything in the other rows)."""
    x, good_x = numbers_of(_cells(block, reading.pair[0]))
    y, good_y = numbers_of(_cells(block, reading.pair[1]))
    at_us, good_at = local_instants(_of(block, reading, "reported_at"), reading.time_zone)
    accuracy, good_accuracy = numbers_of(_of(block, reading, "accuracy_m"), blank=True)
    reference = _of(block, reading, "source_id")
    texts = [_of(block, reading, name) for name in ("description", "address")]
    class_at, class_keys, good_class = _classes(block, reading)
    dubious = [pc.match_substring_regex(text, NOT_PLAIN_TEXT) for text in texts]
    dubious += [pc.equal(reference, ""), pc.match_substring_regex(reference, NOT_PLAIN_CODE)]
    plain = good_x & good_y & good_at & good_accuracy & good_class & ~_looks_like_a_total(block)
    for found in dubious:
        plain &= ~_flags(found)
    if reading.source:
        reference = pc.binary_join_element_wise(reading.source, reference, ":")
    address = pc.if_else(pc.equal(texts[1], ""), pa.scalar(None, pa.string()), texts[1])
    columns = {
        "numbers": block.numbers, "x": x, "y": y, "at_us": at_us, "source_ref": reference, "description": texts[0], "address": address,
        "accuracy_m": accuracy, "class_at": class_at,
    }  # fmt: skip
    return plain, columns, class_keys


def _classes(block: CsvBlock, reading: Reading) -> tuple[npt.NDArray[np.int64], list[ClassKey], Flags]:
    """Return the class of each row: a position in the classes met, and whether it is clear without the row's other cells."""
    names = {(entry.kind, entry.name): entry.code for entry in reversed(reading.classes)}
    coded = [_of(block, reading, name).dictionary_encode() for name in ("kind", "class_code", "class_name")]
    words = [column.dictionary.to_pylist() for column in coded]
    which = np.zeros(block.columns.num_rows, np.int64)
    for column, found in zip(coded, words, strict=True):
        which = which * max(len(found), 1) + np.asarray(column.indices, np.int64)
    met, class_at = np.unique(which, return_inverse=True)
    keys: list[ClassKey] = []
    clear = np.zeros(len(met), np.bool_)
    for at, combined in enumerate(met.tolist()):
        rest, name_at = divmod(combined, max(len(words[2]), 1))
        kind_at, code_at = divmod(rest, max(len(words[1]), 1))
        code, name = clean_code(words[1][code_at]), clean_text(words[2][name_at])
        kind, found_code = class_of(code.text, name, kind_of(clean_text(words[0][kind_at])), names)
        clear[at] = code.problem is None and not (found_code is None and name is not None)
        keys.append((kind.value, found_code) if found_code is not None else None)
    distinct = list(dict.fromkeys(keys))
    place = np.array([distinct.index(key) for key in keys], np.int64)
    return place[class_at], distinct, clear[class_at]


def _looks_like_a_total(block: CsvBlock) -> Flags:
    """Say which rows begin, blank cells aside, with a word of sums: only the rows' reader knows what they are."""
    found = np.zeros(block.columns.num_rows, np.bool_)
    left = ~found
    for column in block.columns.columns:
        cells = column.combine_chunks()
        found |= left & _flags(pc.match_substring_regex(cells, TOTAL))
        left &= _flags(pc.equal(cells, ""))
        if not left.any():
            break
    return found


def _other_rows(block: CsvBlock, at: npt.NDArray[np.int64]) -> list[tuple[int, list[str | None]]]:
    columns = block.columns.take(pa.array(at)).to_pydict().values() if len(at) else []
    cells = [list(row) for row in zip(*columns, strict=True)] if len(at) else []
    found = [*zip(block.numbers[at].tolist(), cells, strict=True), *block.odd.items()]
    rows = [(number, [cell or None for cell in row]) for number, row in sorted(found)]
    return [(number, row) for number, row in rows if not is_no_data(row)]


def _of(block: CsvBlock, reading: Reading, field: str) -> pa.Array:
    """Return the cells of a field; all empty where the file has no such column."""
    if field in reading.mapping:
        return _cells(block, reading.mapping[field])
    return pa.array([""], pa.string()).take(pa.array(np.zeros(block.columns.num_rows, np.int64)))


def _cells(block: CsvBlock, header: str) -> pa.Array:
    found = block.columns.column(header)
    return pa.concat_arrays(found.chunks) if found.num_chunks != 1 else found.chunk(0)


def _columns(rows: Sequence[ReportRow], keys: Sequence[ClassKey]) -> dict[str, Any]:
    place = {key: at for at, key in enumerate(keys)}
    return {
        "numbers": np.array([row.row for row in rows], np.int64), "x": np.array([row.x for row in rows]),
        "y": np.array([row.y for row in rows]), "at_us": np.array([_microseconds(row.reported_at) for row in rows], np.int64),
        "source_ref": pa.array([row.source_ref for row in rows], pa.string()),
        "description": pa.array([row.description for row in rows], pa.string()),
        "address": pa.array([row.address for row in rows], pa.string()),
        "accuracy_m": np.array([np.nan if row.accuracy_m is None else row.accuracy_m for row in rows]),
        "class_at": np.array([place[_class_key(row)] for row in rows], np.int64),
    }  # fmt: skip


def _microseconds(at: datetime.datetime) -> int:
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) // datetime.timedelta(microseconds=1)


def _class_key(row: ReportRow) -> ClassKey:
    return (ManagedKind(row.kind).value, row.class_code) if row.kind is not None and row.class_code is not None else None


def _kept(values: Values, rows: Flags) -> Values:
    return values.filter(pa.array(rows)) if isinstance(values, pa.Array) else values[rows]


def _merged(first: Values, second: Values, order: npt.NDArray[np.int64]) -> Values:
    if isinstance(first, pa.Array):
        return pa.concat_arrays([first, second]).take(pa.array(order))
    return np.concatenate([first, second])[order]


def _flags(found: pa.BooleanArray) -> Flags:
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
