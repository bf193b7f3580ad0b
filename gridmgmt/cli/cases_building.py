"""Months of a backlog, built and proved beside whatever else goes on: a month begins as soon as the file seems to have left it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import publish_store

BUILDERS = 2


class Builders:
    """Builds the indexes of waiting months, two tables at a time; ``months`` are those begun.

    A row that comes late for a month that is built finds its indexes there: it is slower, and nothing else.
    """

    def __init__(self, sessions: sessionmaker[Session], run_id: int) -> None:
        """Build for one run."""
        self.sessions = sessions
        self.run_id = run_id
        self.months: dict[int, list[Future[None]]] = {}
        self._pool = ThreadPoolExecutor(BUILDERS)

    def __enter__(self) -> Self:
        """Begin with nothing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Forget what has not begun when something failed; begun tables are finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def begin(self, month: int) -> None:
        """Build a month's indexes unless that is under way, or the city has cases of the month, which its rows will join one by one."""
        if month in self.months:
            return
        with self.sessions() as session:
            if publish_store.is_empty(session, month):
                work = publish_store.list_index_work(session, self.run_id, month)
                self.months[month] = [self._pool.submit(_build, self.sessions, statements) for statements in work]

    def prove(self, month: int) -> None:
        """Bind the rows of a month that was begun to what they name, and check its steps; no row of it may come any more."""
        if month in self.months:
            self.months[month].append(self._pool.submit(_prove, self.sessions, self.run_id, month, tuple(self.months[month])))

    def wait(self, month: int) -> None:
        """Return when a month is built and proved; raise what that raised."""
        for table in self.months.get(month, ()):
            table.result()


def _build(sessions: sessionmaker[Session], statements: Sequence[str]) -> None:
    with sessions.begin() as session:
        publish_store.build(session, statements)


def _prove(sessions: sessionmaker[Session], run_id: int, month: int, tables: Sequence[Future[None]]) -> None:
    for table in tables:
        table.result()  # begun before this, so no thread of the pool waits for what has none
    with sessions() as session:
        references = publish_store.list_references(session, run_id, month)
    for statement in references:
        with contextlib.suppress(OperationalError, IntegrityError), sessions.begin() as session:  # attaching tries again, and says so
            publish_store.refer(session, statement)
    with sessions.begin() as session:
        publish_store.check_steps(session, run_id, month)
