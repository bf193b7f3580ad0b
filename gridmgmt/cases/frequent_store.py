"""Which classes are reported most often: what a picker offers first."""

from __future__ import annotations

import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.filter_store import opened_since
from gridmgmt.cases.scope_store import in_both_halves, parts_of
from gridmgmt.cases.tables import CaseRow


def list_frequent_classes(session: Session, scope: Scope, *, since: datetime.datetime, limit: int) -> list[tuple[str, str]]:
    """Return (kind, class code) of the cases of a scope opened since an instant, the most frequent first, then by code."""
    seen = or_(*map(in_both_halves, parts_of(scope)))
    statement = (
        select(CaseRow.kind, CaseRow.class_code)
        .where(seen, CaseRow.opened_at >= since, opened_since(since), CaseRow.class_code.is_not(None))
        .group_by(CaseRow.kind, CaseRow.class_code)
        .order_by(func.count().desc(), CaseRow.kind, CaseRow.class_code)
        .limit(limit)
    )
    return [(str(row[0]), str(row[1])) for row in session.execute(statement)]
