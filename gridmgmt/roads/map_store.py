"""Every statement that draws or looks up roads: simplified lines, vector tiles, segments by name."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Select, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.crs import crs_to_crs
from gridmgmt.db import copy_rows, valid_on
from gridmgmt.roads.model import RoadClass, RoadSegment
from gridmgmt.roads.tables import RoadSegmentRow, RoadShapeRow

TILE = text(Path(__file__).with_name("road_tile.sql").read_text(encoding="utf-8"))
Ints = npt.NDArray[np.int_]
Strings = npt.NDArray[np.str_]
Shapes = npt.NDArray[np.object_]
PIXEL_AT_ZOOM_0 = 40_075_016.685578488 / 256  # metres of EPSG:3857
WHOLE_FROM_ZOOM = 12  # below, segments of one class are joined into long lines without code or name
_MAIN = (RoadClass.MOTORWAY, RoadClass.TRUNK)
_THROUGH = (*_MAIN, RoadClass.PRIMARY)
_CONNECTING = (*_THROUGH, RoadClass.SECONDARY)
# first zoom of a range → the classes drawn there; from the last on lines are drawn as stored
CLASSES_BY_ZOOM: Mapping[int, tuple[RoadClass, ...]] = {
    8: _MAIN,
    10: _THROUGH,
    12: _CONNECTING,
    13: (*_CONNECTING, RoadClass.TERTIARY),
    14: tuple(RoadClass),
}


def road_tile(session: Session, tile: tuple[int, int, int], *, on: datetime.date) -> bytes:
    """Return the vector tile (zoom, column, row) of the segments drawn at its zoom on a day; empty bytes where there is nothing.

    Features carry ``road_class``, and ``code`` and ``name`` from ``WHOLE_FROM_ZOOM`` on.
    """
    zoom, column, row = tile
    band = max((first for first in CLASSES_BY_ZOOM if first <= zoom), default=None)
    if band is None:
        return b""
    return bytes(
        session.execute(TILE, {"z": zoom, "x": column, "y": row, "band": band, "day": on, "whole": band >= WHOLE_FROM_ZOOM}).scalar_one()
    )


def tile_version(session: Session) -> int:
    """Return a number that changes with every rebuild of the lines; 0 before the first."""
    return session.scalar(select(func.max(RoadShapeRow.id))) or 0


def rebuild_shapes(session: Session, *, on: datetime.date) -> int:
    """Simplify all segments valid on a day or later for every range of zooms; return how many lines were written."""
    srid = city_store.get_storage_srid(session)
    session.execute(delete(RoadShapeRow))
    rows = session.execute(
        select(
            RoadSegmentRow.id,
            RoadSegmentRow.road_class,
            RoadSegmentRow.valid_from,
            RoadSegmentRow.valid_to,
            func.st_asbinary(RoadSegmentRow.line),
        )
        .where(or_(RoadSegmentRow.valid_to.is_(None), RoadSegmentRow.valid_to > on))
        .order_by(RoadSegmentRow.id)
    ).all()
    count = copy_rows(session, "road_shape", ("segment_id", "min_zoom", "shape"), _simplified([tuple(row) for row in rows], f"epsg:{srid}"))
    session.execute(text("ANALYZE road_shape"))
    return count


def _simplified(rows: list[tuple[Any, ...]], crs: str) -> Iterator[tuple[Any, ...]]:
    ids, alike = np.array([row[0] for row in rows], dtype=int), [row[1:4] for row in rows]
    lines = shapely.from_wkb([bytes(row[4]) for row in rows])
    mercator = shapely.transform(lines, lambda xy: np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], crs, "epsg:3857")))
    joined = _joined(ids, alike, mercator)
    firsts = list(CLASSES_BY_ZOOM)
    for first, following in zip(firsts, [*firsts[1:], None], strict=True):
        some_ids, classes, drawn = (ids, np.array([key[0] for key in alike], dtype=str), mercator) if first >= WHOLE_FROM_ZOOM else joined
        chosen = np.isin(classes, [road_class.value for road_class in CLASSES_BY_ZOOM[first]])
        drawn = drawn[chosen] if following is None else shapely.simplify(drawn[chosen], PIXEL_AT_ZOOM_0 / 2 ** (following - 1) / 2)
        wkb = shapely.to_wkb(shapely.set_srid(drawn, 3857), hex=True, include_srid=True)
        yield from ((int(segment_id), first, line) for segment_id, line in zip(some_ids[chosen], wkb, strict=True))


def _joined(ids: Ints, alike: list[tuple[Any, ...]], lines: Shapes) -> tuple[Ints, Strings, Shapes]:
    """Join lines of one class and validity end to end; each long line hangs on the first segment of its kind.

    A dual carriageway that meets itself stays two lines; nothing is joined across a crossing.
    """
    groups: dict[tuple[Any, ...], list[int]] = {}
    for n, key in enumerate(alike):
        groups.setdefault(key, []).append(n)
    long_ids, classes, pieces = [], [], []
    for key, members in groups.items():
        parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines[members])))
        pieces.append(parts)
        long_ids += [ids[members[0]]] * len(parts)
        classes += [key[0]] * len(parts)
    return np.array(long_ids, dtype=int), np.array(classes, dtype=str), np.concatenate(pieces) if pieces else lines


def search_segments(session: Session, words: str, *, on: datetime.date, limit: int) -> list[RoadSegment]:
    """Return segments whose code is ``words`` or whose name contains them, whole names first, one segment a name."""
    named = (
        _segments(on)
        .where(or_(RoadSegmentRow.code == words, RoadSegmentRow.name.icontains(words, autoescape=True)))
        .ext(distinct_on(func.coalesce(RoadSegmentRow.name, RoadSegmentRow.code)))
        .order_by(func.coalesce(RoadSegmentRow.name, RoadSegmentRow.code), RoadSegmentRow.code)
    ).subquery()
    statement = select(named).order_by(named.c.code != words, func.length(named.c.name), named.c.name).limit(limit)
    return [_segment(row) for row in session.execute(statement).mappings()]


def find_segment(session: Session, code: str, *, on: datetime.date) -> RoadSegment | None:
    """Return the segment with a code on a day, or None."""
    row = session.execute(_segments(on).where(RoadSegmentRow.code == code)).mappings().first()
    return _segment(row) if row else None


def list_segments_inside(session: Session, shape: shapely.Geometry, *, on: datetime.date, limit: int = 2000) -> list[RoadSegment]:
    """Return the segments that run through a shape (storage CRS) on a day, by code; a mere touch of the border does not count."""
    srid = city_store.get_storage_srid(session)
    area = func.st_geomfromwkb(shapely.to_wkb(shape), srid)
    inside = func.st_relate(RoadSegmentRow.line, area, "T********")
    statement = _segments(on).where(func.st_intersects(RoadSegmentRow.line, area), inside).order_by(RoadSegmentRow.code).limit(limit)
    return [_segment(row) for row in session.execute(statement).mappings()]


def list_segments(session: Session, codes: list[str], *, on: datetime.date) -> list[RoadSegment]:
    """Return the segments with these codes on a day, by code."""
    statement = _segments(on).where(RoadSegmentRow.code.in_(codes)).order_by(RoadSegmentRow.code)
    return [_segment(row) for row in session.execute(statement).mappings()]


def count_segments(session: Session, *, on: datetime.date) -> int:
    """Return how many segments are valid on a day."""
    return session.scalar(select(func.count()).select_from(_segments(on).subquery())) or 0


def _segments(on: datetime.date) -> Select[Any]:
    row = RoadSegmentRow
    return select(
        row.code, row.name, row.road_class, func.st_asbinary(row.line).label("line"), row.source, row.valid_from, row.valid_to
    ).where(valid_on(row, on))


def _segment(row: Mapping[Any, Any]) -> RoadSegment:
    line = shapely.LineString(shapely.get_coordinates(shapely.from_wkb(bytes(row["line"]))))
    return RoadSegment(row["code"], row["name"], RoadClass(row["road_class"]), line, row["source"], row["valid_from"], row["valid_to"])
