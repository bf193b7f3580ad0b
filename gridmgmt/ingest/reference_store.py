"""What is stored already, to check a claimed CRS against."""

from __future__ import annotations

import datetime

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.ingest.claim import Reference

MOST_ROADS = 60_000


def fetch_reference(session: Session, *, level: Level, on: datetime.date, roads: bool = True) -> Reference:
    """Return the areas of a level (those with shapes, shapes drawn for a demo left out) and the road lines valid on a day.

    Synthetic shapes are no evidence of where things are; synthetic roads (source ``synthetic``) neither.
    """
    areas = session.execute(
        text(
            "SELECT code, name, ST_AsBinary(shape) FROM area WHERE level = :level AND shape IS NOT NULL AND geometry_source <> 'synthetic'"
            " AND valid_from <= :on AND (valid_to IS NULL OR valid_to > :on) ORDER BY code"
        ),
        {"level": level.value, "on": on},
    ).all()
    lines = session.execute(
        text(
            "SELECT ST_AsBinary(line) FROM road_segment WHERE source <> 'synthetic' AND valid_from <= :on"
            " AND (valid_to IS NULL OR valid_to > :on) ORDER BY code LIMIT :most"
        ),
        {"on": on, "most": MOST_ROADS if roads else 0},
    ).all()
    return Reference(
        areas={code: shapely.from_wkb(bytes(shape)) for code, _, shape in areas},
        roads=[shapely.from_wkb(bytes(line)) for (line,) in lines],
        names={code: name for code, name, _ in areas if name},
    )
