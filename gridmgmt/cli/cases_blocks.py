"""A block of a backlog made ready to be written: the one function for here and for the workers of a Dask cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases.backlog import NO_SERIALS, prepare_block
from gridmgmt.cases.backlog_model import Backlog, PreparedBlock, Words
from gridmgmt.cases.import_reports import RejectedReport
from gridmgmt.ingest.csv_stream import CsvBlock
from gridmgmt.ingest.report_block import Reading, ReportBlock, cells_of, to_reports
from gridmgmt.ingest.report_rows import RejectedRow


@dataclasses.dataclass(frozen=True)
class Work:
    """How the rows of a file are read, and what holds for every report of it."""

    reading: Reading
    backlog: Backlog


@dataclasses.dataclass(frozen=True)
class Ready:
    """A block to be written, its rejected rows with their cells, where the next one begins, and the reports left for the statement."""

    next_byte: int
    next_number: int
    prepared: PreparedBlock
    refused: tuple[RejectedRow, ...]
    cells: Mapping[int, Sequence[str]]
    left_open: ReportBlock


def make_ready(session: Session | None, work: Work, block: CsvBlock, serials: Words = NO_SERIALS) -> Ready:
    """Read, check, place, answer and number the reports of a block; without a session as ``prepare_block`` does."""
    reports = to_reports(block, work.reading)
    prepared = prepare_block(session, work.backlog, reports, serials)
    refused = tuple(sorted([*reports.rejected, *map(rejected_row, prepared.rejected)], key=lambda entry: entry.row))
    cells = {entry.row: cells_of(block, entry.row) for entry in refused}
    return Ready(block.next_byte, block.next_number, prepared, refused, cells, reports.only(prepared.left_open))


def answer_left_open(session: Session, work: Work, ready: Ready) -> Ready:
    """Let the statement answer what was left open elsewhere."""
    if not ready.prepared.left_open:
        return ready
    first, second = ready.prepared, prepare_block(session, work.backlog, ready.left_open)
    both = PreparedBlock((*first.rows, *second.rows), first.taken + second.taken, first.rejected)
    return dataclasses.replace(ready, prepared=both)


def rejected_row(entry: RejectedReport) -> RejectedRow:
    """Return why a report is not taken as the reason against its row."""
    return RejectedRow(entry.row, entry.field, entry.reason, entry.zh)
