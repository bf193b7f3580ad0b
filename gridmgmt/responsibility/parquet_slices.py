"""Parquet cut into slices of rows, each of which can be read by itself, wherever the file can be reached."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gridmgmt.errors import SourceError

SUFFIXES = {".parquet", ".geoparquet"}


@dataclasses.dataclass(frozen=True)
class Slice:
    """So many rows of some row groups of a file that follow each other, from row ``start`` of them on."""

    file: Path
    groups: tuple[int, ...]
    start: int
    rows: int


def list_files(source: Path) -> list[Path]:
    """Return a Parquet file, or those of a folder in the order of their names; none where it is something else."""
    found = sorted(source.iterdir()) if source.is_dir() else [source]
    return [path for path in found if path.suffix in SUFFIXES]


def cut(source: Path, rows: int) -> Iterator[Slice]:
    """Cut a file or folder into slices of so many rows at most; small row groups come together, large ones come apart.

    Raises SourceError naming a file that cannot be read.
    """
    for file in list_files(source):
        told = read_metadata(file)
        held = Slice(file, (), 0, 0)
        for number in range(told.num_row_groups):
            more = told.row_group(number).num_rows
            if held.groups and held.rows + more > rows:
                yield from _apart(held, rows)
                held = Slice(file, (), 0, 0)
            held = Slice(file, (*held.groups, number), 0, held.rows + more)
        if held.groups:
            yield from _apart(held, rows)


def read_slice(part: Slice, *, columns: Sequence[str] | None = None, threads: bool = True) -> pa.Table:
    """Read the rows of a slice, all columns unless told; raises SourceError naming a file that cannot be read."""
    options = {"columns": columns, "use_threads": threads}
    try:
        with pq.ParquetFile(part.file) as file:
            there = sum(file.metadata.row_group(number).num_rows for number in part.groups)
            if part.rows == there:
                return file.read_row_groups(list(part.groups), **options)
            return _rows_between(file.iter_batches(part.rows, row_groups=list(part.groups), **options), part)
    except (OSError, pa.ArrowInvalid) as error:
        raise _unreadable(part.file, error) from error


def read_metadata(file: Path) -> pq.FileMetaData:
    """Return what the end of a file tells of it; raises SourceError naming one that cannot be read."""
    try:
        return pq.read_metadata(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise _unreadable(file, error) from error


def _apart(held: Slice, rows: int) -> Iterator[Slice]:
    for start in range(0, max(held.rows, 1), rows):
        yield dataclasses.replace(held, start=start, rows=min(rows, held.rows - start))


def _rows_between(batches: Iterator[pa.RecordBatch], part: Slice) -> pa.Table:
    """Read a group up to the end of a slice, and keep what is in the slice."""
    kept, at, end = [], 0, part.start + part.rows
    for batch in batches:
        first, last = max(part.start - at, 0), min(end - at, len(batch))
        if first < last:
            kept.append(batch.slice(first, last - first))
        at += len(batch)
        if at >= end:
            break
    return pa.Table.from_batches(kept)


def _unreadable(file: Path, error: Exception) -> SourceError:
    return SourceError(f"{file}: cannot be read ({error})", zh=f"{file}：无法读取")
