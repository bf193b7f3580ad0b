"""Where a report says it is: a position, or the code of an area, a road segment or a facility."""

from __future__ import annotations

import dataclasses

from gridmgmt import crs
from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities import store as facility_store
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.roads import map_store as road_map_store
from gridmgmt.web.door import profile, session, today
from gridmgmt.web.params import Values, number_of, text_of


@dataclasses.dataclass(frozen=True)
class Place:
    """A position as it will be stored with the report; ``typed`` is the code it came from, if any."""

    x: float
    y: float
    crs: str
    accuracy_m: float | None = None
    typed: str | None = None


def place_of(values: Values) -> Place:
    """Return the place a form names: its code where one is typed, else its coordinates.

    A code stands for a point inside the area, the middle of the segment or the facility's place, in the storage CRS. Raises
    InvalidInputError.
    """
    code = text_of(values, "place", longest=80)
    if code:
        return place_of_code(code)
    if not text_of(values, "lon") and not text_of(values, "lat"):
        reason = "is missing: choose a point on the map, type coordinates or a code"
        raise InvalidInputError("position", reason, zh="未选择位置：请在地图上选点，或输入坐标、编码")
    accuracy = number_of(values, "accuracy_m") if text_of(values, "accuracy_m") else None
    return Place(number_of(values, "lon"), number_of(values, "lat"), crs.parse_crs(text_of(values, "crs")), accuracy)


def place_of_code(code: str) -> Place:
    """Return the place of the code of an area, a road segment or a facility, looked for in that order."""
    area = area_map_store.find_place(session(), code, on=today())
    if area is not None:
        return _stored(area.x, area.y, code)
    segment = road_map_store.find_segment(session(), code, on=today())
    if segment is not None:
        middle = segment.line.interpolate(0.5, normalized=True)
        return _stored(middle.x, middle.y, code)
    facility = facility_store.find_facility(session(), code)
    if facility is not None:
        return _stored(facility.point.x, facility.point.y, code)
    reason = f"no area, no road segment and no facility has the code {code!r}"
    raise InvalidInputError("place", reason, zh=f"没有编码为 {code} 的区域、路段或设施")


def _stored(x: float, y: float, code: str) -> Place:
    return Place(float(crs.snap(x)), float(crs.snap(y)), f"epsg:{profile().storage_srid}", typed=code)
