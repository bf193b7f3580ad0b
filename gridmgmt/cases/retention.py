"""Delete personal data whose time is over (个人信息到期清理)."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.cases import contact_store
from gridmgmt.photos import files
from gridmgmt.photos import store as photo_store

UNBOUND = datetime.timedelta(days=7)  # a phone may be without a network that long before it sends the report to a photo


@dataclasses.dataclass(frozen=True)
class Retention:
    """What was, or would be, deleted: contacts, positions and times of photos, photos that nothing refers to, files without a row."""

    contacts: int
    positions: int
    photos: int
    files: int


def run_retention(
    session: Session, root: Path, *, now: datetime.datetime, contact_days: int, photo_position_days: int, commit: bool
) -> Retention:
    """Delete what may not be kept any longer, or count it; ``photo_position_days`` 0 keeps positions as long as the photos.

    A photo's files go before the transaction ends, its row is locked until then. Photos of cases stay: they are part of the file.
    """
    closed_before = now - datetime.timedelta(days=contact_days)
    taken_in_before = now - datetime.timedelta(days=photo_position_days) if photo_position_days else None
    strays = _strays(session, root, now)
    if not commit:
        positions = photo_store.count_positions(session, taken_in_before) if taken_in_before else 0
        unbound = photo_store.count_unbound(session, now - UNBOUND)
        return Retention(contact_store.count_due(session, closed_before), positions, unbound, len(strays))
    contacts = contact_store.delete_due(session, closed_before)
    positions = photo_store.forget_positions(session, taken_in_before) if taken_in_before else 0
    unbound = 0
    while gone := photo_store.delete_unbound(session, now - UNBOUND):
        unbound += len(gone)
        for sha256 in gone:
            files.delete_photo(root, sha256)
    for path in strays:
        path.unlink(missing_ok=True)
    return Retention(contacts, positions, unbound, len(strays))


def _strays(session: Session, root: Path, now: datetime.datetime) -> list[Path]:
    """Return old files that no row knows: what a killed server left behind."""
    old = list(files.list_older(root, (now - UNBOUND).timestamp()))
    known: set[str] = set()
    shas = sorted({sha256 for sha256, _ in old})
    for start in range(0, len(shas), 1000):
        known |= photo_store.list_known(session, shas[start : start + 1000])
    return [path for sha256, path in old if sha256 not in known or path.name.endswith(files.DRAFT)]
