"""Statements about how to reach who reported: kept apart from the report, deleted when its time is over."""

from __future__ import annotations

import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.tables import CaseRow, CaseStepRow, ReporterContactRow
from gridmgmt.cases.workflow import FINAL_STATES


def add_contact(session: Session, report_id: int, contact: Contact) -> None:
    """Keep how to reach who made a report."""
    values = {"name": contact.name, "phone": contact.phone, "email": contact.email, "wants_answer": contact.wants_answer}
    session.execute(insert(ReporterContactRow).values(report_id=report_id, **values))


def find_contact(session: Session, report_id: int) -> Contact | None:
    """Return how to reach who made a report; None when they did not say or it was deleted."""
    row = session.scalar(select(ReporterContactRow).where(ReporterContactRow.report_id == report_id))
    return Contact(row.name, row.phone, row.email, row.wants_answer) if row else None


def count_due(session: Session, closed_before: datetime.datetime) -> int:
    """Return of how many reports the contact may not be kept any longer."""
    return session.scalar(select(func.count()).select_from(ReporterContactRow).where(_is_due(closed_before))) or 0


def delete_due(session: Session, closed_before: datetime.datetime) -> int:
    """Delete the contacts that may not be kept any longer; return how many."""
    gone = session.scalars(delete(ReporterContactRow).where(_is_due(closed_before)).returning(ReporterContactRow.report_id))
    return len(gone.all())


def _is_due(closed_before: datetime.datetime) -> ColumnElement[bool]:
    """Return the condition that the report's case, and the one it was merged into, are over and nothing happened since that day."""
    own, target = aliased(CaseRow), aliased(CaseRow)
    final = [state.value for state in FINAL_STATES]

    def goes_on(case: type[CaseRow]) -> ColumnElement[bool]:
        since = exists().where(CaseStepRow.case_id == case.id, CaseStepRow.seq == case.version, CaseStepRow.at >= closed_before)
        return or_(case.state.not_in(final), since)

    merged = exists().where(target.id == own.merged_into_id, goes_on(target))
    return ~exists().where(own.id == ReporterContactRow.report_id, or_(goes_on(own), merged))  # a report's own case has its id
