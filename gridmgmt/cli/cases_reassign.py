"""``gridmgmt cases reassign``: what boundaries, zones and appointments of a day change for open cases, and writing it."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import reassign_run_store, reassign_store
from gridmgmt.cases.reassign import AT_ONCE, BATCH, Batch, list_reassignments, read_open, write_changes
from gridmgmt.cases.reassign_run_store import ReassignRun
from gridmgmt.cases.reassign_store import Reassigned
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.reassign_files import Told, Writer, open_layer, open_table, shown, title
from gridmgmt.cli.session import city_today, engine, var_dir
from gridmgmt.cli.show_plan import console, say_dry_run
from gridmgmt.db import make_session_factory
from gridmgmt.dispatch.reassigned import units_by_rules
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.responsibility import layer_store, name_store
from gridmgmt.responsibility.answer_days import Calendar

MOST_LINES = 20
MOST_PAIRS = 12
WRITERS = 2
T = TypeVar("T")
INDEX_FOLDER = "index"
FILE = click.Path(path_type=Path, dir_okay=False)
Write = Callable[[Sequence[Reassigned]], int]
Done = tuple[int, float]  # cases written under one lock, seconds


@dataclasses.dataclass
class Tally:
    """What was found and done: cases, the first of them, from whom to whom, the longest time cases were locked."""

    looked_at: int = 0
    changes: int = 0
    kept: int = 0
    written: int = 0
    longest_s: float = 0.0
    first: list[Told] = dataclasses.field(default_factory=list)
    pairs: collections.Counter[tuple[str, str | None, str | None]] = dataclasses.field(default_factory=collections.Counter)

    def add(self, changes: Sequence[Reassigned]) -> None:
        """Count changes."""
        self.changes += sum(not change.kept for change in changes)
        self.kept += sum(change.kept for change in changes)
        for change in changes:
            self.pairs.update((name, *shown(change, name)) for name in ("zone_code", "person_id") if name in change.changed)

    def count(self, done: Iterable[Done]) -> int:
        """Wait for cases to be written and count them; return how many."""
        before = self.written
        for cases, seconds in done:
            self.written += cases
            self.longest_s = max(self.longest_s, seconds)
        return self.written - before


@click.command("reassign")
@click.option("--on", "day", type=DAY, help="The day whose boundaries, zones and appointments count; today unless told.")
@click.option("--edition", help="The first day of this boundary edition (by name), or today when it is in force already.")
@click.option("--csv", "--output", "table", type=FILE, help="Write every change to this CSV.")
@click.option("--geojson", "--layer", "layer", type=FILE, help="Write every change to this GeoJSON (EPSG:4326).")
@click.option("--actor", default="operator", show_default=True, help="Who does it.")
@click.option("--reason", help="Why; the day otherwise.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def reassign_command(
    day: datetime.datetime | None, edition: str | None, table: Path | None, layer: Path | None, actor: str, reason: str | None,
    commit: bool,
) -> None:  # fmt: skip
    """Tell what would change for open cases, and from whom to whom; --commit writes a step for each.

    What people set by hand stays, and closed cases keep who answered for them. Running it again changes nothing; a run that broke off
    goes on behind the last case it had done, unless boundaries, zones or appointments changed since.
    """
    opened = engine()
    sessions = make_session_factory(opened)
    try:
        with sessions() as session:
            profile = city_store.get_profile(session)
            today = city_today(profile)
            on = _day(session, as_day(day), edition, today)
        if commit and on > today:
            raise InvalidInputError("on", f"{on} has not come yet; list now, commit on the day", zh=f"{on} 尚未到来，届时再写入")
        why = reason or tr(f"按 {on} 的边界与任职重新归属", f"assigned anew as of {on}")
        with open_table(table) as to_table, open_layer(layer, f"epsg:{profile.storage_srid}") as to_layer:
            write = _writer(sessions, on, actor, why) if commit else None
            run = _open_run(sessions, on) if commit else None
            tally = reassign(sessions, on, [each for each in (to_table, to_layer) if each], write, run)
    finally:
        opened.dispose()
    _show(tally, on)
    if commit:
        say(f"已改 {tally.written} 件，单次加锁最长 {tally.longest_s * 1000:.0f} 毫秒",
            f"{tally.written} cases changed, none locked for more than {tally.longest_s * 1000:.0f} ms")  # fmt: skip
    else:
        say_dry_run()


def reassign(
    sessions: sessionmaker[Session], on: datetime.date, outputs: Sequence[Writer], write: Write | None, run: ReassignRun | None = None
) -> Tally:
    """Go through the open cases behind those that ``run`` has done.

    Several things happen at a time: the next cases are read, those before them answered, what differs before those is written, and what
    was written before that is noted as done.
    """
    tally = Tally()
    alone = sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    with sessions(bind=alone) as reading, sessions(bind=alone) as answering, sessions() as asking, ThreadPoolExecutor(WRITERS) as writers:
        read = _ahead(read_open(reading, after=run.last_id if run else 0, batch=BATCH))
        calendar = Calendar(answering, var_dir() / INDEX_FOLDER)
        found = _ahead(list_reassignments(answering, read, on=on, calendar=calendar))
        for batch, done in _ahead(_written(writers, write, found)):
            tally.looked_at += batch.looked_at
            tally.add(batch.changes)
            _tell(asking, batch.changes, outputs, tally)
            if run:
                run = _advance(sessions, run, batch, tally.count(done))
    if run:
        with sessions.begin() as session:
            reassign_run_store.end(session, run)
    return tally


def _ahead(source: Iterator[T]) -> Iterator[T]:
    """Yield what comes, and meanwhile let a thread of its own fetch what comes next."""
    with ThreadPoolExecutor(1) as fetching:
        coming = fetching.submit(next, source, None)
        while (item := coming.result()) is not None:
            coming = fetching.submit(next, source, None)
            yield item


def _open_run(sessions: sessionmaker[Session], on: datetime.date) -> ReassignRun:
    """Return where a run under the rules as they are now begins, and say so when one broke off."""
    with sessions.begin() as session:
        rules = f"{layer_store.fingerprint(session, on=on)}/{name_store.fingerprint(session)}"
        run = reassign_run_store.open_run(session, on=on, rules=rules, now=datetime.datetime.now(datetime.UTC))
    if run.last_id:
        say(f"接着上次中断处：此前已看 {run.looked_at} 件，已改 {run.changed} 件",
            f"going on where a run broke off: {run.looked_at} cases were looked at before, {run.changed} changed")  # fmt: skip
    return run


def _written(writers: ThreadPoolExecutor, write: Write | None, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Iterator[Done]]]:
    """Let the changes of each batch be written, some at a time; yield it with what comes of that."""
    for batch in batches:
        parts = [batch.changes[first : first + AT_ONCE] for first in range(0, len(batch.changes), AT_ONCE)] if write else []
        yield batch, writers.map(_timed(write), parts) if write else iter(())


def _advance(sessions: sessionmaker[Session], run: ReassignRun, batch: Batch, written: int) -> ReassignRun:
    with sessions.begin() as session:
        return reassign_run_store.advance(session, run, last_id=batch.last_id, looked_at=batch.looked_at, changed=written)


def _writer(sessions: sessionmaker[Session], on: datetime.date, actor: str, reason: str) -> Write:
    """Return what writes some changes by one statement and transaction, so that nobody waits long: nor does it for us or for the disk.

    The note of how far the run came does wait for the disk, and is never there without what it tells of.
    """
    alone = sessions.kw["bind"].execution_options(isolation_level="AUTOCOMMIT")
    with contextlib.ExitStack() as opened:
        for session in [opened.enter_context(sessions(bind=alone)) for _ in range(WRITERS)]:
            reassign_store.plan(session)

    def write(changes: Sequence[Reassigned]) -> int:
        with sessions(bind=alone) as session:
            return write_changes(session, changes, on=on, now=datetime.datetime.now(datetime.UTC), actor=actor, reason=reason)

    return write


def _timed(write: Write) -> Callable[[Sequence[Reassigned]], Done]:
    def act(changes: Sequence[Reassigned]) -> Done:
        began = time.perf_counter()
        return write(changes), time.perf_counter() - began

    return act


def _tell(session: Session, changes: Sequence[Reassigned], outputs: Sequence[Writer], tally: Tally) -> None:
    """Write changes to the outputs, and keep the first to be shown; each with the units that the rules name before and after."""
    wanted = changes if outputs else changes[: max(MOST_LINES - len(tally.first), 0)]
    if not wanted:
        return
    told = list(zip(wanted, units_by_rules(session, wanted, at=datetime.datetime.now(datetime.UTC)), strict=True))
    session.rollback()
    tally.first += told[: max(MOST_LINES - len(tally.first), 0)]
    for output in outputs:
        output(told)


def _day(session: Session, day: datetime.date | None, edition: str | None, today: datetime.date) -> datetime.date:
    if day is not None and edition is not None:
        raise InvalidInputError("edition", "name either a day or an edition", zh="日期与边界版本只能指定一个")
    if edition is None:
        return day or today
    known = {each.name: each for each in hierarchy_store.list_editions(session)}
    if edition not in known:
        names = ", ".join(known)
        raise NotFoundError(f"there is no edition {edition!r}; there are: {names}", zh=f"没有边界版本“{edition}”；现有：{names}")
    chosen = known[edition]
    if chosen.valid_to is not None and chosen.valid_to <= today:
        raise InvalidInputError("edition", f"{edition} ended on {chosen.valid_to}", zh=f"“{edition}”已于 {chosen.valid_to} 失效")
    return max(chosen.valid_from, today)


def _show(tally: Tally, on: datetime.date) -> None:
    say(
        f"{on}：在办 {tally.looked_at} 件，{tally.changes} 件归属有变，另有 {tally.kept} 件为人工指定，保持不变",
        f"{on}: {tally.looked_at} open cases, {tally.changes} change hands, {tally.kept} more were set by hand and stay",
    )
    if not tally.first:
        return
    table = Table(*tr("案卷号 状态 变化 人工指定", "case state change by_hand").split(), box=None, pad_edge=False)
    for change, units in tally.first:
        lines = [f"{heading} {old or '—'} → {new or '—'}" for heading, old, new in _differences(change, units)]
        table.add_row(change.case_no, label(change.state), Text("; ".join(lines)), tr("是", "yes") if change.kept else "")
    console().print(table)
    left = tally.changes + tally.kept - len(tally.first)
    if left:
        say(f"… 另有 {left} 件，见 --csv", f"… and {left} more, see --csv")
        _show_pairs(tally)


def _show_pairs(tally: Tally) -> None:
    """Show from whom to whom most cases go."""
    table = Table(*tr("变化 原 新 件数", "change from to cases").split(), box=None, pad_edge=False)
    for (name, old, new), count in tally.pairs.most_common(MOST_PAIRS):
        table.add_row(title(name), old or "—", new or "—", str(count))
    console().print(table)


def _differences(change: Reassigned, units: tuple[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for name in change.changed:
        yield title(name), *shown(change, name)
    if units[0] != units[1]:
        yield title("unit"), *units
