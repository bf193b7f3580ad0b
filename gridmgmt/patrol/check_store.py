"""Every statement about checks of frontages: appended, never edited."""

from __future__ import annotations

import datetime

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.patrol.model import FrontageCheck, NewCheck
from gridmgmt.patrol.tables import FrontageCheckPhotoRow, FrontageCheckRow
from gridmgmt.roads.tables import PersonRow


def add_check(
    session: Session, frontage_id: int, check: NewCheck, *, at: datetime.datetime, actor: str, person_id: int | None
) -> int | None:
    """Append a check with its photos; return its id, or None when this request was received before."""
    statement = (
        insert(FrontageCheckRow)
        .values(
            frontage_id=frontage_id, checked_at=at, actor=actor, person_id=person_id, sanitation=check.sanitation, greenery=check.greenery,
            public_order=check.public_order, note=check.note, client_request_id=check.client_request_id,
        )
        .on_conflict_do_nothing(index_elements=["client_request_id"])
    )  # fmt: skip
    check_id = session.scalar(statement.returning(FrontageCheckRow.id))
    if check_id is not None and check.photos:
        rows = [{"check_id": check_id, "photo": sha} for sha in dict.fromkeys(check.photos)]
        session.execute(plain_insert(FrontageCheckPhotoRow), rows)
    return check_id


def find_frontage_of_request(session: Session, client_request_id: str) -> int | None:
    """Return the frontage a request was about when it was received before, or None."""
    return session.scalar(select(FrontageCheckRow.frontage_id).where(FrontageCheckRow.client_request_id == client_request_id))


def list_checks(session: Session, frontage_id: int, *, limit: int = 50) -> list[FrontageCheck]:
    """Return the checks of a frontage, newest first."""
    row = FrontageCheckRow
    rows = session.execute(
        select(row, PersonRow.name)
        .outerjoin(PersonRow, PersonRow.id == row.person_id)
        .where(row.frontage_id == frontage_id)
        .order_by(row.checked_at.desc(), row.id.desc())
        .limit(limit)
    ).all()
    photos = _photos(session, [found[0].id for found in rows])
    return [
        FrontageCheck(
            check.id, check.checked_at, check.actor, name, check.sanitation, check.greenery, check.public_order, check.passed, check.note,
            tuple(photos.get(check.id, ())),
        )
        for check, name in rows
    ]  # fmt: skip


def _photos(session: Session, check_ids: list[int]) -> dict[int, list[str]]:
    row = FrontageCheckPhotoRow
    found: dict[int, list[str]] = {}
    for check_id, photo in session.execute(select(row.check_id, row.photo).where(row.check_id.in_(check_ids)).order_by(row.photo)):
        found.setdefault(check_id, []).append(photo)
    return found
