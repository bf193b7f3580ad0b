"""How far a run of re-assigning came: kept while it lasts, so that one that broke off goes on where it stopped."""

from __future__ import annotations

import dataclasses
import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError

_FORGET = text("DELETE FROM reassign_run WHERE on_day = :on_day AND rules <> :rules")
_OPEN = text("INSERT INTO reassign_run (on_day, rules, last_id, looked_at, changed, started_at) VALUES (:on_day, :rules, 0, 0, 0, :now) "
             "ON CONFLICT (on_day) DO NOTHING")  # fmt: skip
_FIND = text("SELECT on_day, rules, last_id, looked_at, changed, started_at FROM reassign_run WHERE on_day = :on_day")
_ADVANCE = text("""
UPDATE reassign_run SET last_id = :last_id, looked_at = :looked_at, changed = :changed
WHERE on_day = :on_day AND rules = :rules AND last_id = :known RETURNING on_day""")
_END = text("DELETE FROM reassign_run WHERE on_day = :on_day AND rules = :rules")


@dataclasses.dataclass(frozen=True)
class ReassignRun:
    """A run for a day under rules (a fingerprint of all that decides): every open case up to ``last_id`` is done."""

    on_day: datetime.date
    rules: str
    last_id: int
    looked_at: int
    changed: int
    started_at: datetime.datetime


def open_run(session: Session, *, on: datetime.date, rules: str, now: datetime.datetime) -> ReassignRun:
    """Return the run of a day that broke off, or begin one; where the rules changed since, what was done counts for nothing."""
    values = {"on_day": on, "rules": rules, "now": now}
    session.execute(_FORGET, values)
    session.execute(_OPEN, values)
    return ReassignRun(**session.execute(_FIND, values).mappings().one())


def advance(session: Session, run: ReassignRun, *, last_id: int, looked_at: int, changed: int) -> ReassignRun:
    """Note that the cases up to an id are done; raise ConflictError when another process has moved the run meanwhile."""
    after = dataclasses.replace(run, last_id=last_id, looked_at=run.looked_at + looked_at, changed=run.changed + changed)
    if session.execute(_ADVANCE, dataclasses.asdict(after) | {"known": run.last_id}).one_or_none() is None:
        message = f"another process is re-assigning as of {run.on_day} at this moment"
        raise ConflictError(message, zh=f"另一进程正在按 {run.on_day} 重新归属")
    return after


def end(session: Session, run: ReassignRun) -> None:
    """Forget a run that is over."""
    session.execute(_END, {"on_day": run.on_day, "rules": run.rules})
