"""What the worker does, again and again: tell, send, look after the timetable."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import functools
import logging
import threading
from collections.abc import Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cli.worker_lanes import LANES, Lanes
from gridmgmt.errors import GridError
from gridmgmt.labels import Words
from gridmgmt.messages import job_store
from gridmgmt.messages.send import Ways
from gridmgmt.messages.spread import spread_messages

IDLE_S = 1.0
PATIENCE_S = 5.0  # after a fault of the database
LONGEST_RETRY = datetime.timedelta(minutes=10)

log = logging.getLogger("gridmgmt.worker")


@dataclasses.dataclass(frozen=True)
class Job:
    """Something done again and again; it answers what it did in a few words, in both languages where people read them."""

    every: datetime.timedelta
    run: Callable[[Session, datetime.datetime], str]


@dataclasses.dataclass(frozen=True)
class Worker:
    """Everything the work needs; several workers may run at once."""

    sessions: sessionmaker[Session]
    ways: Ways
    jobs: Mapping[str, Job]
    stop: threading.Event = dataclasses.field(default_factory=threading.Event)

    def run(self) -> None:
        """Work until told to stop; what was begun is finished.

        Telling, the timetable and every lane of sending have threads of their own: no inbox waits for a webhook, no message for a job.
        """
        threads = [threading.Thread(target=self._repeat, args=(work,)) for work in (self.tell, self.do_job)]
        for thread in threads:
            thread.start()
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            self._repeat(functools.partial(self._lanes.keep_busy, pool))
        for thread in threads:
            thread.join()

    def drain(self) -> None:
        """Do everything that is due now, and return."""
        while (self.deliver() | self.do_job()) and not self.stop.is_set():
            pass

    def deliver(self) -> bool:
        """Tell and send what is due; say whether there was anything."""
        told = self.tell()
        return bool(self._lanes.send_due()) or told

    def tell(self) -> bool:
        """Put messages of the outbox where they are read; say whether there were any."""
        with self.sessions.begin() as session:
            return spread_messages(session, now=_now(), with_email=self.ways.mail is not None) > 0

    def do_job(self) -> bool:
        """Do one job of the timetable whose time has come, if any."""
        now, name = _now(), None
        with self.sessions.begin() as session:
            job_store.add_jobs(session, sorted(self.jobs), now=now)
        try:
            with self.sessions.begin() as session:
                name = job_store.take_job(session, sorted(self.jobs), now=now)
                if name is None:
                    return False
                words = self.jobs[name].run(session, now)
                job_store.note_job(session, name, at=now, next_at=now + self.jobs[name].every, words=words, failed=False)
        except Exception as error:  # a job that fails must not keep the others from being done
            if name is None:
                raise
            next_at = now + min(self.jobs[name].every, LONGEST_RETRY)
            with self.sessions.begin() as session:
                job_store.note_job(session, name, at=now, next_at=next_at, words=_told(name, error), failed=True)
        return True

    def _repeat(self, work: Callable[[], bool]) -> None:
        while not self.stop.is_set():
            try:
                busy = work()
            except SQLAlchemyError as error:  # the database is away or restarts; what was in hand is taken up again
                log.warning("database: %s", str(error).splitlines()[0])
                self.stop.wait(PATIENCE_S)
                continue
            except Exception:  # a thread that ended would be missed by nobody, and its work by everybody
                log.exception("the worker stumbled")
                self.stop.wait(PATIENCE_S)
                continue
            if not busy:
                self.stop.wait(IDLE_S)

    @functools.cached_property
    def _lanes(self) -> Lanes:
        return Lanes(self.sessions, self.ways, self.stop)


def _told(name: str, error: Exception) -> str:
    """Log what kept a job from being done, a reason that people understand in one line; return the words to note."""
    if isinstance(error, GridError):
        log.warning("job %s waits: %s", name, error)
        return Words(str(error), zh=error.zh)
    log.error("job %s failed", name, exc_info=error)
    return f"{type(error).__name__}: {error}"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
