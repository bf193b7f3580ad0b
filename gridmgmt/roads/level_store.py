"""How responsibility zones depend on the levels of the hierarchy: every statement of it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.roads.tables import ZoneMemberRow


def count_zone_members(session: Session, level: Level) -> int:
    """Return how many memberships of zones, today's and past ones, name areas of a level."""
    return session.scalar(select(func.count()).select_from(ZoneMemberRow).where(ZoneMemberRow.level == level.value)) or 0


def list_zone_members(session: Session, level: Level) -> list[tuple[str, str]]:
    """Return area and zone of every membership of a level that has no end, by area."""
    row = ZoneMemberRow
    statement = select(row.area_code, row.zone_code).where(row.level == level.value, row.valid_to.is_(None)).order_by(row.area_code)
    return [(area, zone) for area, zone in session.execute(statement)]
