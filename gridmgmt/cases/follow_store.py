"""Statements of following a case: where it went, and what the public says of it when it is over (满意度), once and for good."""

from __future__ import annotations

import dataclasses
import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.cases.model import Case
from gridmgmt.cases.store import case_of
from gridmgmt.cases.tables import CaseRow, SatisfactionRow


@dataclasses.dataclass(frozen=True)
class Satisfaction:
    """What who reported says of how it was handled."""

    satisfied: bool
    comment: str
    answered_at: datetime.datetime


def add_answer(session: Session, case_id: int, answer: Satisfaction) -> bool:
    """Keep an answer; False when there is one already, which stays."""
    statement = insert(SatisfactionRow).values(case_id=case_id, **dataclasses.asdict(answer)).on_conflict_do_nothing()
    return session.scalar(statement.returning(SatisfactionRow.case_id)) is not None


def find_answer(session: Session, case_id: int) -> Satisfaction | None:
    """Return what was said of a case, or None."""
    row = session.scalar(select(SatisfactionRow).where(SatisfactionRow.case_id == case_id))
    return Satisfaction(row.satisfied, row.comment, row.answered_at) if row else None


def get_case(session: Session, case_id: int) -> Case:
    """Return a case that another one names."""
    return case_of(session.scalars(select(CaseRow).where(CaseRow.id == case_id)).one())
