"""A Dask scheduler and workers as processes of their own, on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from distributed import Client

from gridmgmt.cli.session import ROOT

PATIENCE_S = 60.0
SETTINGS = {  # as docs/scale.md advises
    "DASK_DISTRIBUTED__ADMIN__TICK__INTERVAL": "1s",
    "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}
Process = subprocess.Popen[bytes]


@contextlib.contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[Process]]]:
    """Run a scheduler and so many workers of one thread each; yield the scheduler's address and the workers once all are there."""
    told = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            _process(
                folder / "scheduler.log", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)
            )
        )
        own = [
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--memory-limit",
            "0",
            "--local-directory",
            str(folder / "space"),
        ]
        _wait(lambda: told.exists() and told.read_text().strip())
        address = str(json.loads(told.read_text())["address"])
        running = [stack.enter_context(_process(folder / f"worker-{number}.log", "worker", address, *own)) for number in range(workers)]
        if workers:
            with Client(address, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=PATIENCE_S)
        yield address, running


@contextlib.contextmanager
def _process(log: Path, *arguments: str) -> Iterator[Process]:
    command = [sys.executable, "-m", "dask", *arguments]
    environ = {**os.environ, **SETTINGS, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as words:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=words, stderr=words)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            message = "Dask did not start"
            raise TimeoutError(message)
        time.sleep(0.05)
