"""How the worker sees to siting jobs: a process of its own for each, so that hours of computing and its memory stay out of the worker."""

from __future__ import annotations

import datetime
import logging
import subprocess
import sys
import threading
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cli.worker_loop import PATIENCE_S
from gridmgmt.siting import job_store, preparation_store

LOOK_S = 2.0
END_S = 15.0  # for a job to hand back its lease

log = logging.getLogger("gridmgmt.worker")


def watch_siting(sessions: sessionmaker[Session], environ: Mapping[str, str], stop: threading.Event) -> None:
    """Start what is due, one set or job at a time, until told to stop; the job in hand then gives its lease back and goes on elsewhere later."""
    running: subprocess.Popen[bytes] | None = None
    while not stop.is_set():
        if running is not None and running.poll() is not None:
            _close(running)
            running = None
        if running is None:
            due = _find_due(sessions, stop)
            if due is not None:
                log.info("siting %s %d", *due)
                command = [sys.executable, "-m", "gridmgmt", "siting", due[0], str(due[1])]
                running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=dict(environ))  # noqa: S603 - our own interpreter
        stop.wait(LOOK_S)
    if running is not None:
        _close(running)


def _find_due(sessions: sessionmaker[Session], stop: threading.Event) -> tuple[str, int] | None:
    """Return the command and the number of what is to be done: sets before plans, which take longer."""
    now = datetime.datetime.now(datetime.UTC)
    try:
        with sessions() as session:
            asked = preparation_store.find_due(session, now=now)
            if asked is not None:
                return "prepare-asked", asked
            number = job_store.find_due(session, now=now)
            return None if number is None else ("run", number)
    except SQLAlchemyError as error:  # the database is away or restarts
        log.warning("database: %s", str(error).splitlines()[0])
        stop.wait(PATIENCE_S)
        return None


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close its input, which tells it to stop, and wait for it; one that does not listen is killed and its lease runs out."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
