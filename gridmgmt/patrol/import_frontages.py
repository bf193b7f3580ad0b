"""The register of frontages from the rows of a table: compared with what is stored, then written whole or not at all."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.patrol import frontage_store, place_store
from gridmgmt.patrol.model import NewFrontage
from gridmgmt.responsibility.store import resolve_responsibility
from gridmgmt.roads.chief_store import find_person
from gridmgmt.roads.roster_store import has_segment


@dataclasses.dataclass(frozen=True)
class FrontagePlan:
    """What an import would do; ``refused`` names rows from 1."""

    added: tuple[NewFrontage, ...]
    changed: tuple[NewFrontage, ...]
    unchanged: int
    refused: tuple[InvalidInputError, ...]


def plan_frontages(session: Session, rows: Sequence[tuple[int, NewFrontage]], *, on: datetime.date) -> FrontagePlan:
    """Compare rows (number, shop) with the register; a shop the table does not list stays.

    Each shop gets its segment from its point where the table names none, and its zone and areas as they are on the day.
    """
    stored = frontage_store.list_register(session, {entry.code for _, entry in rows})
    seen: set[str] = set()
    refused: list[InvalidInputError] = []
    placed: list[NewFrontage] = []
    for number, entry in rows:
        try:
            placed.append(_placed(session, entry, on=on, seen=seen))
        except InvalidInputError as error:
            refused.append(InvalidInputError(error.field, error.reason, row=number, zh=error.zh_reason))
    changed = tuple(entry for entry in placed if entry.code in stored and stored[entry.code] != entry)
    added = tuple(entry for entry in placed if entry.code not in stored)
    return FrontagePlan(added, changed, len(placed) - len(added) - len(changed), tuple(refused))


def write_frontages(session: Session, plan: FrontagePlan) -> None:
    """Write what a plan adds and changes."""
    if plan.refused:
        raise GridError("the plan holds rows that cannot be meant", zh="存在无法导入的行")
    for entry in (*plan.added, *plan.changed):
        frontage_store.save_frontage(session, entry)


def _placed(session: Session, entry: NewFrontage, *, on: datetime.date, seen: set[str]) -> NewFrontage:
    if entry.code in seen:
        raise InvalidInputError("code", f"{entry.code} is listed twice", zh=f"{entry.code} 重复")
    seen.add(entry.code)
    _check(session, entry)
    point = entry.point or place_store.find_segment_middle(session, entry.segment_code or "", on=on)
    if point is None:
        code = entry.segment_code
        raise InvalidInputError("segment_code", f"{code} is not in force on {on}", zh=f"路段 {code} 在 {on} 无效")
    found = resolve_responsibility(session, point, on=on)
    segment = entry.segment_code or (found.segment.code if found.segment else None)
    return dataclasses.replace(entry, segment_code=segment, place=place_store.place_of(found))


def _check(session: Session, entry: NewFrontage) -> None:
    if entry.point is None and entry.segment_code is None:
        raise InvalidInputError("segment_code", "neither a position nor a segment is given", zh="坐标与路段均未填写")
    if entry.segment_code is not None and not has_segment(session, entry.segment_code):
        raise InvalidInputError("segment_code", f"there is no segment {entry.segment_code}", zh=f"没有路段 {entry.segment_code}")
    if entry.shop_head_code is not None and find_person(session, entry.shop_head_code) is None:
        code = entry.shop_head_code
        raise InvalidInputError("person_code", f"nobody has staff number {code}", zh=f"没有工号 {code}")
