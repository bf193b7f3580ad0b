"""The names of areas without their shapes, for pickers."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.hierarchy.tables import AreaRow


@dataclasses.dataclass(frozen=True)
class AreaName:
    """An area by name; ``name`` is its code where it has none."""

    level: Level
    code: str
    name: str
    parent_code: str | None


def list_names(session: Session, levels: Sequence[Level], *, on: datetime.date) -> list[AreaName]:
    """Return the areas of some levels on a day, by level as given, then by code."""
    columns = (AreaRow.level, AreaRow.code, AreaRow.name, AreaRow.parent_code)
    rows = session.execute(
        select(*columns).where(AreaRow.level.in_([level.value for level in levels]), valid_on(AreaRow, on)).order_by(AreaRow.code)
    )
    names = [AreaName(Level(level), code, name or code, parent) for level, code, name, parent in rows]
    return sorted(names, key=lambda entry: levels.index(entry.level))
