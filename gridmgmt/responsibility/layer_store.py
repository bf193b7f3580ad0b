"""What a bulk index is made of: unit grids, road segments and snap limits of one day, and a name that changes when they do."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store

_HOLDS = "valid_from <= :on AND (valid_to IS NULL OR valid_to > :on)"
_GRIDS = text(f"""SELECT code, st_asbinary(shape) AS shape FROM area
    WHERE level = 'unit_grid' AND shape IS NOT NULL AND {_HOLDS} ORDER BY code COLLATE "C" """)
_SEGMENTS = text(f"""SELECT code, road_class, st_asbinary(line) AS line FROM road_segment WHERE {_HOLDS} ORDER BY code COLLATE "C" """)
# Shapes never change in a row: a redrawn area or segment is a new row.
_FINGERPRINT = text(f"""
    SELECT md5(concat_ws('/',
        (SELECT string_agg(id::text, ',' ORDER BY id) FROM area WHERE level = 'unit_grid' AND {_HOLDS}),
        (SELECT string_agg(id::text || road_class, ',' ORDER BY id) FROM road_segment WHERE {_HOLDS}),
        (SELECT storage_srid || snap_limits::text FROM city_profile)))
""")


@dataclasses.dataclass(frozen=True)
class Layers:
    """Codes in byte order, so that the lowest position is the lowest code; shapes and metres in the storage CRS."""

    grid_codes: tuple[str, ...]
    polygons: npt.NDArray[Any]
    segment_codes: tuple[str, ...]
    lines: npt.NDArray[Any]
    limits_m: npt.NDArray[np.float64]
    widest_limit_m: float


def fetch_layers(session: Session, *, on: datetime.date) -> Layers:
    """Return the unit grids and road segments of a day with the limit of each segment, and the widest of a managed class."""
    limits = city_store.get_profile(session).snap_limits
    grids = session.execute(_GRIDS, {"on": on}).all()
    segments = session.execute(_SEGMENTS, {"on": on}).all()
    by_class = [limits.by_road_class.get(row.road_class, limits.default_m) for row in segments]
    return Layers(
        tuple(row.code for row in grids), _shapes([row.shape for row in grids]), tuple(row.code for row in segments),
        _shapes([row.line for row in segments]), np.array(by_class, np.float64), max(limits.by_managed_class.values(), default=0.0),
    )  # fmt: skip


def list_segment_codes(session: Session, *, on: datetime.date) -> list[str]:
    """Return the codes of the road segments of a day in byte order."""
    return list(session.scalars(text(f'SELECT code FROM road_segment WHERE {_HOLDS} ORDER BY code COLLATE "C"'), {"on": on}))


def fingerprint(session: Session, *, on: datetime.date) -> str:
    """Return a name for what an index of a day is made of; another name means that the index is stale."""
    return str(session.scalar(_FINGERPRINT, {"on": on}))


def _shapes(wkb: list[bytes]) -> npt.NDArray[Any]:
    return np.asarray(shapely.from_wkb(np.array([bytes(each) for each in wkb], dtype=object)), dtype=object)
