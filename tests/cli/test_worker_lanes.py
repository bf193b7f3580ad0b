"""Every channel is a lane of its own: in order, no faster than it may, and never in the way of another."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.messages import channel_store, delivery_store
from gridmgmt.messages.model import DeliveryState
from gridmgmt.messages.spread import spread_messages
from gridmgmt.messages.webhook import Endpoint
from tests.cli.workers import HOOK, attempts, hook, keys, running, tell, wait_until
from tests.messages import people
from tests.messages.servers import always, web_server

pytestmark = pytest.mark.slow


def test_a_channel_takes_no_more_than_it_can_in_a_minute(sessions: sessionmaker[Session]) -> None:
    with web_server(always()) as server:
        worker = hook(sessions, server.url)
        with sessions.begin() as session:
            channel_store.put_channel(session, dataclasses.replace(HOOK, per_minute=5))
        tell(sessions, how_often=12)
        worker.drain()
        assert len(server.received) == 5
        with sessions.begin() as session:
            session.execute(text("UPDATE delivery_attempt SET at = at - interval '61 s'"))
            session.execute(text("UPDATE delivery SET finished_at = finished_at - interval '61 s'"))
        worker.drain()
        assert len(server.received) == 10


def test_of_a_backlog_the_oldest_goes_first(sessions: sessionmaker[Session]) -> None:
    with web_server(always()) as server:
        worker = hook(sessions, server.url)
        with sessions.begin() as session:
            channel_store.put_channel(session, dataclasses.replace(HOOK, per_minute=5))
        tell(sessions, how_often=12)
        worker.drain()
        with sessions() as session:
            ids = session.scalars(text("SELECT id FROM delivery ORDER BY message_id")).all()
        assert set(keys(server.received)) == {f"delivery-{number}" for number in ids[:5]}


def test_workers_that_ask_together_keep_to_what_a_channel_takes_in_a_minute(sessions: sessionmaker[Session]) -> None:
    hook(sessions, "http://127.0.0.1:9/")
    with sessions.begin() as session:
        channel_store.put_channel(session, dataclasses.replace(HOOK, per_minute=20))
    tell(sessions, how_often=60)
    now = datetime.datetime.now(datetime.UTC)

    def take(_worker: int) -> list[int]:
        with sessions.begin() as session:
            return [entry.id for entry in delivery_store.take_due(session, "hook", now=now, lease=datetime.timedelta(minutes=1), most=8)]

    with sessions.begin() as session:
        spread_messages(session, now=now, with_email=False)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        taken = [number for found in pool.map(take, range(6)) for number in found]
    assert len(taken) == len(set(taken)) == 20


def test_a_webhook_that_hangs_holds_up_neither_inboxes_nor_other_webhooks(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        reader = people.add(session, "h-1", "handler", unit="U1")
        channel_store.put_channel(session, dataclasses.replace(HOOK, code="hangs", per_minute=1000))
    answer = threading.Event()
    with web_server(lambda _number: (200, b"", 0.0 * answer.wait(9))) as hanging, web_server(always()) as server:
        worker = hook(sessions, server.url, endpoints={"hangs": Endpoint(hanging.url), "hook": Endpoint(server.url)})
        with running(worker):
            tell(sessions, how_often=30)
            wait_until(lambda: len(server.received) == 30)
            tell(sessions, how_often=30)
            wait_until(lambda: len(server.received) == 60)
            assert len(hanging.received) < 60  # four at a time, each waits nine seconds for an answer
            with sessions() as session:
                assert len(people.inbox(session, reader, limit=100)) == 60
            answer.set()
            wait_until(lambda: len(set(keys(hanging.received))) == 60)
    assert [state for state, _tried in attempts(sessions)] == [DeliveryState.SENT] * 120


def test_a_worker_that_cannot_tell_sends_all_the_same_and_says_so(
    sessions: sessionmaker[Session], caplog: pytest.LogCaptureFixture
) -> None:
    with web_server(always()) as server:
        worker = hook(sessions, server.url)
        tell(sessions)
        with sessions.begin() as session:
            spread_messages(session, now=datetime.datetime.now(datetime.UTC), with_email=False)
            session.execute(
                text("INSERT INTO message (topic, zh, en, audiences, created_at) VALUES ('from the future', '?', '?', '[]', now())")
            )
        with running(worker):
            wait_until(lambda: len(server.received) == 1 and "from the future" in caplog.text)
