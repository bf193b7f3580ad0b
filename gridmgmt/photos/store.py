"""Statements about photos: taken in, kept by what refers to them, forgotten when nothing does."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError
from gridmgmt.photos.model import Evidence, Photo, Prepared
from gridmgmt.photos.tables import PhotoRow


def add_photo(session: Session, photo: Prepared, *, uploaded_by: str, now: datetime.datetime) -> None:
    """Take a photo in; sent again, it stays that of who sent it first and waits anew for something to refer to it.

    The row is locked until the transaction ends: write the files before that, and no clean-up comes between.
    """
    evidence = photo.evidence
    statement = insert(PhotoRow).values(
        sha256=photo.sha256, uploaded_by=uploaded_by, uploaded_at=now, width=photo.width, height=photo.height,
        taken_at=evidence.taken_at, lon=evidence.lon, lat=evidence.lat,
    )  # fmt: skip
    session.execute(statement.on_conflict_do_update(index_elements=["sha256"], set_={"uploaded_at": now}))


def find_photo(session: Session, sha256: str) -> Photo | None:
    """Return a photo by its hash, or None."""
    row = session.scalar(select(PhotoRow).where(PhotoRow.sha256 == sha256))
    return _photo(row) if row else None


def keep_photos(session: Session, shas: Collection[str], *, now: datetime.datetime) -> None:
    """Say that something refers to these photos from now on; raise InvalidInputError for one that was never taken in."""
    locked = select(PhotoRow.sha256).where(PhotoRow.sha256.in_(shas)).order_by(PhotoRow.sha256).with_for_update()
    unknown = set(shas) - set(session.scalars(locked))
    if unknown:
        raise InvalidInputError("photos", f"there is no photo {min(unknown)[:12]}; send it first", zh="照片尚未上传，请重新上传")
    session.execute(update(PhotoRow).where(PhotoRow.sha256.in_(shas), PhotoRow.bound_at.is_(None)).values(bound_at=now))


def delete_unbound(session: Session, before: datetime.datetime, *, limit: int = 1000) -> list[str]:
    """Forget photos that nothing referred to since ``before``, oldest first; return their hashes, whose files go next."""
    oldest = (
        select(PhotoRow.sha256)
        .where(PhotoRow.bound_at.is_(None), PhotoRow.uploaded_at < before)
        .order_by(PhotoRow.uploaded_at, PhotoRow.sha256)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = delete(PhotoRow).where(PhotoRow.sha256.in_(oldest.scalar_subquery())).returning(PhotoRow.sha256)
    return list(session.scalars(gone))


def count_unbound(session: Session, before: datetime.datetime) -> int:
    """Return how many photos nothing referred to since ``before``."""
    found = select(func.count()).select_from(PhotoRow).where(PhotoRow.bound_at.is_(None), PhotoRow.uploaded_at < before)
    return session.scalar(found) or 0


def count_positions(session: Session, before: datetime.datetime) -> int:
    """Return how many photos taken in before a time still say where or when they were taken."""
    return session.scalar(select(func.count()).select_from(PhotoRow).where(*_telling(before))) or 0


def forget_positions(session: Session, before: datetime.datetime) -> int:
    """Forget where and when photos taken in before a time were taken; return how many."""
    forgotten = update(PhotoRow).where(*_telling(before)).values(lon=None, lat=None, taken_at=None).returning(PhotoRow.sha256)
    return len(session.scalars(forgotten).all())


def _telling(before: datetime.datetime) -> list[ColumnElement[bool]]:
    return [PhotoRow.uploaded_at < before, or_(PhotoRow.lon.is_not(None), PhotoRow.taken_at.is_not(None))]


def list_known(session: Session, shas: Collection[str]) -> set[str]:
    """Return those of the hashes that are taken in."""
    return set(session.scalars(select(PhotoRow.sha256).where(PhotoRow.sha256.in_(shas))))


def _photo(row: PhotoRow) -> Photo:
    evidence = Evidence(row.lon, row.lat, row.taken_at)
    return Photo(row.sha256, row.uploaded_by, row.uploaded_at, row.bound_at, row.width, row.height, evidence)
