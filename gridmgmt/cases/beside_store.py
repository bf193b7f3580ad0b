"""What may stand beside a case, looked up in one statement: most cases have none of it, and what is not there need not be asked for."""

from __future__ import annotations

import dataclasses

from sqlalchemy import exists, literal, or_, select
from sqlalchemy.orm import Session

from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.follow_store import Satisfaction
from gridmgmt.cases.model import Case
from gridmgmt.cases.tables import CasePhotoRow, CaseRow, ReporterContactRow, SatisfactionRow


@dataclasses.dataclass(frozen=True)
class Beside:
    """How to reach who reported, what they say of how it was handled, whether other cases belong to this one, whether photos may."""

    contact: Contact | None
    satisfaction: Satisfaction | None
    has_kin: bool
    has_photos: bool


def find_beside(session: Session, case: Case) -> Beside:
    """Return what stands beside a case; photos of its kin count as its own."""
    one, reached, said = select(literal(1)).subquery(), ReporterContactRow, SatisfactionRow
    kin = exists().where(or_(CaseRow.parent_id == case.id, CaseRow.merged_into_id == case.id))
    photos = exists().where(CasePhotoRow.case_id == case.id)
    statement = (
        select(reached, said, kin.label("kin"), photos.label("photos"))
        .select_from(one)
        .outerjoin(reached, reached.report_id == case.report_id)
        .outerjoin(said, said.case_id == case.id)
    )
    contact, answer, has_kin, has_photos = session.execute(statement).one()
    has_kin = has_kin or case.parent_id is not None or case.merged_into_id is not None
    return Beside(
        Contact(contact.name, contact.phone, contact.email, contact.wants_answer) if contact else None,
        Satisfaction(answer.satisfied, answer.comment, answer.answered_at) if answer else None, has_kin, has_photos or has_kin,
    )  # fmt: skip
