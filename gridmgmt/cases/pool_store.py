"""The pool of suspended cases (挂账问题库): why each waits, and when somebody has to look at it again."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases.model import SuspensionPool

# The state is written out, so that the partial index serves.
_SUSPENDED = text("""
SELECT case_file.case_no, case_file.unit_code, suspended.details ->> 'pool' AS pool, suspended.details ->> 'review_on' AS review_on,
    suspended.reason, suspended.at
FROM case_file
CROSS JOIN LATERAL (
    SELECT case_step.details, case_step.reason, case_step.at FROM case_step
    WHERE case_step.case_id = case_file.id AND case_step.action = 'suspend' ORDER BY case_step.seq DESC LIMIT 1
) AS suspended
WHERE case_file.state = 'suspended' AND (CAST(:pool AS text) IS NULL OR suspended.details ->> 'pool' = :pool)
    AND (CAST(:due_by AS text) IS NULL OR suspended.details ->> 'review_on' <= :due_by)
ORDER BY suspended.details ->> 'review_on', case_file.id
LIMIT :most
""")


@dataclasses.dataclass(frozen=True)
class SuspendedCase:
    """A case that waits: where, since when, why, and the day on which it is looked at again."""

    case_no: str
    unit_code: str | None
    pool: SuspensionPool
    review_on: datetime.date
    reason: str
    since: datetime.datetime


def list_suspended(
    session: Session, *, pool: SuspensionPool | None = None, due_by: datetime.date | None = None, limit: int = 200
) -> Sequence[SuspendedCase]:
    """Return suspended cases by the day of their review, those of one pool or to be reviewed by a day where asked."""
    values = {"pool": pool and pool.value, "due_by": due_by and due_by.isoformat(), "most": limit}
    return [
        SuspendedCase(row.case_no, row.unit_code, SuspensionPool(row.pool), datetime.date.fromisoformat(row.review_on), row.reason, row.at)
        for row in session.execute(_SUSPENDED, values)
    ]
