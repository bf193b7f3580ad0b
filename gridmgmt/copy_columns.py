"""Columns of values as the bytes of a binary COPY (二进制批量读写), packed and unpacked by compiled loops: about a million rows a second.

A column says for each row where its bytes lie in one buffer, and how many they are; -1 is NULL. Rows come out in their order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from numba import njit
from psycopg import sql
from sqlalchemy.orm import Session

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END = b"\xff\xff"
PIECE = 16_384  # rows
TEXT_OID = 25
EPOCH_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
EWKB_POINT = b"\x01\x01\x00\x00\x20"  # little-endian, a point, with its system
MOST_KEPT = 64
_KEPT: dict[int, tuple[npt.NDArray[Any], tuple[Bytes, Words, Words]]] = {}


@dataclasses.dataclass(frozen=True)
class CopyColumn:
    """Where the bytes of each row lie in ``data``: ``start`` and ``length`` (-1: NULL), one entry a row."""

    data: Bytes
    start: Words
    length: Words

    def texts(self, rows: Iterable[int]) -> list[str | None]:
        """Return what some rows hold, as texts."""
        return [None if self.length[row] < 0 else self._bytes(row).decode() for row in rows]

    def numbers(self) -> Words:
        """Return whole numbers of one width, none of them NULL."""
        width = int(self.length[0]) if len(self.length) else 8
        return self._fixed_bytes(width).view(f">i{width}").reshape(-1).astype(np.int64)

    def points(self) -> tuple[Floats, Floats]:
        """Return x and y of geometry points that say their system."""
        places = np.ascontiguousarray(self._fixed_bytes(25)[:, 9:]).view("<f8").reshape(-1, 2)
        return np.ascontiguousarray(places[:, 0]), np.ascontiguousarray(places[:, 1])

    def _bytes(self, row: int) -> bytes:
        return self.data[self.start[row] : self.start[row] + self.length[row]].tobytes()

    def _fixed_bytes(self, width: int) -> Bytes:
        rows: Bytes = self.data[self.start[:, None] + np.arange(width)]
        return rows

    def take(self, rows: npt.NDArray[Any] | slice) -> CopyColumn:
        """Return the column for some rows (positions, flags or a slice), in that order; the bytes are shared."""
        return CopyColumn(self.data, self.start[rows], self.length[rows])


def whole_numbers(values: npt.ArrayLike, *, width: int = 8, missing: Flags | None = None) -> CopyColumn:
    """Return a column of bigint (width 8), integer (4) or smallint (2)."""
    return _fixed(np.ascontiguousarray(values, f">i{width}"), missing)


def decimals(values: npt.ArrayLike, *, nan_is_null: bool = True) -> CopyColumn:
    """Return a column of double precision; nan becomes NULL unless told."""
    floats = np.asarray(values, np.float64)
    return _fixed(np.ascontiguousarray(floats, ">f8"), np.isnan(floats) if nan_is_null else None)


def instants(epoch_us: npt.ArrayLike) -> CopyColumn:
    """Return a column of timestamptz from microseconds since 1970 (UTC)."""
    return whole_numbers(np.asarray(epoch_us, np.int64) - EPOCH_US)


def points(x: Floats, y: Floats, srid: int) -> CopyColumn:
    """Return a column of geometry points in one system."""
    rows = np.empty((len(x), 25), np.uint8)
    rows[:, :9] = np.frombuffer(EWKB_POINT + srid.to_bytes(4, "little"), np.uint8)
    rows[:, 9:] = np.column_stack([x, y]).astype("<f8").view(np.uint8).reshape(-1, 16)
    return CopyColumn(rows.reshape(-1), np.arange(len(x)) * 25, np.full(len(x), 25))


def same(value: bytes | str | None, count: int) -> CopyColumn:
    """Return a column that holds one value in every row."""
    return chosen([value], np.zeros(count, np.int64))


def chosen(values: Sequence[bytes | str | None] | npt.NDArray[Any], which: npt.NDArray[Any]) -> CopyColumn:
    """Return a column of some few values: ``values[which[i]]`` in row i, None for NULL; -1 means the last of ``values``.

    An array of values must not change afterwards: its bytes are remembered, since the same one comes with every block.
    """
    data, starts, lengths = _remembered(values) if isinstance(values, np.ndarray) else _end_to_end(values)
    return CopyColumn(data, starts[which], lengths[which])


def texts(data: Bytes, offsets: npt.NDArray[Any], missing: Flags | None = None) -> CopyColumn:
    """Return a column of texts from their bytes one after the other and the n + 1 offsets between them."""
    start = offsets[:-1].astype(np.int64)
    length = np.diff(offsets).astype(np.int64)
    return CopyColumn(data, start, length if missing is None else np.where(missing, -1, length))


def text_array(values: Sequence[str]) -> bytes:
    """Return the bytes of a text[] without NULLs."""
    if not values:
        return bytes(8) + TEXT_OID.to_bytes(4, "big")
    head = b"\x00\x00\x00\x01" + bytes(4) + TEXT_OID.to_bytes(4, "big") + len(values).to_bytes(4, "big") + b"\x00\x00\x00\x01"
    return head + b"".join(len(raw := value.encode()).to_bytes(4, "big") + raw for value in values)


def pack(columns: Sequence[CopyColumn]) -> list[Bytes]:
    """Return the rows of a binary COPY, without its head and end, piece by piece: what one piece needs stays in the processor's cache."""
    rows = len(columns[0].start)
    return [_pack_piece([column.take(slice(first, first + PIECE)) for column in columns]) for first in range(0, rows, PIECE)]


