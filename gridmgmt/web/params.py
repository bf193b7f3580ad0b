"""Values out of an address or a form, each named in the error when it is wrong."""

from __future__ import annotations

import datetime
import enum
import math
from collections.abc import Mapping
from typing import TypeVar

from flask import request
from werkzeug.routing import IntegerConverter, Map

from gridmgmt import crs
from gridmgmt.errors import InvalidInputError
from gridmgmt.evaluation.day_store import midnight
from gridmgmt.facilities.coverage import RADIUS_RULES
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.web.door import profile, today

AnyEnum = TypeVar("AnyEnum", bound=enum.StrEnum)
Values = Mapping[str, str]
MAX_ZOOM = 22
SYSTEMS = ("wgs84", "gcj02", "bd09")  # of coordinates that people are asked to choose from
LONGEST_ID = 18  # digits that a bigint takes for certain


class RowNumber(IntegerConverter):
    """The number of a row in a path; what no row can have is a page that does not exist."""

    def __init__(self, map: Map, *, max: int = 2**63 - 1) -> None:  # noqa: A002 - werkzeug's names
        """Take numbers up to ``max``, the greatest bigint unless a route says another."""
        super().__init__(map, max=max)


def text_of(values: Values, field: str, *, longest: int = 200) -> str:
    """Return a text without the blanks around it, empty where it is missing."""
    value = values.get(field, "").strip()
    if len(value) > longest:
        raise InvalidInputError(field, f"is longer than {longest} characters", zh=f"超过 {longest} 个字符")
    if "\0" in value:
        raise InvalidInputError(field, "holds a null character", zh="含有空字符")
    return value


def number_of(values: Values, field: str) -> float:
    """Return a number."""
    given = text_of(values, field)
    try:
        value = float(given)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInputError(field, f"{given!r} is not a number", zh=f"“{given}”不是数字")
    return value


def day_of(values: Values, field: str = "on") -> datetime.date:
    """Return a day written YYYY-MM-DD, the city's today where it is missing."""
    given = text_of(values, field)
    if not given:
        return today()
    try:
        return datetime.date.fromisoformat(given)
    except ValueError:
        raise InvalidInputError(field, f"{given!r} is not a day such as 2026-11-22", zh=f"“{given}”不是日期（如 2026-11-22）") from None


def start_of(values: Values, field: str, *, days: int = 0) -> datetime.datetime | None:
    """Return when a day of the city begins, or some days later; None where it is missing."""
    if not text_of(values, field):
        return None
    day = day_of(values, field)
    try:
        return midnight(day + datetime.timedelta(days=days), profile().time_zone)
    except OverflowError:
        raise InvalidInputError(field, f"{day} is out of all time", zh=f"{day} 超出可用的日期") from None


def id_of(values: Values, field: str) -> int | None:
    """Return the number of a row, None where it is missing; raise InvalidInputError for what no row can have."""
    given = text_of(values, field)
    if not given:
        return None
    if not given.isdecimal() or len(given) > LONGEST_ID:
        raise InvalidInputError(field, f"{given!r} is not a number", zh=f"“{given}”不是编号")
    return int(given)


def choice_of(given: str, field: str, choices: type[AnyEnum]) -> AnyEnum:
    """Return the member with a value."""
    try:
        return choices(given)
    except ValueError:
        known = ", ".join(choices)
        raise InvalidInputError(field, f"{given!r} is none of {known}", zh=f"“{given}”不在可选值之内：{known}") from None


def zoom_of(values: Values) -> int:
    """Return a zoom level."""
    zoom = number_of(values, "zoom")
    if not 0 <= zoom <= MAX_ZOOM or zoom != int(zoom):
        raise InvalidInputError("zoom", f"{zoom:g} is not a whole number from 0 to {MAX_ZOOM}", zh=f"须为 0 至 {MAX_ZOOM} 的整数")
    return int(zoom)


def box_of(values: Values) -> tuple[float, float, float, float]:
    """Return ``bbox``: west, south, east, north in degrees of EPSG:4326, cut to the city's envelope and its surroundings."""
    given = text_of(values, "bbox")
    wrong = InvalidInputError("bbox", f"{given!r} is not west,south,east,north in degrees", zh=f"“{given}”不是 west,south,east,north（度）")
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError:
        raise wrong from None
    if not (west <= east and south <= north):
        raise wrong
    envelope, around = profile().envelope, 1.0
    return (
        min(max(west, envelope.west - around), envelope.east + around),
        min(max(south, envelope.south - around), envelope.north + around),
        max(min(east, envelope.east + around), envelope.west - around),
        max(min(north, envelope.north + around), envelope.south - around),
    )


def storage_box(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the box in the storage CRS that holds a box of degrees (its sides are curved there: corners and middles count)."""
    west, south, east, north = box
    lon, lat = (west + east) / 2, (south + north) / 2
    xs, ys = crs.crs_to_crs(
        [west, lon, east, west, lon, east, west, lon, east],
        [south, south, south, lat, lat, lat, north, north, north],
        crs.WGS84,
        f"epsg:{profile().storage_srid}",
    )
    return float(xs.min()), float(ys.min()), float(xs.max()), float(ys.max())


def radius_of(values: Values, kind: FacilityKind) -> float:
    """Return ``radius`` in metres, the kind's own rule where it is missing."""
    return number_of(values, "radius") if text_of(values, "radius") else RADIUS_RULES[kind].radius_m


def query() -> Values:
    """Return the values in the address."""
    return request.args
