"""Layers that planners bring along: places they propose, and what rules keep away from; read from columns, plain Python."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

import shapely

from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.labels import LabelledEnum
from gridmgmt.siting.candidates import Place

NAMES = ("name", "名称", "点位名称")
AREAS = ("area_m2", "面积", "用地面积", "面积（m²）")
LARGEST_M2 = 1e8


class Subject(LabelledEnum):
    """What a layer holds."""

    CANDIDATES = "candidates", "规划员提出的候选点", "Planner's own candidates"
    DRINKING_WATER_SOURCE = "drinking_water_source", "饮用水源", "Drinking-water sources"
    WATER_TANK = "water_tank", "埋地生活饮用水贮水池", "Buried domestic water tanks"
    BUILDING = "building", "建筑物", "Buildings"
    SCHOOL = "school", "学校", "Schools"
    KINDERGARTEN = "kindergarten", "幼儿园", "Kindergartens"
    RESTAURANT = "restaurant", "餐饮", "Restaurants"


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer in use; ``kind`` says for which facility where it holds candidates, ``source`` is the name of its file, ``count`` its shapes."""

    id: int
    subject: Subject
    kind: FacilityKind | None
    source: str
    count: int
    added_at: datetime.datetime
    added_by: str


@dataclasses.dataclass(frozen=True)
class Feature:
    """One shape of a layer in the storage CRS, its name (empty: none) and, of a site, its area in m² where known."""

    shape: shapely.Geometry
    name: str = ""
    area_m2: float | None = None


def read_features(numbers: Sequence[int], columns: Mapping[str, Sequence[object]], shapes: Sequence[shapely.Geometry]) -> list[Feature]:
    """Return features from columns; raise InvalidInputError with row and field for an area that is no number of square metres.

    ``numbers`` are the rows in the file. A polygon without an area has its own.
    """
    names, areas = (next((columns[field] for field in fields if field in columns), None) for fields in (NAMES, AREAS))
    field = next((field for field in AREAS if field in columns), AREAS[0])
    found = []
    for at, (number, shape) in enumerate(zip(numbers, shapes, strict=True)):
        area = None if areas is None else _area(field, areas[at], number)
        own = float(shapely.area(shape)) or None
        found.append(Feature(shape, "" if names is None else _text(names[at]), own if area is None else area))
    return found


def places_of(features: Sequence[Feature]) -> list[Place]:
    """Return the places to build on, a shape's by a point inside."""
    inside = (shapely.point_on_surface(feature.shape) for feature in features)
    return [Place(feature.name, point.x, point.y, feature.area_m2) for feature, point in zip(features, inside, strict=True)]


def _text(value: object) -> str:
    """Return a cell as text; one that is missing, which some readers give as a number that is none, is empty."""
    text = "" if value is None else str(value).strip()
    return "" if text in {"nan", "None", "<NA>"} else text


def _area(field: str, value: object, row: int) -> float | None:
    text = _text(value)
    if not text:
        return None
    try:
        area = float(text)
    except ValueError:
        raise InvalidInputError(field, f"{text!r} is no number", row=row, zh=f"“{text}”不是数字") from None
    if not 0 < area <= LARGEST_M2:
        raise InvalidInputError(field, f"{text} is no area in m²", row=row, zh=f"“{text}”不是以平方米计的面积")
    return area
