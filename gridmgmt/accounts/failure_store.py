"""Every statement about failed sign-ins (登录失败): whoever fails too often waits, longer each time."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Sequence

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.tables import SignInFailureRow

FORGOTTEN_AFTER = datetime.timedelta(hours=24)
LONGEST_WAIT = datetime.timedelta(minutes=30)
SHORTEST_WAIT = datetime.timedelta(seconds=30)


@dataclasses.dataclass(frozen=True)
class Counted:
    """Something failures are counted for, and how many are free before the wait begins."""

    key: str
    free: int


def counted(name: str, ip: str | None) -> tuple[Counted, ...]:
    """Return what failures of a sign-in count for: the name from this address, the name, the address.

    A name is kept as a hash, whether it exists or not, since people type passwords into the field for the name.
    """
    who = hashlib.sha256(name.strip().lower().encode()).hexdigest()[:32]
    return (Counted(f"both:{who}:{ip}", 5), Counted(f"name:{who}", 20), Counted(f"ip:{ip}", 50))


def wait_after(failures: int, free: int) -> datetime.timedelta:
    """Return how long to wait: nothing for the first ``free``, then twice as long each time up to half an hour."""
    if failures < free:
        return datetime.timedelta(0)
    doubled: int = 2 ** min(failures - free, 10)
    return min(SHORTEST_WAIT * doubled, LONGEST_WAIT)


def find_lock(session: Session, keys: Sequence[Counted], *, now: datetime.datetime) -> datetime.datetime | None:
    """Return until when signing in is locked, or None."""
    row = SignInFailureRow
    statement = select(func.max(row.locked_until)).where(row.key.in_([each.key for each in keys]), row.locked_until > now)
    return session.scalar(statement)


def count_failure(session: Session, keys: Sequence[Counted], *, now: datetime.datetime) -> None:
    """Count one more failure and lock what has failed too often; in the order of keys, so that two never wait for each other."""
    row = SignInFailureRow
    for each in sorted(keys, key=lambda entry: entry.key):
        fresh = case((row.failed_at < now - FORGOTTEN_AFTER, 1), else_=row.failures + 1)
        statement = insert(row).values(key=each.key, failures=1, failed_at=now)
        statement = statement.on_conflict_do_update(index_elements=["key"], set_={"failures": fresh, "failed_at": now})
        failures = session.execute(statement.returning(row.failures)).scalar_one()
        wait = wait_after(failures, each.free)
        if wait:
            session.execute(update(row).where(row.key == each.key).values(locked_until=now + wait))


def forget_failures(session: Session, keys: Sequence[Counted]) -> None:
    """Forget the failures of who has signed in."""
    session.execute(delete(SignInFailureRow).where(SignInFailureRow.key.in_([each.key for each in keys if not each.key.startswith("ip:")])))


def unlock(session: Session, name: str) -> int:
    """Forget every failure under a name; return how many places it was counted at."""
    of_name, by_name, _ = counted(name, None)
    prefix = of_name.key.rsplit(":", 1)[0] + ":"
    row = SignInFailureRow
    gone = delete(row).where((row.key == by_name.key) | row.key.startswith(prefix, autoescape=True)).returning(row.key)
    return len(session.scalars(gone).all())


def clean_up(session: Session, *, now: datetime.datetime) -> int:
    """Forget what failed long ago; return how many."""
    row = SignInFailureRow
    return len(session.scalars(delete(row).where(row.failed_at < now - FORGOTTEN_AFTER).returning(row.key)).all())
