"""Check a frontage (门前三包检查): what passed, with a note and photos; one request is one check."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.patrol import check_store
from gridmgmt.patrol.model import Frontage, NewCheck
from gridmgmt.photos import store as photo_store

LONGEST_NOTE = 500
MOST_PHOTOS = 6


def check_frontage(
    session: Session, frontage: Frontage, check: NewCheck, *, now: datetime.datetime, actor: str, person_id: int | None
) -> bool:
    """Append a check; return False when the same request was received before.

    Raises InvalidInputError for a failed check without a word on what is wrong or an unknown photo, ConflictError for a request that
    was about another frontage.
    """
    failed = not (check.sanitation and check.public_order and check.greenery is not False)
    if failed and not check.note:
        raise InvalidInputError("note", "say what is wrong", zh="未达标时请写明问题")
    if len(check.note) > LONGEST_NOTE:
        raise InvalidInputError("note", f"is longer than {LONGEST_NOTE} characters", zh=f"超过 {LONGEST_NOTE} 个字符")
    if len(check.photos) > MOST_PHOTOS:
        raise InvalidInputError("photos", f"more than {MOST_PHOTOS} photos", zh=f"照片不能超过 {MOST_PHOTOS} 张")
    if check_store.add_check(session, frontage.id, check, at=now, actor=actor, person_id=person_id) is not None:
        photo_store.keep_photos(session, check.photos, now=now)
        return True
    if check_store.find_frontage_of_request(session, check.client_request_id or "") != frontage.id:
        raise ConflictError("this request was about another frontage", zh="该请求已用于另一商铺的检查")
    return False
