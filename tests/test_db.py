"""Connections of the pool: one whose server is gone is replaced unseen, one that is fit is not asked."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from gridmgmt import db
from gridmgmt.db import make_engine


def _pid(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


@pytest.mark.parametrize("idle_s", [10.0, 0.0])
def test_a_connection_whose_server_ended_is_replaced(empty_url: str, monkeypatch: pytest.MonkeyPatch, idle_s: float) -> None:
    """Whether its end is seen on the socket or found by asking, who comes next notices nothing."""
    monkeypatch.setattr(db, "IDLE_S", idle_s)
    engine, other = make_engine(empty_url), make_engine(empty_url)
    first = _pid(engine)
    with other.connect() as killer:
        killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    assert _pid(engine) != first
    engine.dispose()
    other.dispose()


def test_what_a_connection_prepared_outlives_requests_that_read(empty_url: str) -> None:
    """Without a transaction there is no rollback, at which the driver would forget what it prepared."""
    engine = make_engine(empty_url)
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    for _ in range(4):
        with reading.connect() as connection:
            connection.execute(text("SELECT CAST(:one AS integer)"), {"one": 1})
    with reading.connect() as connection:
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%integer%'")).scalar_one()
    assert prepared == 1
    engine.dispose()
