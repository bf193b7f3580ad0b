"""Every statement that draws areas: generalised shapes and vector tiles of them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.crs import crs_to_crs
from gridmgmt.db import copy_rows, valid_on
from gridmgmt.hierarchy.tables import AreaRow, AreaShapeRow, BoundaryEditionRow

Shapes = npt.NDArray[np.object_]

TILE = text(Path(__file__).with_name("area_tile.sql").read_text(encoding="utf-8"))
# level → its layer's name in addresses and inside the tiles
LAYERS: Mapping[Level, str] = {
    Level.DISTRICT: "districts",
    Level.STREET_OFFICE: "street_offices",
    Level.COMMUNITY: "communities",
    Level.UNIT_GRID: "unit_grids",
}
MARGIN = 64 / 4096  # of a tile's side: what is drawn beyond its edge, as in area_tile.sql
PIXEL_AT_ZOOM_0 = 40_075_016.685578488 / 256  # metres of EPSG:3857
# level → the first zooms of the ranges it is prepared for: below the first it is not drawn, from the last on it is drawn as stored
ZOOM_BANDS: Mapping[Level, tuple[int, ...]] = {
    Level.DISTRICT: (0, 9, 11, 13, 16),
    Level.STREET_OFFICE: (9, 11, 13),
    Level.COMMUNITY: (11, 13),
    Level.UNIT_GRID: (13, 14),
}


def zoom_band(level: Level, zoom: int) -> int | None:
    """Return the first zoom of the range a zoom lies in, or None where the level is not drawn."""
    return max((first for first in ZOOM_BANDS[level] if first <= zoom), default=None)


def area_tile(
    session: Session, level: Level, tile: tuple[int, int, int], *, on: datetime.date, marked: Sequence[str] | None = None
) -> bytes:
    """Return the vector tile (zoom, column, row) of a level on a day; empty bytes where there is nothing.

    Features carry ``code`` and ``name`` and, where ``marked`` codes are given, ``marked`` = 1 or 0.
    """
    zoom, column, row = tile
    band = zoom_band(level, zoom)
    if band is None:
        return b""
    values = {"z": zoom, "x": column, "y": row, "layer": LAYERS[level], "level": level.value, "band": band, "day": on}
    values["marked"] = list(marked) if marked is not None else None
    return bytes(session.execute(TILE, values).scalar_one())


def tile_box(tile: tuple[int, int, int]) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a tile and its margin in EPSG:3857."""
    zoom, column, row = tile
    side, half = PIXEL_AT_ZOOM_0 * 256 / 2**zoom, PIXEL_AT_ZOOM_0 * 128
    margin = side * MARGIN
    west, north = column * side - half, half - row * side
    return west - margin, north - side - margin, west + side + margin, north + margin


def tile_version(session: Session) -> int:
    """Return a number that changes with every rebuild of the shapes; 0 before the first."""
    return session.scalar(select(func.max(AreaShapeRow.id))) or 0


def rebuild_shapes(session: Session, *, on: datetime.date) -> int:
    """Generalise all areas valid on a day or later for every range of zooms; return how many shapes were written.

    Shared borders stay shared as far as the areas of a level are a valid coverage (``shapely.coverage_simplify``).
    """
    srid = city_store.get_storage_srid(session)
    session.execute(delete(AreaShapeRow))
    rows = _shape_rows(session, f"epsg:{srid}", _days(session, on))
    count = copy_rows(session, "area_shape", ("area_id", "level", "min_zoom", "shape"), rows)
    session.execute(text("ANALYZE area_shape"))
    return count


def _days(session: Session, on: datetime.date) -> list[datetime.date]:
    """Return the day and the later days on which an edition starts: each is a coverage of its own."""
    later = session.scalars(select(BoundaryEditionRow.valid_from).where(BoundaryEditionRow.valid_from > on).order_by("valid_from"))
    return [on, *later]


def _shape_rows(session: Session, crs: str, days: Iterable[datetime.date]) -> Iterator[tuple[Any, ...]]:
    """Read everything before the first row is given out: COPY holds the connection from then on."""
    batches = []
    for level in Level:
        drawn: set[int] = set()
        for day in days:
            ids, shapes = _read_shapes(session, level, day)
            new = np.array([area_id not in drawn for area_id in ids], dtype=bool)
            if new.any():
                batches.append((level, ids, shapes, new))
            drawn.update(ids)
    return (row for batch in batches for row in _generalised(*batch, crs))


def _read_shapes(session: Session, level: Level, day: datetime.date) -> tuple[list[int], Shapes]:
    rows = session.execute(
        select(AreaRow.id, func.st_asbinary(AreaRow.shape))
        .where(AreaRow.level == level.value, AreaRow.shape.is_not(None), valid_on(AreaRow, day))
        .order_by(AreaRow.code)
    ).all()
    return [area_id for area_id, _ in rows], shapely.from_wkb([bytes(wkb) for _, wkb in rows])


def _generalised(level: Level, ids: list[int], shapes: Shapes, new: npt.NDArray[np.bool_], crs: str) -> Iterator[tuple[Any, ...]]:
    mercator = shapely.transform(shapes, lambda xy: np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], crs, "epsg:3857")))
    bands = ZOOM_BANDS[level]
    for first, following in zip(bands, (*bands[1:], None), strict=True):
        drawn = mercator if following is None else shapely.coverage_simplify(mercator, PIXEL_AT_ZOOM_0 / 2 ** (following - 1))
        drawn = shapely.set_srid(_as_multipolygons(drawn), 3857)
        for area_id, wkb in zip(np.array(ids)[new], shapely.to_wkb(drawn[new], hex=True, include_srid=True), strict=True):
            yield int(area_id), level.value, first, wkb


def _as_multipolygons(shapes: Shapes) -> Shapes:
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    result = shapes.copy()
    result[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    return result
