"""Every statement about how often somebody may ask (限流), shared by all workers of all machines."""

from __future__ import annotations

import dataclasses
import datetime
import math

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.tables import RateRow


@dataclasses.dataclass(frozen=True)
class Rate:
    """One request every so many seconds in the long run, and ``burst`` at once."""

    every_s: float
    burst: int


def take_turn(session: Session, key: str, rate: Rate, *, now: datetime.datetime) -> int:
    """Count one more request; return 0 when it is in time, else after how many seconds to ask again (then nothing is counted).

    One statement: whoever asks at the same moment waits for the row, so the limit holds for any number of workers.
    """
    every = datetime.timedelta(seconds=rate.every_s)
    row = RateRow
    counted = func.greatest(row.due_at, now) + every
    statement = insert(row).values(key=key, due_at=now + every)
    statement = statement.on_conflict_do_update(index_elements=["key"], set_={"due_at": counted}, where=counted <= now + every * rate.burst)
    if session.execute(statement.returning(row.due_at)).scalar_one_or_none() is not None:
        return 0
    due_at = session.scalar(select(row.due_at).where(row.key == key)) or now
    return max(1, math.ceil((due_at + every - now - every * rate.burst).total_seconds()))


def clean_up(session: Session, *, now: datetime.datetime) -> int:
    """Forget who has not asked for as long as any limit looks back; return how many."""
    return len(session.scalars(delete(RateRow).where(RateRow.due_at < now).returning(RateRow.key)).all())
