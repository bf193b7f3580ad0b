"""Every statement that an edition needs: what is in force, ending rows, retiring codes, keeping the lines of change."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import shapely
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.db import copy_rows
from gridmgmt.hierarchy.model import Area, AreaChange, GeometrySource, RetiredCode
from gridmgmt.hierarchy.tables import AreaChangeRow, AreaRow, RetiredCodeRow

COLUMNS = (
    AreaRow.code, AreaRow.name, AreaRow.parent_code, AreaRow.geometry_source, AreaRow.valid_from, AreaRow.population,
    AreaRow.land_use_class, AreaRow.management_level, AreaRow.remark,
)  # fmt: skip
DESCENDANTS = text("""
    WITH RECURSIVE city AS (SELECT levels FROM city_profile),
    top AS (
        SELECT area.level, area.code
        FROM area CROSS JOIN city
        WHERE area.code = :under AND area.valid_to IS NULL
            AND array_position(city.levels, area.level) < array_position(city.levels, CAST(:level AS text))
        ORDER BY array_position(city.levels, area.level) DESC
        LIMIT 1
    ),
    below (level, code) AS (
        SELECT level, code FROM top
        UNION ALL
        SELECT child.level, child.code
        FROM below
        CROSS JOIN city
        JOIN area AS child ON child.parent_code = below.code AND child.valid_to IS NULL
            AND child.level = city.levels[array_position(city.levels, below.level) + 1]
    )
    SELECT code FROM below WHERE level = :level
""")


def list_open_areas(session: Session, level: Level) -> list[Area]:
    """Return the areas of a level that have no end yet, with their shapes, by code; 43,000 in about a second."""
    statement = (
        select(*COLUMNS, func.ST_AsBinary(AreaRow.shape).label("wkb"))
        .where(AreaRow.level == level.value, AreaRow.valid_to.is_(None))
        .order_by(AreaRow.code)
    )
    rows = session.execute(statement).all()
    shapes = shapely.from_wkb(np.array([bytes(row.wkb) if row.wkb is not None else None for row in rows], dtype=object))
    return [
        Area(
            level=level, code=row.code, name=row.name, parent_code=row.parent_code, shape=shape,
            geometry_source=GeometrySource(row.geometry_source) if row.geometry_source else None, valid_from=row.valid_from,
            population=row.population, land_use_class=row.land_use_class, management_level=row.management_level, remark=row.remark,
        )
        for row, shape in zip(rows, shapes, strict=True)
    ]  # fmt: skip


def list_codes_below(session: Session, level: Level, under: str) -> set[str]:
    """Return the codes of a level that lie, by parents, below a code of a higher level (the nearest that has it)."""
    return set(session.scalars(DESCENDANTS, {"under": under, "level": level.value}))


def end_areas(session: Session, level: Level, codes: Collection[str], *, on: datetime.date) -> list[str]:
    """End the open rows of some codes on a day and return the codes that were in force before.

    A row that began that very day was never in force: it is deleted, so that joining an edition corrects it in place.
    """
    these = (AreaRow.level == level.value, AreaRow.valid_to.is_(None), AreaRow.code == func.any(list(codes)))
    session.execute(delete(AreaRow).where(*these, AreaRow.valid_from == on))
    ended = session.scalars(update(AreaRow).where(*these).values(valid_to=on).returning(AreaRow.code))
    return sorted(ended)


def retire_codes(session: Session, level: Level, codes: Iterable[str], successors: Mapping[str, str], *, on: datetime.date) -> None:
    """Retire codes from a day on, each with its successor where there is one."""
    rows = [{"level": level.value, "code": code, "retired_on": on, "successor_code": successors.get(code)} for code in codes]
    if rows:
        session.execute(insert(RetiredCodeRow), rows)


def revive_codes(session: Session, level: Level, codes: Collection[str], *, on: datetime.date) -> None:
    """Take back the retirement of codes that were retired on that very day: joining an edition corrects it in place."""
    session.execute(
        delete(RetiredCodeRow).where(
            RetiredCodeRow.level == level.value, RetiredCodeRow.retired_on == on, RetiredCodeRow.code == func.any(list(codes))
        )
    )


def list_retired_codes(session: Session, level: Level) -> dict[str, RetiredCode]:
    """Return the retired codes of a level."""
    rows = session.scalars(select(RetiredCodeRow).where(RetiredCodeRow.level == level.value))
    return {row.code: RetiredCode(level, row.code, row.retired_on, row.successor_code) for row in rows}


def add_changes(session: Session, edition_id: int, changes: Iterable[AreaChange]) -> int:
    """Keep the lines of what an edition changed; return how many."""
    columns = ("edition_id", "level", "kind", "old_code", "new_code", "detail", "area_change_percent")
    rows = (
        (edition_id, change.level.value, change.kind.value, change.old_code, change.new_code, change.detail, change.area_change_percent)
        for change in changes
    )
    return copy_rows(session, AreaChangeRow.__tablename__, columns, rows)


def refresh_statistics(session: Session) -> None:
    """Let the planner see what was loaded."""
    session.execute(text("ANALYZE area"))


def list_open_parents(session: Session, level: Level) -> list[tuple[str, str | None]]:
    """Return code and parent of every open area of a level, by code."""
    statement = select(AreaRow.code, AreaRow.parent_code).where(AreaRow.level == level.value, AreaRow.valid_to.is_(None))
    return [(code, parent) for code, parent in session.execute(statement.order_by(AreaRow.code))]


def is_open(session: Session, code: str) -> bool:
    """Say whether an area of any level with this code has no end yet."""
    return session.scalar(select(AreaRow.id).where(AreaRow.code == code, AreaRow.valid_to.is_(None)).limit(1)) is not None
