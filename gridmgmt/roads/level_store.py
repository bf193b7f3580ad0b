"""How responsibility zones depend on the levels of the hierarchy: every statement of it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.roads.tables import ZoneMemberRow


def count_zone_members(session: Session, level: Level) -> int:
    """Return how many memberships of zones, today's and past ones, name areas of a level."""
    return session.scalar(select(func.count()).select_from(ZoneMemberRow).where(ZoneMemberRow.level == level.value)) or 0
