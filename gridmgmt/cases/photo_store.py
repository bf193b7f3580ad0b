"""Statements about the photos of cases: bound to a step in its transaction, listed, shown to who sees the case."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.model import Case, CaseAction
from gridmgmt.cases.photo_model import CasePhoto, GivenPhoto
from gridmgmt.cases.scope_store import visible_to
from gridmgmt.cases.tables import CasePhotoRow, CaseRow, CaseStepRow, PhotoDemandRow
from gridmgmt.photos import store as photo_store
from gridmgmt.photos.model import Evidence, PhotoRole
from gridmgmt.photos.tables import PhotoRow


def bind_photos(session: Session, case_id: int, seq: int, given: Sequence[GivenPhoto], *, now: datetime.datetime) -> None:
    """Bind photos to a step of a case, in their order; raise InvalidInputError for one that was never taken in."""
    if not given:
        return
    photo_store.keep_photos(session, {photo.sha256 for photo in given}, now=now)
    rows = [
        {"case_id": case_id, "seq": seq, "no": no, "sha256": photo.sha256, "role": photo.role.value, "caption": photo.caption}
        for no, photo in enumerate(given, 1)
    ]
    session.execute(insert(CasePhotoRow), rows)


def list_photos(session: Session, case: Case) -> list[CasePhoto]:
    """Return the photos of a case in the order of its steps, with those of the case it is a part of and of duplicates merged into it."""
    family = [case.id, *session.scalars(select(CaseRow.id).where(CaseRow.merged_into_id == case.id))]
    if case.parent_id is not None:
        family.append(case.parent_id)
    statement = (
        select(CasePhotoRow, CaseRow.case_no, CaseStepRow.at, CaseStepRow.actor, PhotoRow.lon, PhotoRow.lat, PhotoRow.taken_at)
        .join(CaseRow, CaseRow.id == CasePhotoRow.case_id)
        .join(CaseStepRow, (CaseStepRow.case_id == CasePhotoRow.case_id) & (CaseStepRow.seq == CasePhotoRow.seq))
        .join(PhotoRow, PhotoRow.sha256 == CasePhotoRow.sha256)
        .where(CasePhotoRow.case_id.in_(family))
        .order_by(CaseStepRow.at, CasePhotoRow.case_id, CasePhotoRow.seq, CasePhotoRow.no)
    )
    return [
        CasePhoto(case_no, row.seq, GivenPhoto(row.sha256, PhotoRole(row.role), row.caption), at, actor, Evidence(lon, lat, taken_at))
        for row, case_no, at, actor, lon, lat, taken_at in session.execute(statement)
    ]


def is_visible(session: Session, scope: Scope, sha256: str) -> bool:
    """Say whether a photo belongs to a case in the scope, to the whole such a case is a part of, or to a duplicate merged into it."""
    holders = select(CaseRow.id, CaseRow.merged_into_id).join(CasePhotoRow, CasePhotoRow.case_id == CaseRow.id)
    found = session.execute(holders.where(CasePhotoRow.sha256 == sha256)).all()
    holding = {row.id for row in found}
    family = holding | {row.merged_into_id for row in found if row.merged_into_id is not None}
    if not family:
        return False
    of_family = or_(CaseRow.id.in_(family), CaseRow.parent_id.in_(holding))
    return bool(session.scalar(select(exists().where(of_family, visible_to(scope)))))


def list_demanded(session: Session, action: CaseAction) -> list[PhotoRole]:
    """Return the roles of photos that an action taken on a page must show."""
    rows = session.scalars(select(PhotoDemandRow.role).where(PhotoDemandRow.action == action.value).order_by(PhotoDemandRow.role))
    return [PhotoRole(role) for role in rows]


def put_demands(session: Session, action: CaseAction, roles: Iterable[PhotoRole]) -> None:
    """Say anew which photos an action must show."""
    session.execute(sa.delete(PhotoDemandRow).where(PhotoDemandRow.action == action.value))
    rows = [{"action": action.value, "role": role.value} for role in roles]
    if rows:
        session.execute(insert(PhotoDemandRow), rows)
