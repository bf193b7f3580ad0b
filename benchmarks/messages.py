"""Tell and send a backlog of messages: inbox lines and webhook calls a second, against bare calls to the same receiver in the same run.

Usage: ``GRIDMGMT_DATABASE_URL=… python benchmarks/messages.py [MESSAGES]`` (2,000) on an empty database of its own. Then once more with a
second webhook beside that takes every call and never answers: what the first one loses by it.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import datetime
import os
import socket
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt.cli.migrate import migrate
from gridmgmt.cli.worker_lanes import AT_ONCE
from gridmgmt.cli.worker_loop import Worker
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.messages import channel_store
from gridmgmt.messages.model import Audience, Channel, ChannelKind, Topic
from gridmgmt.messages.outbox import announce
from gridmgmt.messages.post import post
from gridmgmt.messages.send import Ways
from gridmgmt.messages.webhook import Endpoint
from tests.flows.load import prepare_city
from tests.messages.servers import WebServer, always, web_server

HOOK = Channel("hook", ChannelKind.GENERIC, "回调", per_minute=1_000_000)
LONGEST_S = 60.0


def main() -> int:
    """Run and print."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    engine = make_engine(os.environ["GRIDMGMT_DATABASE_URL"], parallel=False)
    migrate(engine)
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        prepare_city(session)
    with web_server(always()) as live, socket.create_server(("127.0.0.1", 0), backlog=128) as dead:
        hangs = f"http://127.0.0.1:{dead.getsockname()[1]}/"
        worker = Worker(sessions, Ways(None, {"hook": Endpoint(live.url), "dead": Endpoint(hangs)}, "", allow_private=True), {})
        rate = _alone(worker, live, messages)
        _beside_a_dead_one(worker, live, messages // 4, rate)
    engine.dispose()
    return 0


def _alone(worker: Worker, live: WebServer, messages: int) -> float:
    """Return webhook calls a second."""
    _announce(worker.sessions, messages)
    began = time.perf_counter()
    while worker.tell():
        pass
    told_s = time.perf_counter() - began
    with worker.sessions() as session:
        lines = session.scalar(text("SELECT count(*) FROM inbox")) or 0
    print(
        f"told: {messages} messages, {lines} inbox lines in {told_s:.2f} s: {messages / told_s:.0f} messages/s, {lines / told_s:.0f} lines/s"
    )
    began = time.perf_counter()
    worker.drain()
    sent_s = time.perf_counter() - began
    print(f"sent: {len(live.received)} webhook calls in {sent_s:.2f} s: {messages / sent_s:.0f}/s")
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _number: post(live.url, b"{}", {}, allow_private=True), range(messages)))
    bare_s = time.perf_counter() - began
    print(
        f"bare: {messages} calls, {AT_ONCE} at once, in {bare_s:.2f} s: {messages / bare_s:.0f}/s; with the queue {sent_s / bare_s:.1f} times as long"
    )
    return messages / sent_s


def _beside_a_dead_one(worker: Worker, live: WebServer, messages: int, rate: float) -> None:
    with worker.sessions.begin() as session:
        channel_store.put_channel(session, dataclasses.replace(HOOK, code="dead"))
    _announce(worker.sessions, messages)
    before, began = len(live.received), time.perf_counter()
    running = threading.Thread(target=worker.run)
    running.start()
    while len(live.received) - before < messages and time.perf_counter() - began < LONGEST_S:
        time.sleep(0.05)
    took, arrived = time.perf_counter() - began, len(live.received) - before
    worker.stop.set()
    running.join()
    print(
        f"beside a webhook that hangs: {arrived} of {messages} calls in {took:.2f} s: {arrived / took:.1f}/s, {arrived / took / rate:.2f} of the rate alone"
    )


def _announce(sessions: sessionmaker[Session], messages: int) -> None:
    to = [Audience(unit_code="U1"), Audience(permission="case.dispatch", areas=())]
    with sessions.begin() as session:
        for number in range(messages):
            now = datetime.datetime.now(datetime.UTC)
            announce(session, Topic.OVERDUE, to=to, about=f"c-{number}", zh=f"超期{number}", en="late", at=now)


if __name__ == "__main__":
    sys.exit(main())
