"""Declarative base and the session factory."""

from __future__ import annotations

import datetime
import functools
import select
import time
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import ColumnElement, Engine, MetaData, and_, create_engine, event, or_
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

USED = "used"
POOLER = "pgbouncer"  # in the address of a database
IDLE_S = 10.0  # after so long a connection may be lost without a word


class Base(DeclarativeBase):
    """Base of every table; constraint names are predictable so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def make_engine(database_url: str, *, pool_size: int = 5, parallel: bool = True) -> Engine:
    """Open a pool on a PostGIS database; any ``postgresql://`` URL is taken, the driver is psycopg 3.

    Planning one spatial statement costs more than running it, so every session asks for generic plans and for no compiled ones.
    Without ``parallel`` a statement keeps to one core: starting a worker costs more than drawing a tile.
    ``?pgbouncer=true`` says that a pooler in transaction mode answers: nothing is prepared and no session asks for anything, for the next
    transaction may be another session's; what ours ask for is to be set for the account (``docs/scale.md``).
    """
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    pooled = url.query.get(POOLER) == "true"
    options = "-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC"
    if not parallel:
        options += " -c max_parallel_workers_per_gather=0"
    engine = create_engine(
        url.difference_update_query([POOLER]),
        pool_size=pool_size,
        pool_use_lifo=True,  # the connection used last has the most prepared
        connect_args={"prepare_threshold": None} if pooled else {"options": options, "prepare_threshold": 1},
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", functools.partial(_refuse_dead, engine.dialect))
    return engine


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _refuse_dead(dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Let the pool replace a connection whose server is gone.

    A server that ends says so on the socket, which costs nothing to look at; only what lay idle for long is asked.
    """
    used = record.info.get(USED)
    if used is None or not isinstance(connection, psycopg.Connection):  # just opened
        return
    if not connection.closed and time.monotonic() - used < IDLE_S and not select.select([connection.fileno()], [], [], 0)[0]:
        return
    try:
        dialect.do_ping(connection)
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from error


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions that keep loaded values after commit; only doors commit."""
    return sessionmaker(engine, expire_on_commit=False)


def valid_on(row: Any, on: datetime.date) -> ColumnElement[bool]:  # noqa: ANN401 - any table with these two columns, or its alias
    """Return the condition that a row is valid on a day; the day ``valid_to`` is the first on which it is not."""
    return and_(row.valid_from <= on, or_(row.valid_to.is_(None), row.valid_to > on))


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Stream rows into a table with COPY, inside the session's transaction; return how many there were.

    Geometries go in as hex EWKB text: ``shapely.to_wkb(shapely.set_srid(shape, srid), hex=True, include_srid=True)``.
    """
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        message = "COPY needs psycopg 3"
        raise TypeError(message)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