def copy_columns(session: Session, table: str, columns: Mapping[str, CopyColumn]) -> None:
    """Write columns into a table (``schema.name`` or a bare name) inside the session's transaction."""
    send_packed(session, table, list(columns), pack(list(columns.values())))


def differ(one: CopyColumn, other: CopyColumn) -> Flags:
    """Say row by row whether two columns hold different bytes."""
    places = np.stack([one.start, one.length, other.start, other.length])
    found: Flags = _differ(one.data, other.data, places, np.empty(len(one.start), np.bool_))
    return found


def fetch_columns(session: Session, query: str, columns: int) -> list[CopyColumn]:
    """Return the columns of a query without parameters, so many, by one binary COPY inside the session's transaction."""
    with _connection(session).cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode()) as copy:
        parts = [bytes(part) for part in copy]  # views would be watched by the garbage collector, row by row
    data = np.frombuffer(b"".join(parts), np.uint8)
    starts, lengths = (np.empty((columns, len(parts) + 1), np.int64) for _ in range(2))
    del parts
    rows = _unpack(data, len(HEAD), starts, lengths)
    return [CopyColumn(data, start[:rows], length[:rows]) for start, length in zip(starts, lengths, strict=True)]


def send_packed(session: Session, table: str, names: Sequence[str], pieces: Sequence[Bytes]) -> None:
    """Write rows that ``pack`` made into columns of a table inside the session's transaction."""
    target = sql.SQL(".").join(map(sql.Identifier, table.split(".")))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(target, sql.SQL(", ").join(map(sql.Identifier, names)))
    with _connection(session).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEAD)
        for piece in pieces:
            copy.write(piece.data)
        copy.write(END)


def _remembered(values: npt.NDArray[Any]) -> tuple[Bytes, Words, Words]:
    kept = _KEPT.get(id(values))
    if kept is None:
        while len(_KEPT) >= MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
        kept = _KEPT[id(values)] = (values, _end_to_end(values.tolist()))  # the array with it: its id is nobody else's
    return kept[1]


def _end_to_end(values: Sequence[bytes | str | None]) -> tuple[Bytes, Words, Words]:
    """Return values as bytes one after the other, where each starts, and its length (-1: None)."""
    packed = [None if value is None else value.encode() if isinstance(value, str) else value for value in values]
    lengths = np.array([-1 if value is None else len(value) for value in packed], np.int64)
    starts = np.concatenate([[0], np.cumsum(np.maximum(lengths, 0))[:-1]]).astype(np.int64)
    return np.frombuffer(b"".join(value or b"" for value in packed), np.uint8), starts, lengths


def _connection(session: Session) -> psycopg.Connection[Any]:
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        message = "COPY needs psycopg 3"
        raise TypeError(message)
    return connection


def _pack_piece(columns: Sequence[CopyColumn]) -> Bytes:
    spans = [_span(column) for column in columns]
    bases = np.concatenate([[0], np.cumsum([high - low for low, high in spans])]).tolist()
    starts = np.stack([column.start + (base - low) for column, base, (low, _) in zip(columns, bases, spans, strict=False)])
    lengths = np.stack([column.length for column in columns])
    size = int(np.maximum(lengths, 0).sum()) + lengths.shape[1] * (2 + 4 * len(columns))
    data = np.concatenate([column.data[low:high] for column, (low, high) in zip(columns, spans, strict=True)])
    packed: Bytes = _pack(data, starts, lengths, np.empty(size, np.uint8))
    return packed


def _span(column: CopyColumn) -> tuple[int, int]:
    """Return where the bytes of a column begin and end."""
    filled = column.length > 0
    if not filled.any():
        return 0, 0
    return int(column.start[filled].min()), int((column.start + column.length)[filled].max())


def _fixed(values: npt.NDArray[Any], missing: Flags | None) -> CopyColumn:
    count, width = len(values), values.dtype.itemsize
    length = np.full(count, width) if missing is None else np.where(missing, -1, width)
    return CopyColumn(values.view(np.uint8), np.arange(count) * width, length)


@njit(cache=True, nogil=True)
def _pack(data: Bytes, starts: Words, lengths: Words, out: Bytes) -> Bytes:
    """Write rows one after the other; places are unsigned, since each signed one would be asked whether it counts from the end."""
    columns, rows = starts.shape
    at = np.uint64(0)
    for row in range(np.uint64(rows)):
        out[at] = columns >> 8
        out[at + np.uint64(1)] = columns & 0xFF
        at += np.uint64(2)
        for column in range(np.uint64(columns)):
            length = lengths[column, row]
            for byte in range(np.uint64(4)):
                out[at + byte] = (length >> (24 - 8 * np.int64(byte))) & 0xFF
            at += np.uint64(4)
            start, size = np.uint64(starts[column, row]), np.uint64(max(length, 0))
            for byte in range(size):
                out[at + byte] = data[start + byte]
            at += size
    return out


@njit(cache=True, nogil=True)
def _unpack(data: Bytes, at: int, starts: Words, lengths: Words) -> int:
    row = 0
    while data[at] == 0:  # -1 columns: the end
        at += 2
        for column in range(starts.shape[0]):
            length = np.int64(np.int32((data[at] << 24) | (data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3]))
            at += 4
            starts[column, row], lengths[column, row] = at, length
            if length > 0:
                at += int(length)
        row += 1
    return row


@njit(cache=True, nogil=True)
def _differ(one: Bytes, other: Bytes, places: Words, found: Flags) -> Flags:
    for row in range(len(found)):
        start, length, other_start, other_length = places[0, row], places[1, row], places[2, row], places[3, row]
        found[row] = length != other_length
        for byte in range(max(length, 0)):
            if found[row]:
                break
            found[row] = one[start + byte] != other[other_start + byte]
    return found
