"""Parquet in, Parquet out, a part at a time: every part is a task that may be done anywhere, twice, or begun and never finished."""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridmgmt.responsibility.bulk_table import Known, Reading, answer_table
from gridmgmt.responsibility.index_frame import Floats
from gridmgmt.responsibility.parquet_slices import Slice, cut, read_slice
from gridmgmt.responsibility.point_index import PointIndex

ROWS = 2**20  # of a part: the row group that most programs write


@dataclasses.dataclass(frozen=True)
class Part:
    """Some rows of a file, and the file their answers go to; every worker must reach both."""

    source: Slice
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


def list_parts(source: Path, folder: Path) -> list[Part]:
    """Cut a file, or the files of a folder in the order of their names, into parts to be written into a folder."""
    return [Part(slice_, folder / f"part-{number:05}.parquet") for number, slice_ in enumerate(cut(source, ROWS))]


def answer_part(part: Part, reading: Reading, index: PointIndex, known: Known, *, threads: int | None = None) -> Done:
    """Read, answer and write a part; raises SourceError naming a file that cannot be read."""
    table = read_slice(part.source, threads=threads != 1)
    answered = answer_table(table, reading, index, known, threads=threads)
    write_whole(answered.table, part.target)
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
    write_whole(table, done.part.target)


def write_whole(table: pa.Table, target: Path) -> None:
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
