"""On which days boundaries, roads or zones changed, and who was road chief of what from when to when."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import text
from sqlalchemy.orm import Session

Words = npt.NDArray[np.int64]

_CHANGES = text("""
SELECT DISTINCT day FROM (
    SELECT valid_from AS day FROM area UNION SELECT valid_to FROM area
    UNION SELECT valid_from FROM road_segment UNION SELECT valid_to FROM road_segment
    UNION SELECT valid_from FROM zone_member UNION SELECT valid_to FROM zone_member
    UNION SELECT valid_from FROM boundary_edition UNION SELECT valid_to FROM boundary_edition
) AS known
WHERE day IS NOT NULL ORDER BY day
""")
_CHIEFS = text("""
SELECT id, person_id, valid_from, valid_to,
    CASE WHEN segment_code IS NOT NULL THEN 'segment/' || segment_code ELSE 'zone/' || zone_code END AS target
FROM appointment WHERE post = 'road_chief' ORDER BY 5, valid_from
""")
DAYS = 2**22  # more days than dates can name
NEVER = datetime.date.max


@dataclasses.dataclass(frozen=True)
class Chiefs:
    """Road chiefs of all times: targets (``zone/CODE`` or ``segment/CODE``) by number, appointments in order of (target, first day)."""

    targets: dict[str, int]
    begins: Words
    until: Words
    appointment_id: Words
    person_id: Words

    def held(self, target: Words, day: Words) -> Words:
        """Return the position of the appointment that holds on a day (ordinal), -1 where none does; target -1 is none."""
        if not len(self.begins):
            return np.full(len(target), -1, np.int64)
        at = np.searchsorted(self.begins, target * DAYS + day, side="right") - 1
        good = (target >= 0) & (at >= 0) & (self.begins[at] // DAYS == target) & (day < self.until[at])
        return np.where(good, at, -1)

    def numbers(self, kind: str, codes: Sequence[str | None]) -> Words:
        """Return the number of each target of a kind (``zone`` or ``segment``), -1 for None and for what never had a chief."""
        return np.array([self.targets.get(f"{kind}/{code}", -1) for code in codes], np.int64)


def list_change_days(session: Session) -> list[datetime.date]:
    """Return the days on which an area, road segment, zone or edition began or ended; between two of them nothing changes but chiefs."""
    return list(session.scalars(_CHANGES))


def fetch_chiefs(session: Session) -> Chiefs:
    """Return the road chiefs of all times."""
    rows = session.execute(_CHIEFS).all()
    targets: dict[str, int] = {}
    for row in rows:
        targets.setdefault(row.target, len(targets))
    begins = [targets[row.target] * DAYS + row.valid_from.toordinal() for row in rows]
    until = [(row.valid_to or NEVER).toordinal() for row in rows]
    ids = ([row.id for row in rows], [row.person_id for row in rows])
    return Chiefs(targets, *(np.array(values, np.int64) for values in (begins, until, *ids)))
