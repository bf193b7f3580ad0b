"""Statements that keep the roster: people, zones and their areas, appointments, as sources give them."""

from __future__ import annotations

import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError
from gridmgmt.roads.model import NewAppointment, NewPerson
from gridmgmt.roads.tables import AppointmentRow, PersonRow, RoadSegmentRow, ZoneMemberRow, ZoneRow

AppointmentKey = tuple[str, str, str | None, str | None, datetime.date]
MemberKey = tuple[str, str, str, datetime.date]


def list_people(session: Session) -> dict[str, NewPerson]:
    """Return everybody by staff number."""
    rows = session.execute(select(PersonRow.code, PersonRow.name, PersonRow.phone, PersonRow.agency))
    return {row.code: NewPerson(row.code, row.name, row.phone, row.agency) for row in rows}


def save_person(session: Session, person: NewPerson) -> None:
    """Add a person, or bring name, phone and agency up to date."""
    values = {"name": person.name, "phone": person.phone, "agency": person.agency}
    session.execute(insert(PersonRow).values(code=person.code, **values).on_conflict_do_update(index_elements=["code"], set_=values))


def list_zone_names(session: Session) -> dict[str, str]:
    """Return the name of every zone by code."""
    return {row.code: row.name for row in session.execute(select(ZoneRow.code, ZoneRow.name))}


def list_members(session: Session) -> dict[MemberKey, datetime.date | None]:
    """Return the last day (exclusive) of every membership by (zone, level, area, first day)."""
    row = ZoneMemberRow
    found = session.execute(select(row.zone_code, row.level, row.area_code, row.valid_from, row.valid_to))
    return {(r.zone_code, r.level, r.area_code, r.valid_from): r.valid_to for r in found}


def save_zone(session: Session, code: str, name: str) -> None:
    """Add a zone or rename it."""
    session.execute(insert(ZoneRow).values(code=code, name=name).on_conflict_do_update(index_elements=["code"], set_={"name": name}))


def save_member(session: Session, key: MemberKey, valid_to: datetime.date | None) -> None:
    """Put an area into a zone, or change when it leaves; raise ConflictError when it is in another zone on one of those days."""
    zone_code, level, area_code, valid_from = key
    row = ZoneMemberRow
    same = (row.zone_code == zone_code, row.level == level, row.area_code == area_code, row.valid_from == valid_from)
    try:
        with session.begin_nested():
            if session.scalars(update(row).where(*same).values(valid_to=valid_to).returning(row.id)).first() is None:
                session.add(row(zone_code=zone_code, level=level, area_code=area_code, valid_from=valid_from, valid_to=valid_to))
                session.flush()
    except IntegrityError as error:
        message = f"{area_code} belongs to another zone on some of these days"
        raise ConflictError(message, zh=f"{area_code} 在该期间已属于其他责任区") from error


def list_appointment_ends(session: Session) -> dict[AppointmentKey, datetime.date | None]:
    """Return the last day (exclusive) of every appointment by (staff number, post, zone, segment, first day)."""
    row = AppointmentRow
    statement = select(PersonRow.code, row.post, row.zone_code, row.segment_code, row.valid_from, row.valid_to).join(PersonRow)
    return {(r.code, r.post, r.zone_code, r.segment_code, r.valid_from): r.valid_to for r in session.execute(statement)}


def save_appointment(session: Session, entry: NewAppointment) -> None:
    """Appoint somebody, or change when the appointment ends; raise ConflictError when the post is held by another on those days."""
    row = AppointmentRow
    person_id = select(PersonRow.id).where(PersonRow.code == entry.person_code).scalar_subquery()
    same = (
        row.person_id == person_id, row.post == entry.post.value, row.zone_code.is_not_distinct_from(entry.zone_code),
        row.segment_code.is_not_distinct_from(entry.segment_code), row.valid_from == entry.valid_from,
    )  # fmt: skip
    values = {"post": entry.post.value, "zone_code": entry.zone_code, "segment_code": entry.segment_code, "valid_from": entry.valid_from}
    try:
        with session.begin_nested():
            if session.scalars(update(row).where(*same).values(valid_to=entry.valid_to).returning(row.id)).first() is None:
                session.execute(insert(row).values(person_id=person_id, valid_to=entry.valid_to, **values))
    except IntegrityError as error:
        message = f"{entry.post.en} of {entry.segment_code or entry.zone_code} is already appointed on some of these days"
        raise ConflictError(message, zh=f"{entry.segment_code or entry.zone_code} 在该期间已有{entry.post.zh}任职") from error


def has_segment(session: Session, code: str) -> bool:
    """Say whether a road segment with this code was ever stored."""
    return bool(session.scalar(select(exists().where(RoadSegmentRow.code == code))))
