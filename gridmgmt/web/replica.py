"""A second database that repeats the first (只读副本): how far behind it is, as each web process sees it.

No clock of another machine is asked: the process notes where the primary's log ends and when it asked; once the replica has replayed that
place, it answers at least what held then. No news, for whatever reason, is the same as being too old.
"""

from __future__ import annotations

import collections
import dataclasses
import logging
import os
import threading
import time

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gridmgmt.db import make_engine
from gridmgmt.web import wal_store

MARKS = 1000  # places of the log not yet replayed that are remembered
CONNECT_S = 2
_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Seen:
    """Up to which byte of the log the replica answers, and for which moment of our own clock that is at least what held."""

    replayed: int
    holds_at: float


class Replica:
    """One per application; a thread of each process looks at both databases a few times within the longest lag allowed."""

    def __init__(self, primary: Engine, url: str, *, longest_lag_s: float, pool_size: int) -> None:
        """Open the pool; it connects when first used."""
        patient = make_url(url).update_query_dict({"connect_timeout": str(CONNECT_S)})
        self.engine = make_engine(patient.render_as_string(hide_password=False), pool_size=pool_size, parallel=False)
        self.reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._primary = primary.execution_options(isolation_level="AUTOCOMMIT")
        self._longest_lag_s = longest_lag_s
        self._marks: collections.deque[tuple[float, int]] = collections.deque(maxlen=MARKS)
        self._seen: Seen | None = None
        self._watched_by = 0
        self._starting = threading.Lock()
        self._stop = threading.Event()

    def covers(self, written: int) -> bool:
        """Say whether the replica may be read: near enough to now, and not before the byte of the log given."""
        self._watch()
        seen = self._seen
        return seen is not None and seen.replayed >= written and time.monotonic() <= seen.holds_at + self._longest_lag_s

    def written_up_to(self) -> int:
        """Return where the primary's log ends."""
        return wal_store.written_up_to(self._primary)

    def distrust(self) -> None:
        """Read from the primary until the replica has been looked at again."""
        self._seen = None

    def close(self) -> None:
        """Stop looking and give the connections back."""
        self._stop.set()
        self.engine.dispose()

    def look(self) -> None:
        """Look at both once; raise SQLAlchemyError when one does not answer."""
        asked = time.monotonic()
        self._marks.append((asked, self.written_up_to()))
        replayed, holds_at = wal_store.replayed_up_to(self.reading), None
        while self._marks and replayed is not None and self._marks[0][1] <= replayed:
            holds_at, _place = self._marks.popleft()
        if holds_at is not None and replayed is not None:
            self._seen = Seen(replayed, holds_at)
        elif replayed is None:
            self._seen = None

    def _watch(self) -> None:
        """Start the thread of this process; a process made by forking has none yet."""
        if self._watched_by == os.getpid():
            return
        with self._starting:
            if self._watched_by != os.getpid():
                self._watched_by = os.getpid()
                threading.Thread(target=self._keep_looking, name="replica", daemon=True).start()

    def _keep_looking(self) -> None:
        pause_s, answers = max(self._longest_lag_s / 10, 0.05), True
        while not self._stop.is_set():
            try:
                self.look()
                answers = True
            except SQLAlchemyError as error:
                self._seen = None
                if answers:
                    _log.warning("the replica is not read: %s", str(error).splitlines()[0])
                answers = False
            self._stop.wait(pause_s)
