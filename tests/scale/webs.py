"""Web servers as processes of their own, and a browser without a screen that asks the other one when one does not answer."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from gridmgmt import crs
from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import NewAccount
from gridmgmt.cli import server
from gridmgmt.cli.session import ROOT
from gridmgmt.db import make_engine, make_session_factory
from tests import toy_city

NAME, PASSWORD = "li", "right horse staple"  # of an account that lives for one test
PATIENCE_S = 60.0


@dataclasses.dataclass(frozen=True)
class Web:
    """One ``gridmgmt serve`` with a process that answers."""

    port: int
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Send SIGKILL to all of it at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def webs(url: str, var_dir: Path, count: int, environ: Mapping[str, str] | None = None) -> Iterator[list[Web]]:
    """Serve a database by so many servers on free ports, with one folder for what they share, until the block ends."""
    known = {**os.environ, "GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": str(var_dir), "GRIDMGMT_RATE_FACTOR": "0", **(environ or {})}
    made = [_start(var_dir, known) for _server in range(count)]
    try:
        for one in made:
            _wait_until_healthy(one, var_dir)
        yield made
    finally:
        for one in made:
            one.kill()


@contextlib.contextmanager
def web(url: str, var_dir: Path, environ: Mapping[str, str] | None = None) -> Iterator[Web]:
    """Serve a database by one server."""
    with webs(url, var_dir, 1, environ) as (one,):
        yield one


def _start(var_dir: Path, environ: Mapping[str, str]) -> Web:
    port = _free_port()
    command = [sys.executable, "-m", "gridmgmt", "serve", "--port", str(port), "--workers", "1", "--without-worker"]
    with (var_dir / f"web-{port}.log").open("wb") as words:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
    return Web(port, process)


def _wait_until_healthy(one: Web, var_dir: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not server.is_healthy("127.0.0.1", one.port):
        words = (var_dir / f"web-{one.port}.log").read_text(errors="replace")[-2000:]
        assert one.process.poll() is None, words
        assert time.monotonic() < deadline, words
        time.sleep(0.05)


def add_everybody(url: str) -> None:
    """Make an account that may do a case's whole way."""
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        roles = ("inspector", "intake_officer", "dispatcher")
        wanted = NewAccount(NAME, "李工", roles, everything=True)
        add_account(session, wanted, password=PASSWORD, now=datetime.datetime.now(datetime.UTC))
    engine.dispose()


class Browser:
    """Cookies of one person, and the addresses of the web servers; the next one is asked when one does not answer."""

    def __init__(self, ports: Sequence[int]) -> None:
        """Start without cookies."""
        self.ports = list(ports)
        self.http = requests.Session()
        self.http.trust_env = False
        self.counted: Counter[str] = Counter()

    def ask(self, method: str, path: str, *, port: int | None = None, **sent: Any) -> requests.Response:
        """Send a request to one port, or to each in turn until one answers without a fault of its own."""
        if port is not None:
            return self.http.request(method, f"http://127.0.0.1:{port}{path}", timeout=20, allow_redirects=False, **sent)
        self.ports.append(self.ports.pop(0))
        for tried in self.ports:
            self.counted["asked"] += 1
            with contextlib.suppress(requests.ConnectionError):
                answer = self.ask(method, path, port=tried, **sent)
                if answer.status_code < 500:
                    return answer
            self.counted["again"] += 1
        message = f"nobody answers {path}"
        raise AssertionError(message)

    def token(self, port: int | None = None) -> str:
        """Return what forms and scripts must send back."""
        return str(self.ask("GET", "/api/session", port=port).json()["csrf_token"])

    def sign_in(self, port: int | None = None) -> None:
        """Sign in through the page."""
        form = {"csrf_token": self.token(port), "name": NAME, "password": PASSWORD}
        answer = self.ask("POST", "/login", port=port, data=form)
        assert answer.status_code == 303, answer.text

    def report(self, request_id: str, port: int | None = None) -> str:
        """Report an incident and return the number of its case."""
        x, y = toy_city.point(50, 70)
        lon, lat = crs.crs_to_crs([x], [y], "epsg:4547", crs.WGS84)
        body = {
            "lon": float(lon[0]), "lat": float(lat[0]), "crs": crs.WGS84, "managed_class": "matter:06010", "description": "路边有垃圾",
            "client_request_id": request_id,
        }  # fmt: skip
        answer = self.ask("POST", "/api/reports", port=port, json=body, headers={"X-CSRF-Token": self.token(port)})
        assert answer.status_code in {200, 201}, answer.text
        return str(answer.json()["case_no"])


@dataclasses.dataclass
class Crowd:
    """People who do the same again and again, each in a thread, until told to stop; what went wrong is kept."""

    stop: threading.Event = dataclasses.field(default_factory=threading.Event)
    wrong: list[str] = dataclasses.field(default_factory=list)
    done: Counter[str] = dataclasses.field(default_factory=Counter)
    threads: list[threading.Thread] = dataclasses.field(default_factory=list)

    def add(self, name: str, act: Any) -> None:
        """Let somebody call ``act(number)`` again and again."""

        def live() -> None:
            number = 0
            while not self.stop.is_set():
                try:
                    act(number)
                except Exception as error:  # noqa: BLE001 - a thread's failure must show in the result
                    self.wrong.append(f"{name}: {type(error).__name__}: {error}")
                    return
                self.done[name] += 1
                number += 1

        self.threads.append(threading.Thread(target=live, daemon=True))
        self.threads[-1].start()

    def wait_for(self, name: str, more: int) -> None:
        """Wait until somebody has done so much more."""
        goal, deadline = self.done[name] + more, time.monotonic() + PATIENCE_S
        while self.done[name] < goal and not self.wrong:
            assert time.monotonic() < deadline, f"{name}: {self.done}"
            time.sleep(0.01)

    def end(self) -> None:
        """Let everybody come to an end."""
        self.stop.set()
        for thread in self.threads:
            thread.join(PATIENCE_S)
        assert not self.wrong, self.wrong


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
