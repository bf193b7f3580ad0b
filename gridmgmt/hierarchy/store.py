"""Every statement about areas and editions."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import cast

import shapely
from shapely import MultiPolygon
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.db import copy_rows, valid_on
from gridmgmt.errors import ConflictError
from gridmgmt.hierarchy.model import Area, AreaHit, BoundaryEdition, GeometrySource
from gridmgmt.hierarchy.tables import AreaRow, BoundaryEditionRow

AREA_COLUMNS = (
    "level", "code", "name", "parent_code", "shape", "geometry_source", "population", "land_use_class", "management_level",
    "remark", "valid_from", "valid_to",
)  # fmt: skip


def list_editions(session: Session) -> list[BoundaryEdition]:
    """Return all editions, oldest first."""
    rows = session.scalars(select(BoundaryEditionRow).order_by(BoundaryEditionRow.valid_from))
    return [_edition(row) for row in rows]


def find_edition(session: Session, *, on: datetime.date) -> BoundaryEdition | None:
    """Return the edition valid on a day, or None."""
    row = session.scalar(select(BoundaryEditionRow).where(valid_on(BoundaryEditionRow, on)))
    return _edition(row) if row else None


def open_edition(session: Session, *, name: str, valid_from: datetime.date) -> BoundaryEdition:
    """Start an edition on a day, closing the one before, or join the newest if it starts that very day.

    Raises ConflictError for a day before the newest edition: history is appended, not rewritten.
    """
    newest = session.scalar(select(BoundaryEditionRow).order_by(BoundaryEditionRow.valid_from.desc()).limit(1))
    if newest and newest.valid_from == valid_from:
        return _edition(newest)
    if newest and newest.valid_from > valid_from:
        message = f"edition {newest.name!r} starts on {newest.valid_from}; a new one cannot start on {valid_from}, before it"
        raise ConflictError(message, zh=f"边界版本“{newest.name}”自 {newest.valid_from} 起生效，新版本不能早于该日")
    if newest:
        newest.valid_to = valid_from
        session.flush()
    row = BoundaryEditionRow(name=name, valid_from=valid_from)
    session.add(row)
    session.flush()
    return _edition(row)


def add_areas(session: Session, areas: Iterable[Area]) -> int:
    """Insert areas as they are (COPY); shapes must be in the storage CRS and snapped. Return how many."""
    srid = city_store.get_storage_srid(session)
    rows = (
        (
            area.level.value, area.code, area.name, area.parent_code,
            shapely.to_wkb(shapely.set_srid(area.shape, srid), hex=True, include_srid=True) if area.shape is not None else None,
            area.geometry_source.value if area.geometry_source else None, area.population, area.land_use_class,
            area.management_level, area.remark, area.valid_from, area.valid_to,
        )
        for area in areas
    )  # fmt: skip
    return copy_rows(session, "area", AREA_COLUMNS, rows)


def find_area(session: Session, level: Level, code: str, *, on: datetime.date) -> Area | None:
    """Return the area with a code on a day, or None."""
    row = session.scalar(select(AreaRow).where(AreaRow.level == level.value, AreaRow.code == code, valid_on(AreaRow, on)))
    return _area(row) if row else None


def list_areas(session: Session, level: Level, *, on: datetime.date, parent_code: str | None = None) -> list[Area]:
    """Return the areas of a level on a day with their shapes, by code."""
    statement = select(AreaRow).where(AreaRow.level == level.value, valid_on(AreaRow, on)).order_by(AreaRow.code)
    if parent_code is not None:
        statement = statement.where(AreaRow.parent_code == parent_code)
    return [_area(row) for row in session.scalars(statement)]


def list_history(session: Session, code: str) -> list[Area]:
    """Return every row a code ever had, by level and first day; shapes included."""
    return [_area(row) for row in session.scalars(select(AreaRow).where(AreaRow.code == code).order_by(AreaRow.level, AreaRow.valid_from))]


def search_areas(session: Session, words: str, *, on: datetime.date, limit: int = 20) -> list[AreaHit]:
    """Find areas on a day by the beginning of their code or a part of their name.

    The whole code comes first, then a whole name, then a name that begins so, then any other; within each the larger level, then
    the code. ``words`` is taken literally (``%`` and ``_`` mean themselves); blank finds nothing.
    """
    words = words.strip()
    if not words:
        return []
    code, name, level = AreaRow.code, AreaRow.name, AreaRow.level
    rank = case((code == words, 0), (name == words, 1), (name.startswith(words, autoescape=True), 2), else_=3)
    statement = (
        select(level, code, name, AreaRow.parent_code, func.ST_XMin(AreaRow.shape), func.ST_YMin(AreaRow.shape),
               func.ST_XMax(AreaRow.shape), func.ST_YMax(AreaRow.shape))
        .where(or_(code.startswith(words, autoescape=True), name.contains(words, autoescape=True)), valid_on(AreaRow, on))
        .order_by(rank, case({each.value: i for i, each in enumerate(Level)}, value=level), code)
        .limit(limit)
    )  # fmt: skip
    return [
        AreaHit(Level(row[0]), row[1], row[2], row[3], None if row[4] is None else (row[4], row[5], row[6], row[7]))
        for row in session.execute(statement)
    ]


def count_areas(session: Session, *, on: datetime.date) -> dict[Level, int]:
    """Return how many areas each level has on a day."""
    rows = session.execute(select(AreaRow.level, func.count()).where(valid_on(AreaRow, on)).group_by(AreaRow.level))
    counts: dict[str, int] = dict(rows.all())
    return {level: counts[level.value] for level in Level if level.value in counts}


def _edition(row: BoundaryEditionRow) -> BoundaryEdition:
    return BoundaryEdition(row.id, row.name, row.valid_from, row.valid_to)


def _area(row: AreaRow) -> Area:
    return Area(
        level=Level(row.level), code=row.code, name=row.name, parent_code=row.parent_code,
        shape=cast("MultiPolygon", shapely.from_wkb(bytes(row.shape.data))) if row.shape is not None else None,
        geometry_source=GeometrySource(row.geometry_source) if row.geometry_source else None,
        valid_from=row.valid_from, valid_to=row.valid_to, population=row.population, land_use_class=row.land_use_class,
        management_level=row.management_level, remark=row.remark,
    )  # fmt: skip
