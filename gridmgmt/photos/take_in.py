"""Take a photo in (照片入库): check it, draw it anew, remember it, write it."""

from __future__ import annotations

import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.photos import files, store
from gridmgmt.photos.prepare import prepare_photo


def take_photo_in(session: Session, root: Path, sent: bytes, *, uploaded_by: str, now: datetime.datetime, time_zone: str) -> str:
    """Return the hash by which the photo is called from now on; the same bytes always lead to the same one.

    The files are on disk when this returns, the row when the transaction is committed. Raises InvalidInputError (field ``photo``).
    """
    prepared = prepare_photo(sent, time_zone=time_zone)
    store.add_photo(session, prepared, uploaded_by=uploaded_by, now=now)
    files.save_photo(root, prepared)
    return prepared.sha256
