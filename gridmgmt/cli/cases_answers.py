"""``gridmgmt cases import --to``: the rows of a Parquet backlog with their cases and who answers for each, as Parquet."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.progress import track
from sqlalchemy.orm import Session

from gridmgmt.cases.answer_store import NAMES, find_answers
from gridmgmt.cases.model import ReportSource
from gridmgmt.cli.language import tr
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.csv_stream import CsvHead
from gridmgmt.ingest.parquet_stream import ParquetHead, read_parquet_block
from gridmgmt.ingest.report_block import Reading, to_reports
from gridmgmt.responsibility.bulk_parts import write_whole
from gridmgmt.responsibility.parquet_slices import Slice, read_slice
from gridmgmt.roads.chief_store import list_people_by_id

TARGET = click.option(
    "--to", "target", type=click.Path(path_type=Path), help="New folder of Parquet: the rows of FILE with their cases; Parquet only."
)
KINDS = {"shared_with": pa.list_(pa.string()), "border_distance_m": pa.float64(), "segment_distance_m": pa.float64()}
ADDED = (*NAMES[:-1], "road_chief")


def check_target(target: Path | None, head: CsvHead | ParquetHead) -> None:
    """Raise InvalidInputError where the rows of a file could not be written with their answers."""
    if target is None:
        return
    if not isinstance(head, ParquetHead):
        raise InvalidInputError("to", f"{head.path.name} is no Parquet", zh=f"{head.path.name} 不是 Parquet 文件")
    if target.exists():
        raise InvalidInputError("to", f"{target} is there already", zh=f"{target} 已存在")
    for name in ADDED:
        if name in head.headers:
            raise InvalidInputError("file", f"has a column {name} already", zh=f"文件中已有 {name} 列")


def write_answers(session: Session, reading: Reading, channel: ReportSource, target: Path) -> None:
    """Write every row of a file beside what it became; a row that was rejected has no case. The folder appears when all of it is written."""
    head = reading.head
    if not isinstance(head, ParquetHead):
        return
    draft = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    begin = 0
    for number, block in enumerate(track(head.blocks, tr("写出归属", "writing answers"), console=Console(stderr=True), transient=True)):
        found = find_answers(session, _keys(reading, head, block, begin, channel=channel))
        table = read_slice(block)
        for name, values in _columns(session, found).items():
            table = table.append_column(name, values)
        write_whole(table, draft / f"part-{number:05}.parquet")
        begin += block.rows
    draft.rename(target)


def _keys(reading: Reading, head: ParquetHead, block: Slice, begin: int, *, channel: ReportSource) -> list[str | None]:
    reports = to_reports(read_parquet_block(head, block, begin), reading)
    keys = np.full(block.rows, None, object)
    keys[reports.numbers - begin - 1] = [f"source:{channel.value}:{reference}" for reference in reports.source_ref.to_pylist()]
    return list(keys)


def _columns(session: Session, found: Sequence[Sequence[object]]) -> dict[str, pa.Array]:
    columns = dict(zip(NAMES, zip(*found, strict=True), strict=True)) if found else dict.fromkeys(NAMES, ())
    person_id = columns.pop("person_id")
    people = list_people_by_id(session, sorted({int(str(number)) for number in person_id if number is not None}))
    names = {number: f"{person.code} {person.name}" for number, person in people.items()}
    chiefs = [None if number is None else names[int(str(number))] for number in person_id]
    arrays = {name: pa.array(values, KINDS.get(name, pa.string())) for name, values in columns.items()}
    return arrays | {"road_chief": pa.array(chiefs, pa.string())}
