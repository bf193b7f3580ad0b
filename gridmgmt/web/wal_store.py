"""Every statement about how far a database has come: where the primary's log ends, up to where a replica has replayed it."""

from __future__ import annotations

from sqlalchemy import Engine, text

_WRITTEN = text("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
_REPLAYED = text("SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END")


def written_up_to(primary: Engine) -> int:
    """Return the byte of the log before which everything lies that anybody can have seen so far."""
    with primary.connect() as connection:
        return int(connection.execute(_WRITTEN).scalar_one())


def replayed_up_to(replica: Engine) -> int | None:
    """Return the byte of the primary's log up to which the replica answers; None when it is no replica any more."""
    with replica.connect() as connection:
        found: int | None = connection.execute(_REPLAYED).scalar_one()
    return found
