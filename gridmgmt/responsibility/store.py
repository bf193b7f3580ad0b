"""The one statement that says who answers for a point on a day (归属)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.responsibility.model import AreaLabel, Basis, ChiefAnswer, Responsibility, SegmentAnswer

_RESOLVE = Path(__file__).with_name("resolve.sql").read_text(encoding="utf-8")
_ONE_POINT = """
SELECT 0 AS id, st_setsrid(st_makepoint(:x, :y), city_profile.storage_srid) AS point, CAST(:day AS date) AS day,
       CAST(:class_key AS text) AS class_key
FROM city_profile
"""
_MANY_POINTS = """
SELECT given.id, st_setsrid(st_makepoint(given.x, given.y), city_profile.storage_srid) AS point, CAST(:day AS date) AS day, given.class_key
FROM city_profile
CROSS JOIN unnest(CAST(:xs AS float8[]), CAST(:ys AS float8[]), CAST(:keys AS text[])) WITH ORDINALITY AS given (x, y, class_key, id)
"""


def resolve_sql(points: str) -> str:
    """Return the statement for the rows of a query ``points`` with columns id, point, day, class_key.

    The same text serves one point and a staged million, so that both answer alike; its columns are those of ``resolve.sql``.
    """
    return f"WITH points AS ({points})\n{_RESOLVE}"


_MANY_POINTS_STATEMENT = text(resolve_sql(_MANY_POINTS) + "\nORDER BY points.id")
_ONE_POINT_STATEMENT = text(resolve_sql(_ONE_POINT))


def resolve_responsibility(
    session: Session, point: tuple[float, float], *, on: datetime.date, class_key: str | None = None
) -> Responsibility:
    """Say who answers for a point on a day.

    ``point`` is easting, northing in the storage CRS in metres, snapped (``gridmgmt.crs.to_storage``); ``class_key`` is
    ``kind:code`` of the managed class where its own snap limit should hold. Nobody and outside are answers too: see ``Basis``.
    """
    x, y = point
    row = session.execute(_ONE_POINT_STATEMENT, {"x": x, "y": y, "day": on, "class_key": class_key}).mappings().one()
    return _responsibility(row, on)


def resolve_many(
    session: Session, x: Sequence[float], y: Sequence[float], *, on: datetime.date, class_keys: Sequence[str | None] | None = None
) -> list[Responsibility]:
    """Answer points of the storage CRS, snapped, by the same statement, in their order."""
    values = {"xs": list(x), "ys": list(y), "keys": list(class_keys or [None] * len(x)), "day": on}
    return [_responsibility(row, on) for row in session.execute(_MANY_POINTS_STATEMENT, values).mappings()]


def explain_plan(session: Session, point: tuple[float, float], *, on: datetime.date) -> list[dict[str, Any]]:
    """Return PostgreSQL's plan of the statement with its measured times (EXPLAIN ANALYZE as JSON)."""
    statement = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {resolve_sql(_ONE_POINT)}")
    plan: list[dict[str, Any]] = session.execute(statement, {"x": point[0], "y": point[1], "day": on, "class_key": None}).scalar_one()
    return plan


def _responsibility(row: RowMapping, on: datetime.date) -> Responsibility:
    return Responsibility(
        on=on,
        basis=Basis(row["basis"]),
        edition_id=row["edition_id"],
        edition_name=row["edition_name"],
        areas=tuple(AreaLabel(level, row[f"{level}_code"], row[f"{level}_name"]) for level in Level if row[f"{level}_code"] is not None),
        shared_with=tuple(row["shared_with"]),
        border_distance_m=row["border_distance_m"],
        segment=_segment(row),
        zone_code=row["zone_code"],
        zone_name=row["zone_name"],
        chief=_chief(row),
    )


def _segment(row: RowMapping) -> SegmentAnswer | None:
    if row["segment_code"] is None:
        return None
    return SegmentAnswer(row["segment_code"], row["segment_name"], row["road_class"], row["segment_distance_m"])


def _chief(row: RowMapping) -> ChiefAnswer | None:
    if row["appointment_id"] is None:
        return None
    return ChiefAnswer(row["appointment_id"], row["person_id"], row["chief_name"], row["chief_phone"], row["chief_agency"])
