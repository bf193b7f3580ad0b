"""One run: people at work, processes killed, everything counted at the end."""

from __future__ import annotations

import dataclasses
import datetime
import random
import threading
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import text

from gridmgmt.cli.migrate import migrate
from gridmgmt.cli.worker_loop import Worker
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.messages.send import Ways
from gridmgmt.messages.webhook import Endpoint
from tests.flows.killing import Stand, stand
from tests.flows.load import Ledger, Person, prepare_city
from tests.flows.reckoning import list_faults
from tests.messages.servers import WebServer, always, web_server

PATIENCE_S, LONGEST_S = 30.0, 240.0


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a run; ``faults`` is to be empty."""

    faults: list[str]
    kills: Counter[str]
    seconds: float
    reports: int
    acts: int
    steps: int
    messages: int
    inbox_lines: int
    counted: Counter[str]
    longest_wait_s: float
    deliveries: int
    received: int


def run(folder: Path, *, kills: int, people: int = 6, pause_s: tuple[float, float] = (0.05, 1.5), seed: int = 1) -> Result:
    """Kill so many times while people work; then let them finish, let the worker finish, and count."""
    ledger, tokens = Ledger(), dict[str, str]()

    def prepare(url: str) -> None:
        engine = make_engine(url)
        migrate(engine)
        with make_session_factory(engine).begin() as session:
            tokens.update(prepare_city(session))
        engine.dispose()

    with web_server(always()) as receiver:
        environ = {"GRIDMGMT_WEBHOOK_HOOK_URL": receiver.url, "GRIDMGMT_PRIVATE_WEBHOOKS": "1", "GRIDMGMT_RATE_FACTOR": "0"}
        with stand(folder, prepare, environ) as made:
            stop = threading.Event()
            crowd = [Person(number, made.port, tokens, ledger, stop) for number in range(people)]
            seconds = _work_and_kill(made, crowd, ledger, kills=kills, pause_s=pause_s, chance=random.Random(seed))
            return _count(made, ledger, receiver, seconds)


def _work_and_kill(
    made: Stand, crowd: list[Person], ledger: Ledger, *, kills: int, pause_s: tuple[float, float], chance: random.Random
) -> float:
    """Return how long it took, in seconds."""
    began = time.monotonic()
    for person in crowd:
        person.start()
    while made.kills.total() < kills and time.monotonic() - began < kills * PATIENCE_S:
        _wait_for_a_moment(ledger, chance, pause_s)
        made.kill_something(chance)
    time.sleep(pause_s[1])
    crowd[0].stop.set()
    for person in crowd:
        person.join(LONGEST_S)
    ledger.wrong += [f"{person.name} did not come to an end" for person in crowd if person.is_alive()]
    return time.monotonic() - began


def _count(made: Stand, ledger: Ledger, receiver: WebServer, seconds: float) -> Result:
    engine = make_engine(made.url)
    try:
        sessions = make_session_factory(engine)
        _finish(Worker(sessions, Ways(None, {"hook": Endpoint(receiver.url)}, "", allow_private=True), {}))
        received = [entry.headers["Idempotency-Key"] for entry in receiver.received]
        with sessions() as session:
            faults = list_faults(session, ledger, received)
            tables = ("case_step", "message", "inbox", "delivery")
            count = {table: session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}
    finally:
        engine.dispose()
    return Result(
        faults, made.kills, seconds, len(ledger.reports), len(ledger.acts), count["case_step"], count["message"], count["inbox"], ledger.counted,
        ledger.longest_wait_s, count["delivery"], len(received),
    )  # fmt: skip


def _wait_for_a_moment(ledger: Ledger, chance: random.Random, pause_s: tuple[float, float]) -> None:
    """Wait until people work again, and then some time more; one kill in four comes without asking, on what has only just begun to start."""
    before = ledger.counted["requests"] - ledger.counted["sent again"]
    deadline = time.monotonic() + (0 if chance.random() < 0.25 else PATIENCE_S)
    while ledger.counted["requests"] - ledger.counted["sent again"] <= before and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(chance.uniform(*pause_s))


def _finish(worker: Worker) -> None:
    """Tell and send what is left; leases of workers that were killed are over at once, for nobody else has them."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        now = datetime.datetime.now(datetime.UTC)
        with worker.sessions.begin() as session:
            statement = "UPDATE delivery SET leased_until = NULL, next_at = :now WHERE state = 'waiting' AND (leased_until < :now OR next_at > :now)"
            session.execute(text(statement), {"now": now})
            left = session.scalar(
                text(
                    "SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting') + (SELECT count(*) FROM message WHERE spread_at IS NULL)"
                )
            )
        if not left:
            return
        worker.drain()
        time.sleep(0.2)
