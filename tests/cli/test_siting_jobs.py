"""Jobs of siting: computed in a process of their own, cancelled, killed with -9, resumed from what was saved."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cli.session import ROOT
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.siting import job_store, scenario_store
from gridmgmt.siting.scenario import Job, JobState
from tests.siting.drawn_set import AT, add_drawn_scenario, drawn_tables

pytestmark = pytest.mark.slow

PATIENCE_S = 240.0
LONG_S = 600.0


@pytest.fixture
def sessions(toy_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a toy city of its own."""
    engine = make_engine(toy_url)
    yield make_session_factory(engine)
    engine.dispose()


def ask(sessions: sessionmaker[Session], *, demand: int = 3000, candidates: int = 1500, **settings: Any) -> Job:
    """Ask for a scenario that takes a while: a map where sites compete hard."""
    with sessions.begin() as session:
        scenario = add_drawn_scenario(
            session, drawn_tables(demand=demand, candidates=candidates), **{"sites": 25, "time_limit_s": LONG_S, **settings}
        )
        return job_store.add_job(session, scenario.id, at=AT, by="planner")


def small(sessions: sessionmaker[Session], **settings: Any) -> Job:
    return ask(sessions, demand=200, candidates=40, sites=5, **settings)


@contextlib.contextmanager
def started(toy_url: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": toy_url}
    process = subprocess.Popen(
        [sys.executable, "-m", "gridmgmt", *command],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def look(sessions: sessionmaker[Session], job: Job) -> Job:
    with sessions() as session:
        return job_store.get_job(session, job.id)


def wait_for(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def computing(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that a process started."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(number) for number in listed.read_text(encoding="ascii").split()] if listed.exists() else []


def has_choice(sessions: sessionmaker[Session], job: Job) -> bool:
    with sessions() as session:
        saved = job_store.find_saved(session, job.scenario_id)
    return bool(saved and saved["selected"])


def come_due(sessions: sessionmaker[Session]) -> None:
    """Let the lease of a supervisor that died run out."""
    with sessions.begin() as session:
        session.execute(text("UPDATE siting_job SET leased_until = now() - interval '1 s' WHERE state = 'running'"))


def test_a_job_ends_in_a_checked_plan_with_its_curve(sessions: sessionmaker[Session], toy_url: str) -> None:
    job = small(sessions)
    with started(toy_url, "siting", "run", str(job.id)) as process:
        assert process.wait(PATIENCE_S) == 0
    done = look(sessions, job)
    assert (done.state, done.words, done.attempts) == (JobState.DONE, "", 1)
    assert done.plan_id is not None
    with sessions() as session:
        plan = scenario_store.get_plan(session, done.plan_id)
        sites = scenario_store.list_sites(session, done.plan_id)
    assert plan.proved
    assert plan.value == plan.bound
    assert sum(site.adds for site in sites) == plan.value  # greenfield: what the sites add is what is covered
    assert plan.summary["straight"]["after"] == plan.value
    assert plan.summary["walking"] is not None


def test_a_computing_process_killed_with_9_is_started_again_from_the_best_choice_so_far(
    sessions: sessionmaker[Session], toy_url: str
) -> None:
    job = ask(sessions)
    with started(toy_url, "siting", "run", str(job.id)) as process:
        wait_for(lambda: has_choice(sessions, job))
        before = look(sessions, job)
        best = max(point.value for point in before.progress)
        (child,) = computing(process)
        os.kill(child, signal.SIGKILL)
        wait_for(lambda: look(sessions, job).attempts == 2)
        wait_for(lambda: len(look(sessions, job).progress) > len(before.progress))
        with sessions.begin() as session:
            job_store.ask_to_cancel(session, job.id, at=AT)
        assert process.wait(PATIENCE_S) == 0
    done = look(sessions, job)
    assert done.state is JobState.CANCELLED
    assert done.plan_id is not None
    with sessions() as session:
        plan = scenario_store.get_plan(session, done.plan_id)
    assert plan.value >= best
    assert plan.bound is not None
    assert plan.bound >= plan.value


def test_a_supervisor_killed_with_9_takes_the_computing_process_with_it_and_the_next_one_goes_on(
    sessions: sessionmaker[Session], toy_url: str
) -> None:
    job = ask(sessions)
    with started(toy_url, "siting", "run", str(job.id)) as process:
        wait_for(lambda: has_choice(sessions, job))
        (child,) = computing(process)
        process.kill()
        process.wait()
    wait_for(lambda: not Path(f"/proc/{child}").exists())
    stopped = look(sessions, job)
    assert stopped.state is JobState.RUNNING  # leased: it might still be on its way
    come_due(sessions)
    with started(toy_url, "siting", "run", str(job.id)) as process:
        wait_for(lambda: len(look(sessions, job).progress) > len(stopped.progress))
        now = look(sessions, job)
        assert now.attempts == 2
        assert now.progress[-1].value >= stopped.progress[-1].value
        assert now.progress[-1].seconds >= stopped.progress[-1].seconds


def test_a_supervisor_told_to_go_hands_the_job_back_with_its_best_choice(sessions: sessionmaker[Session], toy_url: str) -> None:
    job = ask(sessions)
    with started(toy_url, "siting", "run", str(job.id)) as process:
        wait_for(lambda: has_choice(sessions, job))
        assert process.stdin is not None
        process.stdin.close()
        process.wait(PATIENCE_S)
    waiting = look(sessions, job)
    assert (waiting.state, waiting.attempts) == (JobState.WAITING, 0)
    assert has_choice(sessions, job)


def test_the_worker_sees_to_what_is_due_and_rules_that_contradict_each_other_are_said(
    sessions: sessionmaker[Session], toy_url: str
) -> None:
    contradiction = small(sessions, quotas=[{"code": "420100001", "least": 4}, {"code": "420100002", "least": 4}])
    with started(toy_url, "worker"):
        wait_for(lambda: look(sessions, contradiction).state is JobState.FAILED)
    said = look(sessions, contradiction)
    assert "420100001" in said.words
    assert "420100002" in said.words
    assert said.words_zh
