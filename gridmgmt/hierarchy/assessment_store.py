"""Every statement about assessment units (考核单元)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.errors import ConflictError, NotFoundError
from gridmgmt.hierarchy.model import AssessmentMembership
from gridmgmt.hierarchy.tables import AreaRow, AssessmentMembershipRow, AssessmentUnitRow


def add_memberships(session: Session, memberships: Sequence[AssessmentMembership]) -> int:
    """Store units and which street office counts for them; exact repeats are left alone. Return how many are new.

    Raises NotFoundError for an unknown street office, ConflictError naming the street office and the unit it already counts for.
    """
    _require_street_offices(session, {entry.street_office_code for entry in memberships})
    units = {entry.unit_code: {"code": entry.unit_code, "name": entry.unit_name, "league": entry.league} for entry in memberships}
    if units:
        statement = upsert(AssessmentUnitRow)
        excluded = {"name": statement.excluded.name, "league": statement.excluded.league}
        session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=excluded), list(units.values()))
    known = {
        (row.unit_code, row.street_office_code, row.valid_from, row.valid_to) for row in session.scalars(select(AssessmentMembershipRow))
    }
    fresh = [entry for entry in memberships if _key(entry) not in known]
    for entry in fresh:
        _add(session, entry)
    return len(fresh)


def list_memberships(session: Session, *, on: datetime.date) -> list[AssessmentMembership]:
    """Return who counts for which unit on a day, by unit and street office."""
    row = AssessmentMembershipRow
    statement = (
        select(row, AssessmentUnitRow)
        .join(AssessmentUnitRow, AssessmentUnitRow.code == row.unit_code)
        .where(valid_on(row, on))
        .order_by(row.unit_code, row.street_office_code)
    )
    return [
        AssessmentMembership(unit.code, unit.name, unit.league, entry.street_office_code, entry.valid_from, entry.valid_to)
        for entry, unit in session.execute(statement)
    ]


def _key(entry: AssessmentMembership) -> tuple[str, str, datetime.date, datetime.date | None]:
    return entry.unit_code, entry.street_office_code, entry.valid_from, entry.valid_to


def _require_street_offices(session: Session, codes: set[str]) -> None:
    known = set(session.scalars(select(AreaRow.code).where(AreaRow.level == Level.STREET_OFFICE.value)))
    unknown = sorted(codes - known)
    if unknown:
        message = f"no street office has the code {', '.join(unknown[:5])}"
        raise NotFoundError(message, zh=f"没有编码为 {', '.join(unknown[:5])} 的街道")


def _add(session: Session, entry: AssessmentMembership) -> None:
    try:
        with session.begin_nested():
            values = {
                "unit_code": entry.unit_code, "street_office_code": entry.street_office_code,
                "valid_from": entry.valid_from, "valid_to": entry.valid_to,
            }  # fmt: skip
            session.execute(insert(AssessmentMembershipRow).values(values))
    except IntegrityError as error:
        raise _overlap(session, entry) from error


def _overlap(session: Session, entry: AssessmentMembership) -> ConflictError:
    row = AssessmentMembershipRow
    days = [or_(row.valid_to.is_(None), row.valid_to > entry.valid_from)]
    if entry.valid_to is not None:
        days.append(row.valid_from < entry.valid_to)
    other = session.scalars(select(row).where(row.street_office_code == entry.street_office_code, *days)).first()
    if other is None:
        message = f"street office {entry.street_office_code}: {entry.valid_from} to {entry.valid_to} is no span of days"
        return ConflictError(message, zh=f"街道 {entry.street_office_code}：{entry.valid_from} 至 {entry.valid_to} 不是有效的起止日期")
    until = other.valid_to or "now"
    message = (
        f"street office {entry.street_office_code} already counts for {other.unit_code} from {other.valid_from} to {until}; "
        f"it cannot count for {entry.unit_code} from {entry.valid_from} as well"
    )
    zh = f"街道 {entry.street_office_code} 在 {other.valid_from} 至 {other.valid_to or '今'} 已归入考核单元 {other.unit_code}，不能同时归入 {entry.unit_code}"
    return ConflictError(message, zh=zh)
