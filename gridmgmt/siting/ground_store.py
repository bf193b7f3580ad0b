"""Statements that read what siting needs of areas and roads."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.errors import NotReadyError
from gridmgmt.roads.export_store import list_segments_on
from gridmgmt.siting.ground import NOWHERE, Ground, Shapes, Strings

_AREAS = text("""
SELECT level, code, parent_code, coalesce(population, 0) AS people, coalesce(land_use_class, '') AS land_use,
    CASE WHEN level = :finest THEN st_asbinary(shape) END AS shape
FROM area
WHERE valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)
ORDER BY code COLLATE "C"
""")


def read_ground(session: Session, *, on: datetime.date) -> Ground:
    """Return the areas and roads of a day; raise NotReadyError where there are none yet."""
    levels = [level.value for level in city_store.get_profile(session).levels]
    rows = session.execute(_AREAS, {"finest": levels[-1], "day": on}).all()
    finest = [row for row in rows if row.level == levels[-1]]
    if not finest:
        raise NotReadyError(f"there are no areas on {on}; import boundaries first", zh=f"{on} 没有边界数据，请先导入")
    above = {(row.level, row.code): row.parent_code for row in rows}
    people = {row.code: int(row.people) for row in rows if row.level == levels[-2]} if len(levels) > 1 else {}
    places = {code: position for position, code in enumerate(sorted(people))}
    chains = [_chain(levels, above, row.code) for row in finest]
    segments = list_segments_on(session, on=on)
    return Ground(
        _strings([row.code for row in finest]), _shapes([row.shape for row in finest]), _strings([row.land_use for row in finest]),
        np.array([places.get(chain.get(levels[-2], ""), NOWHERE) for chain in chains] if people else [NOWHERE] * len(finest), np.int64),
        _strings([chain.get("street_office", "") for chain in chains]), _strings([chain.get("district", "") for chain in chains]),
        _strings(sorted(people)), np.array([people[code] for code in sorted(people)], np.int64),
        _strings([s.code for s in segments]), _strings([s.road_class for s in segments]), _lines([s.line for s in segments]),
    )  # fmt: skip


def _chain(levels: Sequence[str], above: Mapping[tuple[str, str], str | None], code: str) -> dict[str, str]:
    """Return the code of each level from the finest area up; a level without one is left out."""
    found: dict[str, str] = {}
    here: str | None = code
    for level in reversed(levels):
        if here is None:
            break
        found[level], here = here, above.get((level, here))
    return found


def _strings(values: Sequence[str]) -> Strings:
    column = np.empty(len(values), object)
    column[:] = list(values)
    return column


def _shapes(values: Sequence[memoryview | bytes | None]) -> Shapes:
    return np.asarray(shapely.from_wkb(_strings([None if value is None else bytes(value) for value in values])), np.object_)  # type: ignore[misc]


def _lines(values: Sequence[shapely.LineString]) -> Shapes:
    column = np.empty(len(values), object)
    column[:] = list(values)
    return column
