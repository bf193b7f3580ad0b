"""How the worker sends: every channel is a lane of its own, and so is e-mail, so that one that hangs holds up nobody else."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import logging
import random
import threading
import time
from collections.abc import Sequence

from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.messages import delivery_store
from gridmgmt.messages.model import Delivery
from gridmgmt.messages.outcome import Outcome, failed, next_wait
from gridmgmt.messages.send import Ways, send

LANES = 16  # that send at once; where there are more they take turns
TURN_S = 10.0
AT_ONCE = 8  # calls in a lane
BATCH = 16  # two rounds of AT_ONCE, each a quarter of a minute at most: well within the lease
GATHER_S = 0.02  # so long an outcome waits for others, to be noted with them
LEASE = datetime.timedelta(minutes=2)

log = logging.getLogger("gridmgmt.worker")


@dataclasses.dataclass(frozen=True)
class Lanes:
    """The lanes, and which of them have a turn."""

    sessions: sessionmaker[Session]
    ways: Ways
    stop: threading.Event
    turns: dict[str | None, concurrent.futures.Future[int]] = dataclasses.field(default_factory=dict)

    def keep_busy(self, pool: concurrent.futures.Executor) -> bool:
        """Give a turn to every lane in which something is due and which has none; always False: there is nothing to hurry about."""
        over = [self.turns.pop(lane) for lane, turn in list(self.turns.items()) if turn.done()]
        for turn in over:
            turn.result()  # what went wrong in it goes wrong here
        for lane in self._list_due():
            if lane not in self.turns:
                self.turns[lane] = pool.submit(self._take_turn, lane)
        return False

    def send_due(self) -> int:
        """Give every lane in which something is due a turn, and return how much was sent when all of them had theirs."""
        with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
            return sum(pool.map(self._take_turn, self._list_due()))

    def _list_due(self) -> list[str | None]:
        with self.sessions() as session:
            return delivery_store.list_due_lanes(session, now=_now())

    def _take_turn(self, lane: str | None) -> int:
        """Send what is due in a lane, a batch after the other, oldest first, until nothing is or the turn is over."""
        until, sent = time.monotonic() + TURN_S, 0
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            while not self.stop.is_set() and time.monotonic() < until and (count := self._send_batch(pool, lane)):
                sent += count
        return sent

    def _send_batch(self, pool: concurrent.futures.Executor, lane: str | None) -> int:
        """Lease, send, note: the lease before the first call, outcomes as they come in, in transactions of their own."""
        with self.sessions.begin() as session:
            due = delivery_store.take_due(session, lane, now=_now(), lease=LEASE, most=BATCH)
        sending = {pool.submit(self._send, delivery): delivery for delivery in due}
        while sending:
            concurrent.futures.wait(sending, return_when=concurrent.futures.FIRST_COMPLETED)
            done = concurrent.futures.wait(sending, timeout=GATHER_S).done
            self._note([(sending.pop(call), call.result()) for call in done])
        return len(due)

    def _send(self, delivery: Delivery) -> Outcome:
        try:
            return send(delivery, self.ways, at=_now())
        except Exception as error:  # one bad message must not stop the others
            log.exception("delivery %s", delivery.id)
            return failed(f"{type(error).__name__}: {error}")

    def _note(self, outcomes: Sequence[tuple[Delivery, Outcome]]) -> None:
        now = _now()
        with self.sessions.begin() as session:
            delivery_store.note_sent(session, [(delivery, outcome.words) for delivery, outcome in outcomes if outcome.sent], at=now)
            for delivery, outcome in outcomes:
                if outcome.sent:
                    continue
                wait = next_wait(delivery.attempts, outcome, random.random())  # noqa: S311 - jitter, not a secret
                next_at = now + wait if wait is not None else None
                delivery_store.note_failed(session, delivery, at=now, words=outcome.words, next_at=next_at)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
