"""Which classes are reported most often: what a picker offers first."""

from __future__ import annotations

import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.scope_store import visible_to
from gridmgmt.cases.tables import CaseRow


def list_frequent_classes(session: Session, scope: Scope, *, since: datetime.datetime, limit: int) -> list[tuple[str, str]]:
    """Return (kind, class code) of the cases of a scope opened since an instant, the most frequent first, then by code."""
    statement = (
        select(CaseRow.kind, CaseRow.class_code)
        .where(visible_to(scope), CaseRow.opened_at >= since, CaseRow.class_code.is_not(None))
        .group_by(CaseRow.kind, CaseRow.class_code)
        .order_by(func.count().desc(), CaseRow.kind, CaseRow.class_code)
        .limit(limit)
    )
    return [(str(row[0]), str(row[1])) for row in session.execute(statement)]
