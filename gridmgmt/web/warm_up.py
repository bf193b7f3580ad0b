"""What a process does before anybody waits for it: opens its connections and lets each look once at what every page reads.

The first look at the monthly tables costs a connection a tenth of a second, and a process that opens one connection after the other while
people ask is slow just when many ask.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import threading

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases import list_store, store
from gridmgmt.cases.list_model import EVERY_CASE, CaseFilter
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.city.model import Level
from gridmgmt.errors import GridError
from gridmgmt.web.door import Door

# Somebody who sees nothing: the statements are those of the pages, the answers empty.
NOBODY = Scope(areas=((Level.DISTRICT, "-"),), actor="-")
LOG = logging.getLogger(__name__)


def start(app: Flask, connections: int) -> threading.Thread:
    """Warm up so many connections beside the first requests; return the thread."""
    thread = threading.Thread(target=warm_up, args=(app.extensions["door"], connections), name="warm-up", daemon=True)
    thread.start()
    return thread


def warm_up(door: Door, connections: int) -> int:
    """Open connections and look once with each; return how many are warm. A database that is away is for the first request to tell."""
    warm = 0
    with contextlib.ExitStack() as held, contextlib.suppress(SQLAlchemyError, GridError):
        for _ in range(connections):
            look(held.enter_context(door.sessions(bind=door.reading)), door.clock())
            warm += 1
    LOG.info("%d of %d connections are warm", warm, connections)
    return warm


def look(session: Session, now: datetime.datetime) -> None:
    """Ask what lists and pages of cases ask."""
    for wanted in (EVERY_CASE, CaseFilter(states=OPEN_STATES)):
        list_store.list_page(session, NOBODY, wanted, now=now, limit=1)
    list_store.count_by_state(session, NOBODY, CaseFilter(states=OPEN_STATES), now=now)
    list_store.find_visible(session, NOBODY, f"{now:%Y%m%d}-00000000")
    store.list_steps(session, 0)
