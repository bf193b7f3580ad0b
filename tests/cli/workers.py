"""A worker with one webhook, what it is told, and what came of it."""

from __future__ import annotations

import dataclasses
import datetime
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cli.worker_loop import Worker
from gridmgmt.messages import channel_store, delivery_store
from gridmgmt.messages.model import AttemptState, Audience, Channel, ChannelKind, DeliveryState, Topic
from gridmgmt.messages.outbox import announce
from gridmgmt.messages.send import Ways
from gridmgmt.messages.webhook import Endpoint
from tests.messages.servers import Answering, Received

HOOK = Channel("hook", ChannelKind.GENERIC, "回调")


def tell(sessions: sessionmaker[Session], *, how_often: int = 1) -> None:
    with sessions.begin() as session:
        for number in range(how_often):
            now = datetime.datetime.now(datetime.UTC)
            announce(session, Topic.OVERDUE, to=[Audience(unit_code="U1")], about=f"c-{number}", zh=f"超期{number}", en="late", at=now)


def hook(sessions: sessionmaker[Session], url: str, **changes: object) -> Worker:
    """Return a worker with one webhook."""
    with sessions.begin() as session:
        channel_store.put_channel(session, dataclasses.replace(HOOK, per_minute=1000))
    return Worker(sessions, dataclasses.replace(Ways(None, {"hook": Endpoint(url)}, "", allow_private=True), **changes), {})  # type: ignore[arg-type]


def attempts(sessions: sessionmaker[Session]) -> list[tuple[DeliveryState, list[AttemptState]]]:
    with sessions() as session:
        ids = session.scalars(text("SELECT id FROM delivery ORDER BY id")).all()
        states = session.scalars(text("SELECT state FROM delivery ORDER BY id")).all()
        tried = [[entry.state for entry in delivery_store.list_attempts(session, number)] for number in ids]
    return list(zip(map(DeliveryState, states), tried, strict=True))


def come_due(sessions: sessionmaker[Session]) -> None:
    """Let the wait after a failure, or the lease of a worker that died, be over."""
    with sessions.begin() as session:
        session.execute(text("UPDATE delivery SET next_at = now() - interval '1 s', leased_until = NULL WHERE state = 'waiting'"))


def keys(received: Sequence[Received]) -> list[str]:
    return [entry.headers["Idempotency-Key"] for entry in received]


def after(number: int, first: Answering, then: Answering) -> Answering:
    """Answer the first few requests in one way and the rest in another."""
    return lambda count: first(count) if count <= number else then(count)


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    """Let a worker run in a thread, and stop it at the end."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop.set()
        thread.join()


def wait_until(happened: Callable[[], bool], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)
