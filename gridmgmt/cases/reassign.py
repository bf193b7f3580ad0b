"""Work out again who answers for open cases after boundaries, zones or appointments changed (重新归属)."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

from sqlalchemy.orm import Session

from gridmgmt.cases import reassign_store
from gridmgmt.cases.reassign_store import Reassigned

BATCH = 1_000


@dataclasses.dataclass(frozen=True)
class Batch:
    """One batch: how many open cases it looked at, the last of their ids, what differs, and how much of it was written."""

    looked_at: int
    last_id: int
    changes: tuple[Reassigned, ...]
    written: int = 0


def list_reassignments(session: Session, *, on: datetime.date, batch: int = BATCH) -> Iterator[Batch]:
    """Yield what would change for open cases if they were assigned anew on a day; nothing is locked or written."""
    after = 0
    while ids := reassign_store.list_open_ids(session, after=after, limit=batch, lock=False):
        after = ids[-1]
        yield Batch(len(ids), after, tuple(reassign_store.compare(session, ids, on=on)))


def reassign_batch(
    session: Session, after: int, *, on: datetime.date, now: datetime.datetime, actor: str, reason: str, channel: str = "command",
    batch: int = BATCH,
) -> Batch | None:  # fmt: skip
    """Assign the next open cases after an id anew; None when there are none left. Doing it again changes nothing.

    The cases are locked in the order of their ids and compared under the lock, so whoever acts on one at this moment waits or is seen.
    What was set by hand stays and is told in ``changes``.
    """
    ids = reassign_store.list_open_ids(session, after=after, limit=batch, lock=True)
    if not ids:
        return None
    changes = reassign_store.compare(session, ids, on=on)
    to_write = [each for each in changes if not each.kept]
    written = reassign_store.apply(session, to_write, now=now, actor=actor, reason=reason, channel=channel) if to_write else 0
    return Batch(len(ids), ids[-1], tuple(changes), written)
