"""What a request gets from outside: the database, the city, the clock."""

from __future__ import annotations

import contextlib
import datetime
import math
from collections.abc import Iterator

from flask import current_app, g
from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile
from gridmgmt.city.store import get_profile
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.settings import Settings
from gridmgmt.web.kept import Kept
from gridmgmt.web.reading import may_read, note_write
from gridmgmt.web.replica import Replica
from gridmgmt.web.tile_cache import TileCache

CONNECTIONS = 10  # kept open: one for each thread of a process, and some; one beyond them would begin with nothing prepared


def utc_now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


class Door:
    """One per application: the pool of connections and the city's profile, read at the first request."""

    def __init__(self, settings: Settings) -> None:
        """Open the pool; it connects when first used."""
        self.settings = settings
        self.engine = make_engine(settings.database_url, pool_size=CONNECTIONS, parallel=False)
        self.sessions = make_session_factory(self.engine)
        # Most requests only read: without a transaction they save two trips, and what the connection has prepared survives them,
        # because the driver forgets it at every rollback.
        self.reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.replica = self._open_replica()
        self.tiles = TileCache()
        self.kept = Kept()
        self.figures = Kept(math.inf)  # by keys that carry the version of the data
        self.clock = utc_now
        self._profile: CityProfile | None = None

    def _open_replica(self) -> Replica | None:
        url, lag_s = self.settings.replica_url, self.settings.replica_lag_s
        return Replica(self.engine, url, longest_lag_s=lag_s, pool_size=CONNECTIONS) if url else None

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()
        if self.replica is not None:
            self.replica.close()

    def profile(self, opened: Session) -> CityProfile:
        """Return the city's profile; raise NotReadyError until there is one."""
        if self._profile is None:
            self._profile = get_profile(opened)
        return self._profile


def door() -> Door:
    """Return the door of the application that answers."""
    opened = current_app.extensions["door"]
    if not isinstance(opened, Door):
        message = "the application was not made by create_app"
        raise TypeError(message)
    return opened


def session() -> Session:
    """Return the one session of this request; it only reads, every statement what holds at its time (see ``transaction``)."""
    if "session" not in g:
        replica = door().replica
        g.from_replica = replica is not None and may_read(replica)
        g.session = door().sessions(bind=replica.reading if replica is not None and g.from_replica else door().reading)
    opened: Session = g.session
    return opened


@contextlib.contextmanager
def counting_session() -> Iterator[Session]:
    """Give a session for what is counted at once, whatever becomes of the request: this request's own, unless that is at a replica."""
    opened = session()
    if not g.from_replica:
        yield opened
        return
    with door().sessions(bind=door().reading) as beside:
        yield beside


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """Write in this request's session: committed when the block ends, rolled back when it raises."""
    opened = held_session()
    note_write()
    try:
        yield opened
        opened.commit()
    except BaseException:
        opened.rollback()
        raise
    finally:
        opened.bind = door().reading


def held_session() -> Session:
    """Return this request's session in a transaction, to write or to read what is sent while it is read: a cursor lives in one."""
    opened = session()
    opened.commit()  # gives back the connection that was read from
    opened.bind = door().engine
    g.from_replica = False
    return opened


def close_session(_error: BaseException | None) -> None:
    """Give the connection back at the end of a request."""
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()


def profile() -> CityProfile:
    """Return the city's profile."""
    return door().profile(session())


def now() -> datetime.datetime:
    """Return the time of this request."""
    return door().clock()


def today() -> datetime.date:
    """Return the city's day."""
    return profile().day_of(now())
