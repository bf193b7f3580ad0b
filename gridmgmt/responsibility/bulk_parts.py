"""Parquet in, Parquet out, a part at a time: every part is a task that may be done anywhere, twice, or begun and never finished."""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridmgmt.errors import SourceError
from gridmgmt.responsibility.bulk_table import Known, Reading, answer_table
from gridmgmt.responsibility.index_frame import Floats
from gridmgmt.responsibility.point_index import PointIndex

ROWS = 1_000_000  # of a part, unless one row group has more


@dataclasses.dataclass(frozen=True)
class Part:
    """Some row groups of a file, and the file their answers go to; every worker must reach both."""

    source: Path
    groups: tuple[int, ...]
    target: Path


@dataclasses.dataclass(frozen=True)
class Done:
    """A part that is written; its rows outside every unit grid are still to be asked of the statement (``complete_part``)."""

    part: Part
    rows: int
    left_out: int
    open_rows: npt.NDArray[np.int64]
    x: Floats
    y: Floats


def is_parquet(source: Path) -> bool:
    """Say whether a file, or the files in a folder, are Parquet."""
    return bool(_files(source))


def list_parts(source: Path, folder: Path) -> list[Part]:
    """Cut a file, or the files of a folder in the order of their names, into parts to be written into a folder."""
    groups = [(file, chosen) for file in _files(source) for chosen in _groups(file)]
    return [Part(file, chosen, folder / f"part-{number:05}.parquet") for number, (file, chosen) in enumerate(groups)]


def answer_part(part: Part, reading: Reading, index: PointIndex, known: Known, *, threads: int | None = None) -> Done:
    """Read, answer and write a part; raises SourceError naming a file that cannot be read."""
    try:
        with pq.ParquetFile(part.source) as file:
            table = file.read_row_groups(list(part.groups))
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{part.source}: cannot be read ({error})", zh=f"{part.source}：无法读取") from error
    answered = answer_table(table, reading, index, known, threads=threads)
    _write(answered.table, part.target)
    return Done(part, len(table), answered.left_out, answered.open_rows, answered.x, answered.y)


def complete_part(done: Done, answers: dict[str, Sequence[str | None]]) -> None:
    """Put what the statement answered for the open rows into the part's file: a text or None for each of them, by column."""
    table = pq.read_table(done.part.target)
    mask = np.zeros(len(table), np.bool_)
    mask[done.open_rows] = True
    for name, texts in answers.items():
        old = table.column(name).cast(pa.string()).combine_chunks()
        fresh = pc.replace_with_mask(old, pa.array(mask), pa.array(texts, pa.string()))
        table = table.set_column(table.column_names.index(name), name, pc.dictionary_encode(fresh))
    _write(table, done.part.target)


def _files(source: Path) -> list[Path]:
    found = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
    return [path for path in found if path.suffix in {".parquet", ".geoparquet"}]


def _groups(file: Path) -> Iterator[tuple[int, ...]]:
    """Yield row groups that follow each other and have so many rows together."""
    try:
        told = pq.read_metadata(file)
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{file}: cannot be read ({error})", zh=f"{file}：无法读取") from error
    held: list[int] = []
    rows = 0
    for number in range(told.num_row_groups):
        more = told.row_group(number).num_rows
        if held and rows + more > ROWS:
            yield tuple(held)
            held, rows = [], 0
        held.append(number)
        rows += more
    if held:
        yield tuple(held)


def _write(table: pa.Table, target: Path) -> None:
    """Write beside the place and rename: two who do the same part do not meet, and what is there is whole.

    Numbers that hardly repeat are not tried as a dictionary, and codes are not sorted for statistics: half the time of a part otherwise.
    """
    kinds = {field.name: field.type for field in table.schema}
    repeat = [name for name, kind in kinds.items() if not pa.types.is_floating(kind)]
    counted = [name for name, kind in kinds.items() if not pa.types.is_dictionary(kind)]
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        pq.write_table(table, draft, compression="zstd", compression_level=1, use_dictionary=repeat, write_statistics=counted)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
