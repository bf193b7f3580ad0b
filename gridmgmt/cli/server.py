"""The web server as a process: gunicorn in the background, known by its pid file, never by its name."""

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


@dataclasses.dataclass(frozen=True)
class Server:
    """Where a server in the background leaves its number and its log."""

    pid_file: Path
    log: Path


def open_server(var_dir: Path) -> Server:
    """Describe the server of a folder for what the machine writes."""
    return Server(var_dir / "server.pid", var_dir / "server.log")


def command(host: str, port: int, workers: int) -> list[str]:
    """Return the command line of the server."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [sys.executable, "-m", "gunicorn", "--bind", bind, "--workers", str(workers), "--worker-tmp-dir", "/dev/shm", "app:app"]  # noqa: S108 - heartbeat files belong in memory


def address(host: str, port: int) -> str:
    """Return what to type into a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def start(server: Server, arguments: list[str], environ: Mapping[str, str], *, host: str, port: int) -> str:
    """Start the server in the background and wait until it is healthy; return its address.

    Raises NotReadyError with the end of its log when it dies or is not healthy within a minute.
    """
    server.pid_file.parent.mkdir(parents=True, exist_ok=True)
    with server.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            arguments, cwd=ROOT, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    server.pid_file.write_text(f"{process.pid}\n{arguments[4]}\n")
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        if is_healthy(host, port):
            return address(host, port)
        time.sleep(0.1)
    stop(server)
    words = "\n".join(server.log.read_text(errors="replace").splitlines()[-20:])
    message = f"the server did not become healthy; the end of {server.log}:\n{words}"
    raise NotReadyError(message, zh=f"服务器未能正常启动;日志 {server.log} 末尾:\n{words}")


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
        pid, bind = server.pid_file.read_text().split()
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        ours = Path(f"/proc/{pid}/cwd").resolve(strict=True) == ROOT
    except (OSError, ValueError):
        return None
    return int(pid) if ours and bind in words and "app:app" in words else None


def stop(server: Server) -> bool:
    """Stop our server if it runs, letting open requests finish; say whether it ran."""
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
