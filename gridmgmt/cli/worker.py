"""``gridmgmt worker``: sends messages, looks at deadlines, cleans up; beside the server, or on its own."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from types import FrameType

import click

from gridmgmt.cli import session
from gridmgmt.cli.language import say
from gridmgmt.cli.worker_jobs import jobs
from gridmgmt.cli.worker_loop import Worker
from gridmgmt.cli.worker_siting import watch_siting
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.messages.mail import read_mail_server
from gridmgmt.messages.send import Ways
from gridmgmt.messages.webhook import Endpoint
from gridmgmt.settings import Settings

LOOK_S = 1.0


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now and stop.")
@click.option("--beside", type=int, help="Stop when the process with this number, which started the worker, is gone.")
def worker(*, once: bool, beside: int | None) -> None:
    """Deliver messages, look at deadlines and clean up, until SIGTERM; several workers may run at once."""
    settings = session.settings()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    engine = make_engine(settings.database_url, parallel=False)
    own = Worker(make_session_factory(engine), ways(settings), jobs(settings))
    try:
        if once:
            own.drain()
            say("到期的工作已做完", "what was due is done")
        else:
            _stop_on_signal(own.stop)
            if beside is not None:
                threading.Thread(target=_watch, args=(beside, own.stop), daemon=True).start()
            logging.getLogger("gridmgmt.worker").info("the worker runs (%d)", os.getpid())
            environ = {**os.environ, "GRIDMGMT_DATABASE_URL": settings.database_url}
            siting = threading.Thread(target=watch_siting, args=(own.sessions, environ, own.stop))
            siting.start()
            own.run()
            siting.join()
    finally:
        engine.dispose()


def ways(settings: Settings) -> Ways:
    """Return the ways out of the house that the settings name."""
    endpoints = {code: Endpoint(url, secret) for code, (url, secret) in settings.webhooks.items()}
    mail = read_mail_server(settings.smtp_url, settings.mail_from)
    return Ways(mail, endpoints, settings.public_url, settings.private_webhooks)


def _stop_on_signal(stop: threading.Event) -> None:
    def told(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)


def _watch(parent: int, stop: threading.Event) -> None:
    """Set ``stop`` when our parent is another than at the start: the server died, however it died."""
    while os.getppid() == parent and not stop.wait(LOOK_S):
        pass
    stop.set()
