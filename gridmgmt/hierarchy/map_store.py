"""Every statement that finds areas for a map: by name, by label, by extent."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.hierarchy.tables import AreaRow, AreaShapeRow
from gridmgmt.hierarchy.tile_store import ZOOM_BANDS, zoom_band


@dataclasses.dataclass(frozen=True)
class AreaPlace:
    """An area and a point inside it; ``x``, ``y`` in the CRS the function names."""

    level: Level
    code: str
    name: str | None
    x: float
    y: float


def search_areas(session: Session, words: str, *, on: datetime.date, limit: int) -> list[AreaPlace]:
    """Return areas whose code starts with ``words`` or whose name contains them, whole matches and larger levels first (storage CRS)."""
    found = or_(AreaRow.code.startswith(words, autoescape=True), AreaRow.name.icontains(words, autoescape=True))
    whole = or_(AreaRow.code == words, AreaRow.name == words)
    rank = func.array_position(list(Level), AreaRow.level)
    statement = _places(on).where(found).order_by(whole.is_not(True), rank, func.length(AreaRow.code), AreaRow.code).limit(limit)
    return [_place(row) for row in session.execute(statement)]


def find_place(session: Session, code: str, *, on: datetime.date) -> AreaPlace | None:
    """Return the area with a code, the finest level first, and a point inside it (storage CRS), or None."""
    rank = func.array_position(list(Level), AreaRow.level)
    row = session.execute(_places(on).where(AreaRow.code == code).order_by(rank.desc()).limit(1)).first()
    return _place(row) if row else None


def list_labels(
    session: Session, level: Level, box: tuple[float, float, float, float], *, zoom: int, on: datetime.date, limit: int
) -> list[AreaPlace]:
    """Return the areas to be labelled in a box (west, south, east, north in EPSG:3857), the largest first, points in EPSG:3857."""
    band = zoom_band(level, zoom)
    if band is None:
        return []
    inside = func.st_pointonsurface(AreaShapeRow.shape)
    window = func.st_makeenvelope(*box, 3857)
    statement = (
        select(AreaRow.level, AreaRow.code, AreaRow.name, func.st_x(inside), func.st_y(inside))
        .join(AreaShapeRow, AreaShapeRow.area_id == AreaRow.id)
        .where(AreaShapeRow.level == level.value, AreaShapeRow.min_zoom == band, AreaShapeRow.shape.op("&&")(window), valid_on(AreaRow, on))
        .order_by(AreaRow.area_m2.desc(), AreaRow.code)
        .limit(limit)
    )
    return [_place(row) for row in session.execute(statement)]


def union_shape(session: Session, members: Sequence[tuple[Level, str]], *, on: datetime.date) -> shapely.Geometry | None:
    """Return the union of areas given by level and code (storage CRS), or None where none of them has a shape."""
    keys = [(level.value, code) for level, code in members]
    statement = select(func.st_asbinary(func.st_union(AreaRow.shape))).where(
        tuple_(AreaRow.level, AreaRow.code).in_(keys), valid_on(AreaRow, on)
    )
    wkb = session.scalar(statement)
    return shapely.from_wkb(bytes(wkb)) if wkb is not None else None


def level_extent(session: Session, level: Level) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of all drawn areas of a level in EPSG:3857, or None before the shapes are built."""
    band = ZOOM_BANDS[level][0]
    extent = select(func.st_extent(AreaShapeRow.shape).label("box")).where(AreaShapeRow.level == level.value, AreaShapeRow.min_zoom == band)
    box = extent.subquery().c.box
    row = session.execute(select(func.st_xmin(box), func.st_ymin(box), func.st_xmax(box), func.st_ymax(box))).one()
    return (row[0], row[1], row[2], row[3]) if row[0] is not None else None


def _places(on: datetime.date) -> Select[Any]:
    inside = func.st_pointonsurface(AreaRow.shape)
    columns = (AreaRow.level, AreaRow.code, AreaRow.name, func.st_x(inside), func.st_y(inside))
    return select(*columns).where(AreaRow.shape.is_not(None), valid_on(AreaRow, on))


def _place(row: Any) -> AreaPlace:  # noqa: ANN401 - a row of any of the selects above
    return AreaPlace(Level(row[0]), row[1], row[2], row[3], row[4])
