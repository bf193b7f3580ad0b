"""``gridmgmt cases import --scheduler``: the blocks of a Parquet backlog made ready by the workers of a Dask cluster."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.cases import backlog_store
from gridmgmt.cases.backlog import local_days
from gridmgmt.cases.backlog_model import Words
from gridmgmt.cli.cases_blocks import Ready, Work, answer_left_open, make_ready
from gridmgmt.ingest.parquet_stream import ParquetHead, read_parquet_block, read_parquet_column
from gridmgmt.ingest.plain_cells import local_instants
from gridmgmt.responsibility.on_dask import spread
from gridmgmt.responsibility.parquet_slices import Slice


@dataclasses.dataclass(frozen=True)
class Task:
    """A block by its slice, the rows before it, and the serial numbers its cases may have."""

    block: Slice
    begin: int
    serials: Words


@dataclasses.dataclass(frozen=True)
class Importing:
    """What a worker needs to make a block ready; it never sees the database."""

    work: Work
    head: ParquetHead

    def open(self, files: Mapping[str, Path], /) -> Callable[[Task], Ready]:
        """Open the indexes of the days that the file is of."""
        self.work.backlog.calendar.open_sent(files)
        return lambda task: make_ready(None, self.work, read_parquet_block(self.head, task.block, task.begin, threads=False), task.serials)


def ready_on_workers(session: Session, work: Work, head: ParquetHead, scheduler: str, *, at: int) -> Generator[Ready, None, None]:
    """Yield the blocks from a row on, counted from 0, in order; reports that only the statement can answer are answered here."""
    backlog = work.backlog
    with tempfile.TemporaryDirectory(prefix="gridmgmt-index-") as folder:
        calendar, files = backlog.calendar.send(session, _days(work, head), Path(folder))
        sent = dataclasses.replace(work, backlog=dataclasses.replace(backlog, calendar=calendar))
        for ready in spread(scheduler, Importing(sent, head), files, _tasks(session, head, at)):
            yield answer_left_open(session, work, ready)


def _tasks(session: Session, head: ParquetHead, at: int) -> Iterator[Task]:
    begin = 0
    for block in head.blocks:
        if begin >= at:
            yield Task(block, begin, backlog_store.take_serials(session, block.rows))
        begin += block.rows


def _days(work: Work, head: ParquetHead) -> Words:
    """Return the days of which there are reports, as far as they can be read at a glance; the others are left open by the workers."""
    reading = work.reading
    if "reported_at" not in reading.mapping:
        return np.array([reading.reported_at.astimezone(reading.time_zone).toordinal()] if reading.reported_at else [], np.int64)
    header = reading.mapping["reported_at"]
    found = [np.empty(0, np.int64)]
    for block in head.blocks:
        at_us, good = local_instants(read_parquet_column(head, block, header), reading.time_zone)
        found.append(np.unique(local_days(at_us[good], reading.time_zone)))
    return np.unique(np.concatenate(found))
