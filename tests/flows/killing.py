"""A server, a worker and a database that are killed with SIGKILL at random moments and start again."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gridmgmt.cli import cluster, server
from gridmgmt.cli.session import ROOT
from gridmgmt.errors import NotReadyError

DATABASE = "kill"
# How often each is hit, in parts of a hundred: a process that answers, the whole server, the message worker, one connection of the
# database (which makes it restart all of them), the whole database.
TARGETS = {"server process": 35, "server": 12, "worker": 25, "backend": 8, "database": 20}


@dataclasses.dataclass
class Stand:
    """Everything that runs, and what was done to it."""

    cluster: cluster.Cluster
    port: int
    environ: Mapping[str, str]
    log: Path
    stopping: threading.Event = dataclasses.field(default_factory=threading.Event)
    ending: threading.Event = dataclasses.field(default_factory=threading.Event)
    keepers: list[threading.Thread] = dataclasses.field(default_factory=list)
    processes: dict[str, subprocess.Popen[bytes]] = dataclasses.field(default_factory=dict)
    kills: Counter[str] = dataclasses.field(default_factory=Counter)

    @property
    def url(self) -> str:
        """Return the address of the database."""
        return self.cluster.url(DATABASE)

    def kill_something(self, chance: random.Random) -> None:
        """Send SIGKILL to one of the targets."""
        target = chance.choices(list(TARGETS), list(TARGETS.values()))[0]
        victims = self._victims(target, chance)
        for pid in victims:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victims:
            self.kills[target] += 1
            self.say(f"killed {target} {victims}")

    def rest(self) -> None:
        """Stop server and worker; the database goes on."""
        self.stopping.set()
        for keeper in self.keepers:
            keeper.join()

    def say(self, words: str) -> None:
        """Write a line into the log of the run."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"=== {time.monotonic():.2f} {words}\n")

    def _victims(self, target: str, chance: random.Random) -> list[int]:
        if target in {"database", "backend"}:
            postmaster = _postmaster(self.cluster)
            backends = _children(postmaster, "postgres") if postmaster else []
            if target == "database":
                return [postmaster] if postmaster else []
            return [chance.choice(backends)] if backends else []
        process = self.processes.get("worker" if target == "worker" else "server")
        if process is None or process.poll() is not None:
            return []
        if target == "worker":
            return [process.pid]
        answering = _children(process.pid, "")
        return [process.pid, *answering] if target == "server" else answering[: 1 + chance.randrange(2)]


@contextlib.contextmanager
def stand(folder: Path, prepare: Callable[[str], None], environ: Mapping[str, str], *, workers: int = 2) -> Iterator[Stand]:
    """Start a database, let ``prepare`` fill it, start server and worker, and keep all of them running until the block ends."""
    own = cluster.open_cluster(folder / "pg")
    cluster.start(own)
    cluster.create_database(own, DATABASE)
    prepare(own.url(DATABASE))
    port = _free_port()
    known = {**os.environ, **environ, "GRIDMGMT_DATABASE_URL": own.url(DATABASE), "GRIDMGMT_VAR_DIR": str(folder / "var")}
    made = Stand(own, port, known, folder / "log")
    commands = {"server": server.command("127.0.0.1", port, workers), "worker": [sys.executable, "-m", "gridmgmt", "worker"]}
    made.keepers += [threading.Thread(target=_keep, args=(made, name, command)) for name, command in commands.items()]
    database = threading.Thread(target=_keep_database, args=(made,))
    for keeper in [*made.keepers, database]:
        keeper.start()
    try:
        _wait_until_healthy(made)
        yield made
    finally:
        made.rest()
        made.ending.set()
        database.join()
        cluster.remove(own)


def _keep(made: Stand, name: str, command: list[str]) -> None:
    """Start a process again whenever it ends, until the end; then ask it to stop."""
    with made.log.open("ab") as log:
        while not made.stopping.is_set():
            process = subprocess.Popen(command, cwd=ROOT, env=dict(made.environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            made.processes[name] = process
            made.say(f"{name} {process.pid} started")
            while process.poll() is None and not made.stopping.wait(0.02):
                pass
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _keep_database(made: Stand) -> None:
    while not made.ending.wait(0.02):
        if not cluster.is_running(made.cluster):
            try:
                cluster.start(made.cluster)
                made.say("the database runs again")
            except NotReadyError as error:  # what the killed one left running may need a moment to notice
                made.say(f"the database does not start: {error}")
                made.ending.wait(0.5)


def _wait_until_healthy(made: Stand) -> None:
    deadline = time.monotonic() + 60
    while not server.is_healthy("127.0.0.1", made.port):
        if time.monotonic() > deadline:
            message = f"the server did not become healthy:\n{made.log.read_text(errors='replace')[-2000:]}"
            raise NotReadyError(message)
        time.sleep(0.1)


def _postmaster(own: cluster.Cluster) -> int | None:
    if not cluster.is_running(own):
        return None
    try:
        return int((own.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _children(pid: int, word: str) -> list[int]:
    """Return the children of a process that this run started, those with a word in their command line (backends of our database)."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in path.read_text().split()]
    if word:
        found = [child for child in found if f" {DATABASE} " in _command_line(child)]
    return sorted(found)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
