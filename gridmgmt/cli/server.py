"""The web server and the worker as processes in the background, known by their pid files, never by their names."""

from __future__ import annotations

import dataclasses
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from gridmgmt.cli.session import ROOT
from gridmgmt.errors import NotReadyError

HEALTH = "/health"
PATIENCE_S = 60.0
THREADS = 8  # of each process


@dataclasses.dataclass(frozen=True)
class Server:
    """Where a process in the background leaves its number and its log; ``word`` is one its command line holds."""

    pid_file: Path
    log: Path
    word: str = "app:app"


def open_server(var_dir: Path) -> Server:
    """Describe the server of a folder for what the machine writes."""
    return Server(var_dir / "server.pid", var_dir / "server.log")


def open_worker(var_dir: Path) -> Server:
    """Describe the worker of a folder for what the machine writes."""
    return Server(var_dir / "worker.pid", var_dir / "worker.log", word="worker")


def command(host: str, port: int, workers: int) -> list[str]:
    """Return the command line of the server."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    # Loaded once before the processes are made: one that dies is replaced at once, and they share what was loaded.
    options = ["--workers", str(workers), "--preload", "--worker-tmp-dir", "/dev/shm"]  # noqa: S108 - heartbeat files belong in memory
    # A photo comes slowly from a phone: it keeps one thread, not a whole process, from answering others.
    options += ["--worker-class", "gthread", "--threads", str(THREADS)]
    options += ["--config", "python:gridmgmt.web.process"]
    return [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", bind, *options, "app:app"]


def worker_command(*, beside: int | None = None) -> list[str]:
    """Return the command line of the worker; one ``beside`` a process stops when that is gone."""
    return [sys.executable, "-m", "gridmgmt", "worker", *(["--beside", str(beside)] if beside is not None else [])]


def address(host: str, port: int) -> str:
    """Return what to type into a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def start(server: Server, arguments: list[str], environ: Mapping[str, str], *, host: str, port: int) -> str:
    """Start the server in the background and wait until it is healthy; return its address.

    Raises NotReadyError with the end of its log when it dies or is not healthy within a minute.
    """
    process = start_process(server, arguments, environ, mark=arguments[4])
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        if is_healthy(host, port):
            return address(host, port)
        time.sleep(0.1)
    stop(server)
    words = "\n".join(server.log.read_text(errors="replace").splitlines()[-20:])
    message = f"the server did not become healthy; the end of {server.log}:\n{words}"
    raise NotReadyError(message, zh=f"服务器未能正常启动；日志 {server.log} 末尾：\n{words}")


def start_process(server: Server, arguments: list[str], environ: Mapping[str, str], *, mark: str) -> subprocess.Popen[bytes]:
    """Start a process in the background; ``mark`` is a word of its command line by which it is known beside ``word``."""
    server.pid_file.parent.mkdir(parents=True, exist_ok=True)
    with server.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            arguments, cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    server.pid_file.write_text(f"{process.pid}\n{mark}\n")
    deadline = time.monotonic() + PATIENCE_S
    while find_pid(server) is None and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)  # for a moment after its start a process has no command line to be known by
    return process


def is_healthy(host: str, port: int) -> bool:
    """Say whether the server answers its health check with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def find_pid(server: Server) -> int | None:
    """Return the number of our running server; a process that only inherited the number is not ours."""
    try:
        pid, mark = server.pid_file.read_text().split()
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        ours = Path(f"/proc/{pid}/cwd").resolve(strict=True) == ROOT
    except (OSError, ValueError):
        return None
    return int(pid) if ours and mark in words and server.word in words else None


def stop(server: Server) -> bool:
    """Stop our server or worker if it runs, letting it finish what it has in hand; say whether it ran."""
    pid = find_pid(server)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        while find_pid(server) == pid and time.monotonic() < deadline:
            time.sleep(0.05)
            _reap(pid)
        if find_pid(server) == pid:
            os.kill(pid, signal.SIGKILL)
    server.pid_file.unlink(missing_ok=True)
    return pid is not None


def _reap(pid: int) -> None:
    """Collect a server that this very process started, so that it does not linger as a zombie."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
