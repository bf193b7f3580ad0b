"""A roster from a table: people, responsibility zones with their areas, appointments; rows in, differences and faults out."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.errors import ConflictError, GridError, InvalidInputError
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.table_values import day_in
from gridmgmt.roads import roster_store
from gridmgmt.roads.model import NewAppointment, NewPerson, Post

PEOPLE = ("person_code", "person_name", "phone", "agency")
ZONES = ("zone_code", "zone_name", "level", "area_code", "held_from", "held_to")
APPOINTMENTS = ("person_code", "post", "zone_code", "segment_code", "held_from", "held_to")

Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class RosterResult:
    """What a roster did, or would do: counts, and what was refused as (row, sentence)."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[tuple[int, GridError], ...]


def apply_people(session: Session, table: SourceLayer) -> RosterResult:
    """Add people and bring known ones up to date, by staff number."""
    known = roster_store.list_people(session)

    def act(number: int, row: Row) -> str:
        person = NewPerson(_needed(row, "person_code", number), _needed(row, "person_name", number), row.get("phone"), row.get("agency"))
        before = known.get(person.code)
        if before != person:
            roster_store.save_person(session, person)
            known[person.code] = person
        return _verdict(before, person)

    return _each(table, act)


def apply_zones(session: Session, table: SourceLayer, *, profile: CityProfile) -> RosterResult:
    """Add zones and the areas they are made of; an area given without its level is looked up by code, finest level first."""
    names, members = roster_store.list_zone_names(session), roster_store.list_members(session)

    def act(number: int, row: Row) -> str:
        code, area_code, days = _needed(row, "zone_code", number), _needed(row, "area_code", number), _days(row, number)
        level = _level(session, row.get("level"), area_code, profile=profile, on=days[0], number=number)
        key, name = (code, level.value, area_code, days[0]), row.get("zone_name") or names.get(code) or code
        before = (names.get(code), members.get(key)) if key in members else None
        if before != (name, days[1]):
            roster_store.save_zone(session, code, name)
            roster_store.save_member(session, key, days[1])
            names[code], members[key] = name, days[1]
        return _verdict(before, (name, days[1]))

    return _each(table, act)


def apply_appointments(session: Session, table: SourceLayer) -> RosterResult:
    """Add appointments; one known by person, post, place and first day only changes its end."""
    people, zones = roster_store.list_people(session), roster_store.list_zone_names(session)
    ends = roster_store.list_appointment_ends(session)

    def act(number: int, row: Row) -> str:
        entry = _appointment(row, number)
        if entry.person_code not in people:
            raise InvalidInputError(
                "person_code", f"nobody has staff number {entry.person_code}", row=number, zh=f"没有工号 {entry.person_code}"
            )
        if entry.zone_code is not None and entry.zone_code not in zones:
            raise InvalidInputError("zone_code", f"there is no zone {entry.zone_code}", row=number, zh=f"没有责任区 {entry.zone_code}")
        if entry.segment_code is not None and not roster_store.has_segment(session, entry.segment_code):
            raise InvalidInputError(
                "segment_code", f"there is no segment {entry.segment_code}", row=number, zh=f"没有路段 {entry.segment_code}"
            )
        key = (entry.person_code, entry.post.value, entry.zone_code, entry.segment_code, entry.valid_from)
        before, after = (ends[key],) if key in ends else None, (entry.valid_to,)
        if before != after:
            roster_store.save_appointment(session, entry)
            ends[key] = entry.valid_to
        return _verdict(before, after)

    return _each(table, act)


def _each(table: SourceLayer, act: Callable[[int, Row], str]) -> RosterResult:
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    refused: list[tuple[int, GridError]] = []
    for number, row in _rows(table):
        try:
            counts[act(number, row)] += 1
        except ConflictError as error:
            refused.append((number, InvalidInputError("row", str(error), row=number, zh=error.zh)))
        except InvalidInputError as error:
            refused.append((number, error))
    return RosterResult(counts["added"], counts["changed"], counts["unchanged"], tuple(refused))


def _rows(table: SourceLayer) -> Iterator[tuple[int, Row]]:
    columns = list(table.attributes.columns)
    cells: Iterable[tuple[Any, ...]] = table.attributes.itertuples(index=False, name=None)
    for number, values in zip(table.numbers.tolist(), cells, strict=True):
        yield number, {column: _text(value) for column, value in zip(columns, values, strict=True)}


def _text(value: object) -> str | None:
    text = "" if value is None or value != value else str(value).strip()  # noqa: PLR0124 - nan
    return text or None


def _needed(row: Row, field: str, number: int) -> str:
    value = row.get(field)
    if value is None:
        raise InvalidInputError(field, "is empty", row=number, zh="为空")
    return str(value)


def _days(row: Row, number: int) -> tuple[datetime.date, datetime.date | None]:
    first = day_in(_needed(row, "held_from", number), "held_from", row=number)
    last = day_in(row["held_to"], "held_to", row=number) if row.get("held_to") else None
    if last is not None and last <= first:
        raise InvalidInputError("held_to", f"{last} is not after {first}", row=number, zh=f"截止日期 {last} 不晚于起始日期 {first}")
    return first, last


def _appointment(row: Row, number: int) -> NewAppointment:
    word = _needed(row, "post", number)
    post = next((post for post in Post if word in {post.value, post.zh, post.en}), None)
    if post is None:
        posts = "、".join(post.zh for post in Post)
        raise InvalidInputError("post", f"{word!r} is none of {', '.join(Post)}", row=number, zh=f"{word!r} 不是{posts}之一")
    zone, segment = row.get("zone_code"), row.get("segment_code")
    if zone is None and segment is None:
        raise InvalidInputError("zone_code", "neither a zone nor a segment is named", row=number, zh="责任区与路段均未填写")
    return NewAppointment(_needed(row, "person_code", number), post, zone, segment, *_days(row, number))


def _level(session: Session, word: str | None, code: str, *, profile: CityProfile, on: datetime.date, number: int) -> Level:
    levels = [level for level in reversed(profile.levels) if word is None or word in {level.value, level.zh, level.en}]
    for level in levels:
        if hierarchy_store.find_area(session, level, code, on=on) is not None:
            return level
    past = hierarchy_store.list_history(session, code)
    en, zh = (f"; it is there from {past[0].valid_from}", f"；该区域自 {past[0].valid_from} 起才有") if past else ("", "")
    raise InvalidInputError("area_code", f"there is no area {code} on {on}{en}", row=number, zh=f"{on} 时没有编码为 {code} 的区域{zh}")


def _verdict(before: object, after: object) -> str:
    return "added" if before is None else "unchanged" if before == after else "changed"
