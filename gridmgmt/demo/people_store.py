"""Where in the demo city the invented staff work: the street office with most to do, and who holds which post there."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

_COLLEAGUES = Path(__file__).with_name("colleagues.sql").read_text(encoding="utf-8")
# Where there are no open cases the first street office with a road chief serves.
_OFFICE = """
SELECT office.code, office.name, district.code AS district_code, district.name AS district_name
FROM area AS office
INNER JOIN area AS district ON district.level = 'district' AND office.parent_code = district.code AND district.valid_to IS NULL
LEFT JOIN (
    SELECT street_office_code, count(*) AS cases FROM case_file
    WHERE is_open AND person_id IS NOT NULL GROUP BY street_office_code
) AS busy ON office.code = busy.street_office_code
WHERE office.level = 'street_office' AND office.valid_to IS NULL
ORDER BY busy.cases DESC NULLS LAST, office.code
LIMIT 1
"""
_HOLDER = """
SELECT person.code, person.name, appointment.zone_code
FROM appointment
INNER JOIN person ON appointment.person_id = person.id
INNER JOIN zone_member ON appointment.zone_code = zone_member.zone_code AND zone_member.level = 'community' AND zone_member.valid_to IS NULL
INNER JOIN area ON area.level = 'community' AND zone_member.area_code = area.code AND area.valid_to IS NULL
LEFT JOIN (
    SELECT zone_code, count(*) AS cases FROM case_file WHERE is_open AND street_office_code = :office GROUP BY zone_code
) AS busy ON appointment.zone_code = busy.zone_code
LEFT JOIN (
    SELECT person_id, count(*) AS cases FROM case_file WHERE is_open AND street_office_code = :office GROUP BY person_id
) AS own ON appointment.person_id = own.person_id
WHERE area.parent_code = :office AND appointment.post = :post
    AND appointment.valid_from <= :day AND (appointment.valid_to IS NULL OR appointment.valid_to > :day)
ORDER BY own.cases DESC NULLS LAST, busy.cases DESC NULLS LAST, person.code
LIMIT 1
"""


@dataclasses.dataclass(frozen=True)
class Workplace:
    """A street office with its district, by code and name."""

    office_code: str
    office_name: str
    district_code: str
    district_name: str


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who holds a post, by staff number and name."""

    code: str
    name: str
    zone_code: str


def find_workplace(session: Session) -> Workplace | None:
    """Return the street office with most open cases, or None where the city has none."""
    row = session.execute(text(_OFFICE)).one_or_none()
    return Workplace(row.code, row.name or row.code, row.district_code, row.district_name or row.district_code) if row else None


def find_holder(session: Session, office: str, post: str, *, on: datetime.date) -> Holder | None:
    """Return who holds a post in a street office on a day: who has most open cases there, or whose zone has; or None."""
    row = session.execute(text(_HOLDER), {"office": office, "post": post, "day": on}).one_or_none()
    return Holder(row.code, row.name, row.zone_code) if row else None


def list_points(session: Session, office: str, *, limit: int) -> list[tuple[float, float]]:
    """Return places in the storage CRS where something was reported in a street office, the newest first, no two the same."""
    statement = text("""
        SELECT st_x(newest.point) AS x, st_y(newest.point) AS y
        FROM (SELECT DISTINCT ON (point) point, id FROM case_file WHERE street_office_code = :office ORDER BY point, id DESC) AS newest
        ORDER BY newest.id DESC LIMIT :limit
    """)
    return [(row.x, row.y) for row in session.execute(statement, {"office": office, "limit": limit})]


def list_demo_names(session: Session, prefixes: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return log-in name and shown name of the accounts with a password whose name begins with one of these words, by name."""
    statement = text(
        "SELECT name, shown_name FROM account WHERE split_part(name, '-', 1) = ANY(:prefixes) AND disabled_at IS NULL"
        " AND password_hash IS NOT NULL ORDER BY name"
    )
    return [(row.name, row.shown_name) for row in session.execute(statement, {"prefixes": list(prefixes)})]


def add_colleagues(session: Session, *, now: datetime.datetime) -> None:
    """Store an account without a password for everybody who worked in the lived-in year, so that each step names who did it."""
    session.execute(text(_COLLEAGUES), {"now": now})
