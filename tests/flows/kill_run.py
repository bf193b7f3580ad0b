"""One run: people at work, processes killed, everything counted at the end."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from tests.flows.killing import Stand, stand
from tests.flows.load import Ledger, Person, prepare_city
from tests.flows.reckoning import Finding, list_faults
from tests.messages.servers import WebServer, always, web_server

LEFT = text("SELECT (SELECT count(*) FROM delivery WHERE state = 'waiting') + (SELECT count(*) FROM message WHERE spread_at IS NULL)")
PATIENCE_S, LONGEST_S, DRAIN_S = 30.0, 240.0, 600.0


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a run; ``faults`` is to be empty."""

    faults: list[Finding]
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
    backlog: int
    drained_s: float


def run(
    folder: Path, *, kills: int, people: int = 6, pause_s: tuple[float, float] = (0.05, 1.5), seed: int = 1, end_leases: bool = False
) -> Result:
    """Kill so many times while people work; then let them finish, let the worker catch up by itself, and count.

    What a killed worker had in hand is leased for two minutes more; who has no time for that ends the leases (``end_leases``).
    """
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
            drained = _wait_until_drained(made, end_leases=end_leases)
            made.rest()
            return _count(made, ledger, receiver, (seconds, *drained))


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


def _count(made: Stand, ledger: Ledger, receiver: WebServer, took: tuple[float, int, float]) -> Result:
    seconds, backlog, drained_s = took
    received = [entry.headers["Idempotency-Key"] for entry in receiver.received]
    engine = make_engine(made.url)
    try:
        with make_session_factory(engine)() as session:
            faults = list_faults(session, ledger, received)
            tables = ("case_step", "message", "inbox", "delivery")
            count = {table: session.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables}
    finally:
        engine.dispose()
    return Result(
        faults, made.kills, seconds, len(ledger.reports), len(ledger.acts), count["case_step"], count["message"], count["inbox"], ledger.counted,
        ledger.longest_wait_s, count["delivery"], len(received), backlog, drained_s,
    )  # fmt: skip


def _wait_for_a_moment(ledger: Ledger, chance: random.Random, pause_s: tuple[float, float]) -> None:
    """Wait until people work again, and then some time more; one kill in four comes without asking, on what has only just begun to start."""
    before = ledger.counted["requests"] - ledger.counted["sent again"]
    deadline = time.monotonic() + (0 if chance.random() < 0.25 else PATIENCE_S)
    while ledger.counted["requests"] - ledger.counted["sent again"] <= before and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(chance.uniform(*pause_s))


def _wait_until_drained(made: Stand, *, end_leases: bool) -> tuple[int, float]:
    """Return how much was left to tell and send when the killing was over, and how long that took, in seconds."""
    began, backlog, left = time.monotonic(), 0, 1
    engine = make_engine(made.url)
    if end_leases:
        with engine.begin() as connection:
            connection.execute(text("UPDATE delivery SET leased_until = NULL WHERE state = 'waiting'"))
    while left and time.monotonic() - began < DRAIN_S:
        try:
            with engine.connect() as connection:
                left = connection.scalar(LEFT) or 0
        except OperationalError:  # the last kill was the database's
            left = 1
        backlog = max(backlog, left)
        time.sleep(0.1)
    engine.dispose()
    return backlog, time.monotonic() - began
