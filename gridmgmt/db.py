"""Declarative base and the session factory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import psycopg
from psycopg import sql
from sqlalchemy import Engine, MetaData, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker


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
    """
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    options = "-c plan_cache_mode=force_generic_plan -c jit=off -c timezone=UTC"
    if not parallel:
        options += " -c max_parallel_workers_per_gather=0"
    return create_engine(
        url,
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={"options": options, "prepare_threshold": 1},
    )


def make_session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions that keep loaded values after commit; only doors commit."""
    return sessionmaker(engine, expire_on_commit=False)


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
