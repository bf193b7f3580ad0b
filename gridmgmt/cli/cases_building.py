"""Indexes of the months of a backlog, built beside whatever else goes on: a month begins as soon as the file seems to have left it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

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

    def wait(self, month: int) -> None:
        """Return when a month is built; raise what its building raised."""
        for table in self.months.get(month, ()):
            table.result()


def _build(sessions: sessionmaker[Session], statements: Sequence[str]) -> None:
    with sessions.begin() as session:
        publish_store.build(session, statements)
