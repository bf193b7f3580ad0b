"""What codes and numbers of an answer are called on a day."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.responsibility.model import ChiefAnswer

_HOLDS = ":on >= valid_from AND (valid_to IS NULL OR :on < valid_to)"
_AREAS = text(f"SELECT level, code, name FROM area WHERE {_HOLDS}")
_SEGMENTS = text(f"SELECT code, name, road_class FROM road_segment WHERE {_HOLDS}")
_ZONES = text("SELECT code, name FROM zone")
_EDITION = text(f"SELECT id, name FROM boundary_edition WHERE {_HOLDS}")
_CHIEFS = text(f"""
SELECT appointment.id, person.id AS person_id, person.name, person.phone, person.agency
FROM appointment
INNER JOIN person ON appointment.person_id = person.id
WHERE appointment.post = 'road_chief' AND {_HOLDS}
""")
# Every row as it is now: PostgreSQL gives a changed row another xmin.
_FINGERPRINT = text("""
SELECT md5(concat_ws('/',
    (SELECT string_agg(xmin::text, ',' ORDER BY id) FROM area),
    (SELECT string_agg(xmin::text, ',' ORDER BY id) FROM road_segment),
    (SELECT string_agg(xmin::text, ',' ORDER BY code) FROM zone),
    (SELECT string_agg(xmin::text, ',' ORDER BY zone_code, level, area_code, valid_from) FROM zone_member),
    (SELECT string_agg(xmin::text, ',' ORDER BY id) FROM appointment),
    (SELECT string_agg(xmin::text, ',' ORDER BY id) FROM person),
    (SELECT string_agg(xmin::text, ',' ORDER BY id) FROM boundary_edition)))
""")


@dataclasses.dataclass(frozen=True)
class Names:
    """Names by level and code, (name, class) by segment, chiefs by appointment; the edition is None on a day without one."""

    edition: tuple[int, str] | None
    areas: Mapping[tuple[Level, str], str | None]
    segments: Mapping[str, tuple[str | None, str]]
    zones: Mapping[str, str | None]
    chiefs: Mapping[int, ChiefAnswer]


def fetch_names(session: Session, *, on: datetime.date) -> Names:
    """Return all names that an answer of a day may need."""
    edition = session.execute(_EDITION, {"on": on}).one_or_none()
    return Names(
        (edition.id, edition.name) if edition else None,
        {(Level(row.level), row.code): row.name for row in session.execute(_AREAS, {"on": on})},
        {row.code: (row.name, row.road_class) for row in session.execute(_SEGMENTS, {"on": on})},
        {row.code: row.name for row in session.execute(_ZONES)},
        {row.id: ChiefAnswer(row.id, row.person_id, row.name, row.phone, row.agency) for row in session.execute(_CHIEFS, {"on": on})},
    )


def fingerprint(session: Session) -> str:
    """Return what changes whenever anything changes that an answer is made of, on any day."""
    return str(session.scalar(_FINGERPRINT))
