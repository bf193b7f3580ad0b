"""The worker: everything that is due is done, once, whoever dies in between."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import partition_store
from gridmgmt.cli.session import ROOT
from gridmgmt.cli.worker import ways
from gridmgmt.cli.worker_jobs import jobs
from gridmgmt.cli.worker_loop import Job, Worker
from gridmgmt.labels import in_language
from gridmgmt.messages import delivery_store, job_store
from gridmgmt.messages.mail import MailServer
from gridmgmt.messages.model import AttemptState, DeliveryState
from gridmgmt.messages.send import Ways
from gridmgmt.messages.webhook import Endpoint
from gridmgmt.settings import Settings, load_settings
from tests.cli.workers import after, attempts, come_due, hook, keys, tell
from tests.messages import people
from tests.messages.servers import Postbox, always, smtp_server, web_server

pytestmark = pytest.mark.slow


def test_a_message_reaches_inbox_mail_and_webhook_once(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        reader = people.add(session, "h-1", "handler", unit="U1", email="h1@example.com")
    with smtp_server(box := Postbox()) as (host, port), web_server(always()) as server:
        worker = hook(sessions, server.url, mail=MailServer(host, port, "none", "grid@example.com"))
        tell(sessions)
        worker.drain()
        worker.drain()
        assert (len(box.mails), len(server.received)) == (1, 1)
    with sessions() as session:
        assert people.inbox(session, reader) == ["超期0"]
    assert attempts(sessions) == [(DeliveryState.SENT, [AttemptState.SENT])] * 2


def test_a_receiver_that_fails_is_asked_again_with_the_same_key(sessions: sessionmaker[Session]) -> None:
    with web_server(after(2, always(500), always())) as server:
        worker = hook(sessions, server.url)
        tell(sessions)
        worker.drain()
        assert len(server.received) == 1  # not again at once
        for _again in range(2):
            come_due(sessions)
            worker.drain()
        assert len(set(keys(server.received))) == 1
    failed, sent = AttemptState.FAILED, AttemptState.SENT
    assert attempts(sessions) == [(DeliveryState.SENT, [failed, failed, sent])]


def test_what_cannot_be_sent_is_given_up_shown_and_can_be_sent_again(sessions: sessionmaker[Session]) -> None:
    with web_server(after(10, always(503), always())) as server:
        worker = hook(sessions, server.url)
        tell(sessions)
        for _attempt in range(12):
            come_due(sessions)
            worker.drain()
        assert len(server.received) == 10
        with sessions() as session:
            (letter,) = delivery_store.list_dead(session)
            assert [entry.words for entry in letter.attempts] == ["HTTP 503 from 127.0.0.1"] * 10
        with sessions.begin() as session:
            assert delivery_store.retry_dead(session, now=datetime.datetime.now(datetime.UTC)) == 1
        worker.drain()
    assert attempts(sessions)[0][0] is DeliveryState.SENT


def test_an_address_that_is_not_there_is_given_up_at_once(sessions: sessionmaker[Session]) -> None:
    with web_server(always(404)) as server:
        worker = hook(sessions, server.url)
        tell(sessions)
        worker.drain()
    assert attempts(sessions) == [(DeliveryState.DEAD, [AttemptState.FAILED])]


def test_a_webhook_into_this_machine_is_refused_unless_allowed(sessions: sessionmaker[Session]) -> None:
    with web_server(always()) as server:
        worker = hook(sessions, server.url, allow_private=False)
        tell(sessions)
        worker.drain()
        assert server.received == []
    assert attempts(sessions) == [(DeliveryState.DEAD, [AttemptState.FAILED])]


def test_three_workers_at_once_send_each_message_once(sessions: sessionmaker[Session], toy_url: str) -> None:
    with web_server(always(wait_s=0.01)) as server:
        hook(sessions, server.url)
        tell(sessions, how_often=40)
        environ = {
            **os.environ, "GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_WEBHOOK_HOOK_URL": server.url, "GRIDMGMT_PRIVATE_WEBHOOKS": "1"
        }  # fmt: skip
        command = [sys.executable, "-m", "gridmgmt", "worker", "--once"]
        running = [subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) for _worker in range(3)]
        assert [process.wait(60) for process in running] == [0, 0, 0]
        for _rest in range(2):  # one may have stopped while another had the last in hand
            Worker(sessions, Ways(None, {"hook": Endpoint(server.url)}, "", allow_private=True), {}).drain()
        assert len(keys(server.received)) == len(set(keys(server.received))) == 40


def test_a_worker_killed_while_it_sends_leaves_a_trace_and_the_next_one_sends_again(sessions: sessionmaker[Session], toy_url: str) -> None:
    with web_server(after(1, always(wait_s=5), always())) as server:
        worker = hook(sessions, server.url)
        tell(sessions)
        environ = {
            **os.environ, "GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_WEBHOOK_HOOK_URL": server.url, "GRIDMGMT_PRIVATE_WEBHOOKS": "1"
        }  # fmt: skip
        process = subprocess.Popen([sys.executable, "-m", "gridmgmt", "worker"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not server.received and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
        worker.drain()
        assert len(server.received) == 1  # leased: it may still be on its way
        come_due(sessions)
        worker.drain()
        first, second = keys(server.received)
    assert first == second  # the receiver can tell that it is the same
    assert attempts(sessions) == [(DeliveryState.SENT, [AttemptState.STARTED, AttemptState.SENT])]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_finishes_what_it_has_in_hand_when_told_to_stop(
    sessions: sessionmaker[Session], toy_url: str, number: signal.Signals
) -> None:
    with web_server(always(wait_s=0.5)) as server:
        hook(sessions, server.url)
        tell(sessions)
        environ = {
            **os.environ, "GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_WEBHOOK_HOOK_URL": server.url, "GRIDMGMT_PRIVATE_WEBHOOKS": "1"
        }  # fmt: skip
        process = subprocess.Popen([sys.executable, "-m", "gridmgmt", "worker"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not server.received and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(20) == 0
    assert attempts(sessions) == [(DeliveryState.SENT, [AttemptState.SENT])]


def test_a_worker_beside_a_server_goes_with_it(toy_url: str) -> None:
    # The shell starts the worker and becomes something else under the same number, as the server does.
    script = f"{sys.executable} -m gridmgmt worker --beside $$ 2>/dev/null & echo $!; exec sleep 60"
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": toy_url}
    parent = subprocess.Popen(["sh", "-c", script], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(3)
    assert _runs(pid)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _runs(pid)
    parent.stdout.close()


def test_a_job_is_done_when_it_is_time_and_one_that_fails_does_not_stop_the_others(sessions: sessionmaker[Session]) -> None:
    done = []

    def good(_session: Session, _now: datetime.datetime) -> str:
        done.append("good")
        return "fine"

    def bad(session: Session, _now: datetime.datetime) -> str:
        session.execute(text("INSERT INTO escalation_mark (about, rung, due_at) VALUES ('x', 'y', now())"))
        message = "no"
        raise ValueError(message)

    worker = Worker(sessions, Ways(), {"bad": Job(datetime.timedelta(days=1), bad), "good": Job(datetime.timedelta(days=1), good)})
    worker.drain()
    worker.drain()
    assert done == ["good"]
    with sessions() as session:
        states = {state.name: (state.failed, state.last_words) for state in job_store.list_jobs(session)}
        assert session.scalar(text("SELECT count(*) FROM escalation_mark")) == 0
    assert states == {"good": (False, "fine"), "bad": (True, "ValueError: no")}


def test_a_month_that_waits_for_readers_is_one_line_in_the_log_and_is_made_later(
    sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(partition_store, "PATIENCE", "50ms")
    job = Job(datetime.timedelta(days=1), lambda session, _now: str(len(partition_store.ensure_months(session, [203001]))))
    worker = Worker(sessions, Ways(), {"months": job})
    with sessions() as reader:
        reader.execute(text("SELECT count(*) FROM case_file"))
        worker.drain()
    assert [(line.getMessage(), line.exc_info) for line in caplog.records if line.levelname in {"WARNING", "ERROR"}] == [
        ("job months waits: cases are being read; a new month has to wait for that", None)
    ]
    with sessions.begin() as session:
        (state,) = job_store.list_jobs(session)
        assert (state.failed, in_language(state.last_words, "zh")) == (True, "案卷正被读取，稍后再建新月份")
        session.execute(text("UPDATE periodic_job SET next_at = now()"))
    worker.drain()
    with sessions() as session:
        (state,) = job_store.list_jobs(session)
        assert (state.failed, state.last_words) == (False, "1")


def test_every_job_of_the_timetable_runs_on_a_city(sessions: sessionmaker[Session], toy_url: str, tmp_path: Path) -> None:
    timetable = jobs(Settings(toy_url, var_dir=tmp_path))
    Worker(sessions, Ways(), timetable).drain()
    with sessions() as session:
        states = job_store.list_jobs(session)
    assert [(state.name, state.failed) for state in states] == [(name, False) for name in sorted(timetable)]
    assert all(state.last_words.isascii() and not state.last_words.zh.isascii() for state in states), (
        "each says what it did in both languages"
    )
    assert (tmp_path / "index" / "responsibility.index").exists()


def test_the_worker_waits_for_a_database_that_is_away() -> None:
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    command = [sys.executable, "-m", "gridmgmt", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "the worker runs" in process.stderr.readline()
    assert "database" in process.stderr.readline()
    process.terminate()
    assert process.wait(20) == 0
    process.stderr.close()


def test_the_settings_name_the_ways_out() -> None:
    settings = load_settings(
        {
            "GRIDMGMT_DATABASE_URL": "postgresql:///x", "GRIDMGMT_WEBHOOK_TEAM_URL": "https://x.example.com/?key=geheim",
            "GRIDMGMT_WEBHOOK_TEAM_SECRET": "s3cret", "GRIDMGMT_SMTP_URL": "smtp://mail.example.com", "GRIDMGMT_MAIL_FROM": "g@example.com",
            "GRIDMGMT_PUBLIC_URL": "https://grid.example.com/",
        }
    )  # fmt: skip
    found = ways(settings)
    assert found.endpoints == {"team": Endpoint("https://x.example.com/?key=geheim", "s3cret")}
    assert found.link("c-1") == "https://grid.example.com/cases/c-1"
    assert not found.allow_private
    assert "geheim" not in repr(settings) + repr(found)
    assert "s3cret" not in repr(settings) + repr(found)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
