"""``gridmgmt cases import`` of a CSV too large for one transaction: read in blocks, each written for good, published month by month."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import itertools
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import backlog_store
from gridmgmt.cases.backlog_model import Backlog, BacklogRun, RunState
from gridmgmt.cases.import_reports import RejectedReport, known_codes
from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.cases_blocks import Ready, Work, make_ready, rejected_row
from gridmgmt.cli.cases_building import Builders
from gridmgmt.cli.cases_publish import publish
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.session import var_dir
from gridmgmt.errors import ConflictError, InvalidInputError, NotReadyError, SourceError
from gridmgmt.ingest.aliases import column_name
from gridmgmt.ingest.csv_stream import CsvBlock, CsvHead, read_blocks
from gridmgmt.ingest.parquet_stream import ParquetHead, read_parquet_blocks
from gridmgmt.ingest.reject_stream import RejectStream
from gridmgmt.ingest.report_block import Reading, cells_of
from gridmgmt.ingest.report_rows import RejectedRow, parse_time
from gridmgmt.responsibility.answer_days import Calendar

MOST_LINES = 10
ACTOR = "import"
INDEX_FOLDER = "index"
Head = CsvHead | ParquetHead
Blocks = Generator[Ready, None, None]


@dataclasses.dataclass(frozen=True)
class Order:
    """What was asked: how the file is read, who reported, where rejected rows go, who does the work (a Dask scheduler, None: this process)."""

    head: Head
    pair: tuple[str, str]
    mapping: Mapping[str, str]
    crs: str
    source: str
    channel: ReportSource
    reported_at: str | None
    rejects: Path
    scheduler: str | None = None

    def settings(self) -> dict[str, Any]:
        """Return what must be the same when a run goes on."""
        asked = {
            "pair": list(self.pair),
            "mapping": dict(self.mapping),
            "channel": self.channel.value,
            "rejects": str(self.rejects.resolve()),
        }
        return asked | {"crs": self.crs, "source": self.source, "reported_at": self.reported_at, "encoding": self.head.encoding}


def import_backlog(sessions: sessionmaker[Session], order: Order, *, dry_run: bool = False) -> BacklogRun:
    """Take in a file, or go on where a run of it broke off; return the run as it ended."""
    now = datetime.datetime.now(datetime.UTC)
    with sessions.begin() as session:
        profile = city_store.get_profile(session)
        run = _find_or_begin(session, order, now)
    if run.next_number > 1 or run.state is RunState.PUBLISHING:
        say(f"继续上次中断的导入，从第 {run.next_number} 行起", f"going on with an import that broke off, from row {run.next_number}")
    with (
        RejectStream(order.rejects, order.head.headers, order.pair, size=run.reject_bytes) as rejects,
        Builders(sessions, run.id) as builders,
    ):
        if run.state is RunState.READING:
            run = _read(sessions, order, profile, run, rejects, None if dry_run else builders)
        if dry_run:
            with sessions.begin() as session:
                backlog_store.discard(session, run)
            return run
        return publish(sessions, run, builders, profile, lambda found: _reject_repeats(rejects, order, found))


def _find_or_begin(session: Session, order: Order, now: datetime.datetime) -> BacklogRun:
    found = backlog_store.find_run(session, order.head.digest)
    if found is None:
        head = order.head
        return backlog_store.add_run(
            session, file_name=head.path.name, sha256=head.digest, settings=order.settings(), first_byte=head.first_byte, now=now
        )
    if found.settings != order.settings():
        message = f"an import of this file with other options broke off at row {found.next_number}; repeat them, or add --discard first"
        raise ConflictError(message, zh=f"该文件以其他选项导入时中断于第 {found.next_number} 行；请用相同选项继续，或先加 --discard 放弃")
    return found


def _read(
    sessions: sessionmaker[Session], order: Order, profile: CityProfile, run: BacklogRun, rejects: RejectStream, builders: Builders | None
) -> BacklogRun:
    """Read the file to its end: the next block is prepared while one is written, and indexes of months that are behind are built.

    Without builders nothing is written (a dry run).
    """
    told = 0
    met: set[int] = set()
    whole = order.head.size - order.head.first_byte
    with (
        sessions() as reading,
        contextlib.closing(_preparer(reading, order, profile, run)) as ready,
        _progress(whole) as progress,
        ThreadPoolExecutor(1) as ahead,
    ):
        coming = ahead.submit(next, ready, None)
        while (block := coming.result()) is not None:
            coming = ahead.submit(next, ready, None)
            told += _tell(block.refused, order, told)
            run = _write(sessions, run, block, rejects, dry_run=builders is None)
            if builders is not None:
                _begin_left_behind(builders, met, {rows.month for rows in block.prepared.rows})
            progress(run.next_byte - order.head.first_byte)
    if builders is None:
        return run
    done = dataclasses.replace(run, state=RunState.PUBLISHING)
    with sessions.begin() as session:
        backlog_store.advance(session, run, done)
    return done


def _begin_left_behind(builders: Builders, met: set[int], here: set[int]) -> None:
    """Begin with the months met before of which a block has no row; files mostly go from month to month."""
    for month in sorted(met - here):
        builders.begin(month)
    met |= here


def reading_of(session: Session, order: Order, profile: CityProfile) -> Reading:
    """Return how the rows of a file are read."""
    at = parse_time(order.reported_at, profile.zone) if order.reported_at else None
    classes = catalogue_store.list_classes(session, profile.catalogue_standard)
    return Reading(order.head, order.pair, order.mapping, order.crs, profile.zone, order.source, at, classes)


def _preparer(session: Session, order: Order, profile: CityProfile, run: BacklogRun) -> Blocks:
    calendar = Calendar(session, var_dir() / INDEX_FOLDER)
    backlog = Backlog(run.id, profile, order.crs, order.channel, ACTOR, run.started_at, known_codes(session, profile), calendar)
    work = Work(reading_of(session, order, profile), backlog)
    if order.scheduler is None:
        return (make_ready(session, work, block) for block in _blocks(order.head, run))
    if not isinstance(order.head, ParquetHead):
        message = f"{order.head.path.name} is no Parquet: workers elsewhere read no other file"
        raise InvalidInputError("scheduler", message, zh=f"{order.head.path.name} 不是 Parquet 文件，Dask 只处理 Parquet")
    return _on_workers()(session, work, order.head, order.scheduler, at=run.next_byte)


def _blocks(head: Head, run: BacklogRun | None = None) -> Iterator[CsvBlock]:
    """Read a file from where a run goes on, else from its beginning."""
    if isinstance(head, ParquetHead):
        return read_parquet_blocks(head, at=run.next_byte if run else 0)
    return read_blocks(head, at=run.next_byte, number=run.next_number) if run else read_blocks(head)


def _on_workers() -> Callable[..., Blocks]:
    try:
        from gridmgmt.cli.cases_workers import ready_on_workers  # noqa: PLC0415 - an optional part of the installation
    except ImportError as error:
        message = "Dask is not installed here; install gridmgmt[scale]"
        raise NotReadyError(message, zh="未安装 Dask；请安装 gridmgmt[scale]") from error
    return ready_on_workers


def _write(sessions: sessionmaker[Session], run: BacklogRun, ready: Ready, rejects: RejectStream, *, dry_run: bool) -> BacklogRun:
    size = rejects.write(ready.refused, ready.cells.__getitem__)
    after = dataclasses.replace(
        run, next_byte=ready.next_byte, next_number=ready.next_number, taken=run.taken + ready.prepared.taken,
        rejected=run.rejected + len(ready.refused), reject_bytes=size,
    )  # fmt: skip
    if dry_run:
        return after
    with sessions.begin() as session:
        backlog_store.write_block(session, run, ready.prepared)
        backlog_store.advance(session, run, after)
    return after


def _reject_repeats(rejects: RejectStream, order: Order, found: Sequence[RejectedReport]) -> int:
    """Write down the reports that contradict earlier ones; their rows are looked for in the file again."""
    wanted = {entry.row: rejected_row(entry) for entry in found}
    for block in _blocks(order.head) if wanted else ():
        here = sorted(number for number in wanted if number < block.next_number)
        rejects.write([wanted.pop(number) for number in here], functools.partial(cells_of, block))
        if not wanted:
            break
    _tell([rejected_row(entry) for entry in found], order, 0)
    return rejects.size


def _tell(refused: Sequence[RejectedRow], order: Order, told: int) -> int:
    """Say the first reasons; return how many were said."""
    lines = list(itertools.islice(refused, max(MOST_LINES - told, 0)))
    for entry in lines:
        name = column_name(entry.field, order.mapping)
        say(f"  第 {entry.row} 行 {name}：{entry.zh}", f"  row {entry.row}, {entry.field}: {entry.reason}", err=True)
    return len(lines)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Any]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(tr("读入并归属", "reading and assigning"), total=total)
        yield lambda done: progress.update(task, completed=done)


def check_some_taken(run: BacklogRun) -> None:
    """Raise SourceError for a file of which nothing could be taken."""
    if run.rejected and not (run.taken or run.repeated):
        message = "no row of the file could be taken; see the reasons above"
        raise SourceError(message, zh="没有任何一行可以受理；原因见上")
