"""Every statement about who holds which post where: zones with their chiefs, teams, coverage of the road-chief system."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.errors import NotFoundError
from gridmgmt.roads.model import Appointment, Person, Post, Zone
from gridmgmt.roads.tables import AppointmentRow, PersonRow, ZoneMemberRow, ZoneRow


@dataclasses.dataclass(frozen=True)
class ZoneEntry:
    """A zone in a list, with its road chief on the day, if any."""

    code: str
    name: str
    chief_id: int | None
    chief_name: str | None


@dataclasses.dataclass(frozen=True)
class ChiefCoverage:
    """How many zones have a road chief on a day (路长制管理覆盖率)."""

    zones: int
    with_chief: int

    @property
    def percent(self) -> float | None:
        """Return the share in percent, None where there is no zone."""
        return 100 * self.with_chief / self.zones if self.zones else None


def list_zones(session: Session, *, on: datetime.date, words: str = "", vacant: bool = False, limit: int = 100) -> list[ZoneEntry]:
    """Return zones valid on a day by code: those whose code, name or chief's name contains ``words``, only ``vacant`` ones where asked."""
    statement = _zones_with_chief(on)
    if words:
        statement = statement.where(
            or_(*(column.icontains(words, autoescape=True) for column in (ZoneRow.code, ZoneRow.name, PersonRow.name)))
        )
    if vacant:
        statement = statement.where(PersonRow.id.is_(None))
    return [ZoneEntry(*row) for row in session.execute(statement.order_by(ZoneRow.code).limit(limit))]


def count_coverage(session: Session, *, on: datetime.date) -> ChiefCoverage:
    """Return how many zones there are on a day and how many of them have a road chief."""
    zones = _zones_with_chief(on).subquery()
    row = session.execute(select(func.count(), func.count(zones.c.chief_id)).select_from(zones)).one()
    return ChiefCoverage(row[0], row[1])


def find_zone(session: Session, code: str, *, on: datetime.date) -> Zone | None:
    """Return the zone with a code and the areas it is made of on a day, or None."""
    row = session.get(ZoneRow, code)
    if row is None:
        return None
    members = session.execute(
        select(ZoneMemberRow.level, ZoneMemberRow.area_code, ZoneMemberRow.valid_from, ZoneMemberRow.valid_to)
        .where(ZoneMemberRow.zone_code == code, valid_on(ZoneMemberRow, on))
        .order_by(ZoneMemberRow.level, ZoneMemberRow.area_code)
    ).all()
    start = min((member.valid_from for member in members), default=on)
    return Zone(row.code, row.name, tuple((Level(member.level), member.area_code) for member in members), start)


def get_zone(session: Session, code: str, *, on: datetime.date) -> Zone:
    """Return the zone with a code and the areas it is made of on a day; raise NotFoundError."""
    zone = find_zone(session, code, on=on)
    if zone is None:
        raise NotFoundError(f"no responsibility zone {code!r}", zh=f"没有编码为 {code} 的责任区")
    return zone


def list_team(session: Session, zone_code: str, *, on: datetime.date) -> list[Appointment]:
    """Return who holds a post in a zone on a day, road chief first, then building head, shop heads and forces, by name."""
    return _appointments(session, AppointmentRow.zone_code == zone_code, on)


def list_chief_posts(session: Session, person_id: int, *, on: datetime.date) -> list[Appointment]:
    """Return the zones and segments a person is road chief of on a day."""
    return _appointments(session, and_(AppointmentRow.person_id == person_id, AppointmentRow.post == Post.ROAD_CHIEF.value), on)


def list_posts(session: Session, person_id: int, *, on: datetime.date) -> list[Appointment]:
    """Return every post a person holds on a day, road chief first."""
    return _appointments(session, AppointmentRow.person_id == person_id, on)


def list_segment_chiefs(session: Session, segment_codes: list[str], *, on: datetime.date) -> Mapping[str, Person]:
    """Return the road chiefs of those segments that have one of their own on a day."""
    chosen = and_(AppointmentRow.segment_code.in_(segment_codes), AppointmentRow.post == Post.ROAD_CHIEF.value)
    return {str(entry.segment_code): entry.person for entry in _appointments(session, chosen, on)}


def search_chiefs(session: Session, words: str, *, on: datetime.date, limit: int = 50) -> list[Person]:
    """Return road chiefs of a day whose name or staff number contains ``words``, by name; all where ``words`` is empty."""
    holds = select(AppointmentRow.person_id).where(AppointmentRow.post == Post.ROAD_CHIEF.value, valid_on(AppointmentRow, on))
    statement = (
        select(PersonRow)
        .where(
            PersonRow.id.in_(holds), or_(PersonRow.name.icontains(words, autoescape=True), PersonRow.code.icontains(words, autoescape=True))
        )
        .order_by(PersonRow.name, PersonRow.code)
        .limit(limit)
    )
    return [_person(row) for row in session.scalars(statement)]


def find_person(session: Session, code: str) -> Person | None:
    """Return the person with a staff number, or None."""
    row = session.scalar(select(PersonRow).where(PersonRow.code == code))
    return _person(row) if row else None


def get_person(session: Session, code: str) -> Person:
    """Return the person with a staff number; raise NotFoundError."""
    person = find_person(session, code)
    if person is None:
        raise NotFoundError(f"nobody has the staff number {code!r}", zh=f"没有工号为 {code} 的人员")
    return person


def find_person_by_id(session: Session, person_id: int) -> Person | None:
    """Return the person with an id, or None."""
    row = session.get(PersonRow, person_id)
    return _person(row) if row else None


def list_people_by_id(session: Session, ids: Collection[int]) -> dict[int, Person]:
    """Return the people with some ids by id."""
    return {row.id: _person(row) for row in session.scalars(select(PersonRow).where(PersonRow.id.in_(ids)))}


def _zones_with_chief(on: datetime.date) -> Select[*tuple[Any, ...]]:
    chief = and_(
        AppointmentRow.zone_code == ZoneRow.code,
        AppointmentRow.segment_code.is_(None),
        AppointmentRow.post == Post.ROAD_CHIEF.value,
        valid_on(AppointmentRow, on),
    )
    member = aliased(ZoneMemberRow)
    exists = select(member.id).where(member.zone_code == ZoneRow.code, valid_on(member, on)).exists()
    statement: Select[*tuple[Any, ...]] = select(
        ZoneRow.code, ZoneRow.name, PersonRow.id.label("chief_id"), PersonRow.name.label("chief_name")
    )
    return (
        statement.select_from(ZoneRow)
        .outerjoin(AppointmentRow, chief)
        .outerjoin(PersonRow, PersonRow.id == AppointmentRow.person_id)
        .where(exists)
    )


def _appointments(session: Session, condition: ColumnElement[bool], on: datetime.date) -> list[Appointment]:
    rows = session.execute(
        select(AppointmentRow, PersonRow)
        .join(PersonRow, PersonRow.id == AppointmentRow.person_id)
        .where(condition, valid_on(AppointmentRow, on))
        .order_by(PersonRow.name, AppointmentRow.zone_code, AppointmentRow.segment_code)
    ).all()
    found = [_appointment(row[0], row[1]) for row in rows]
    return sorted(found, key=lambda entry: list(Post).index(entry.post))


def _appointment(row: AppointmentRow, person: PersonRow) -> Appointment:
    return Appointment(row.id, _person(person), Post(row.post), row.zone_code, row.segment_code, row.valid_from, row.valid_to)


def _person(row: PersonRow) -> Person:
    return Person(row.id, row.code, row.name, row.phone, row.agency)
