"""What the worker does, again and again: tell, send, look after the timetable."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import logging
import random
import threading
from collections.abc import Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.messages import delivery_store, job_store
from gridmgmt.messages.model import Delivery
from gridmgmt.messages.outcome import Outcome, failed, next_wait
from gridmgmt.messages.send import Ways, send
from gridmgmt.messages.spread import spread_messages

IDLE_S = 1.0
PATIENCE_S = 5.0  # after a fault of the database
AT_ONCE = 4
BATCH = 8  # two turns of AT_ONCE, each a quarter of a minute at most: well within the lease
LEASE = datetime.timedelta(minutes=2)
LONGEST_RETRY = datetime.timedelta(minutes=10)

log = logging.getLogger("gridmgmt.worker")


@dataclasses.dataclass(frozen=True)
class Job:
    """Something done again and again; it answers what it did in a few words."""

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
        """Work until told to stop; what was begun is finished. The timetable has a thread of its own, so that no message waits for it."""
        timetable = threading.Thread(target=self._repeat, args=(self.do_job,))
        timetable.start()
        self._repeat(self.deliver)
        timetable.join()

    def drain(self) -> None:
        """Do everything that is due now, and return."""
        while (self.deliver() | self.do_job()) and not self.stop.is_set():
            pass

    def deliver(self) -> bool:
        """Tell and send what is due; say whether there was anything."""
        told, sent = self.tell(), self.send_due()
        return bool(told or sent)

    def tell(self) -> int:
        """Put messages of the outbox where they are read."""
        with self.sessions.begin() as session:
            return spread_messages(session, now=_now(), with_email=self.ways.mail is not None)

    def send_due(self) -> int:
        """Send deliveries that are due, a few at once; each is leased before and its outcome noted after, in transactions of their own."""
        with self.sessions.begin() as session:
            due = delivery_store.take_due(session, now=_now(), lease=LEASE, most=BATCH)
        if due:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                for delivery, outcome in zip(due, pool.map(self._send, due), strict=True):
                    self._note(delivery, outcome)
        return len(due)

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
            log.exception("job %s failed", name)
            next_at = now + min(self.jobs[name].every, LONGEST_RETRY)
            with self.sessions.begin() as session:
                job_store.note_job(session, name, at=now, next_at=next_at, words=f"{type(error).__name__}: {error}", failed=True)
        return True

    def _repeat(self, work: Callable[[], bool]) -> None:
        while not self.stop.is_set():
            try:
                busy = work()
            except SQLAlchemyError as error:  # the database is away or restarts; what was in hand is taken up again
                log.warning("database: %s", str(error).splitlines()[0])
                self.stop.wait(PATIENCE_S)
                continue
            if not busy:
                self.stop.wait(IDLE_S)

    def _send(self, delivery: Delivery) -> Outcome:
        try:
            return send(delivery, self.ways, at=_now())
        except Exception as error:  # one bad message must not stop the others
            log.exception("delivery %s", delivery.id)
            return failed(f"{type(error).__name__}: {error}")

    def _note(self, delivery: Delivery, outcome: Outcome) -> None:
        now = _now()
        with self.sessions.begin() as session:
            if outcome.sent:
                delivery_store.note_sent(session, delivery, at=now, words=outcome.words)
                return
            wait = next_wait(delivery.attempts, outcome, random.random())  # noqa: S311 - jitter, not a secret
            next_at = now + wait if wait is not None else None
            delivery_store.note_failed(session, delivery, at=now, words=outcome.words, next_at=next_at)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
