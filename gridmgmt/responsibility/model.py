"""The answer to "who is responsible for this point on this day" (归属)."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.city.model import Level
from gridmgmt.labels import LabelledEnum


class Basis(LabelledEnum):
    """Why this person, or nobody, answers."""

    SEGMENT = "segment", "所在路段的路长", "Road chief of the segment"
    ZONE = "zone", "所在责任区的路长", "Road chief of the responsibility zone"
    NO_CHIEF = (
        "no_chief",
        "该责任区当日无路长",
        "The zone has no road chief on that day",
    )
    NO_ZONE = (
        "no_zone",
        "该网格未划入责任区",
        "The unit grid belongs to no responsibility zone",
    )
    NO_GRID = "no_grid", "不在任何单元网格内", "In no unit grid"
    OUTSIDE = "outside", "在城市边界之外", "Outside the city's boundary"
    NO_EDITION = "no_edition", "该日尚无边界版本", "No boundary edition on that day"


@dataclasses.dataclass(frozen=True)
class AreaLabel:
    """Code and name of an area."""

    level: Level
    code: str
    name: str | None


@dataclasses.dataclass(frozen=True)
class SegmentAnswer:
    """The nearest road segment within the snap limit."""

    code: str
    name: str | None
    road_class: str
    distance_m: float


@dataclasses.dataclass(frozen=True)
class ChiefAnswer:
    """The road chief who answers."""

    appointment_id: int
    person_id: int
    name: str
    phone: str | None
    agency: str | None


@dataclasses.dataclass(frozen=True)
class Responsibility:
    """Who answers for a point on a day.

    ``areas`` runs from district to unit grid, those that exist; ``shared_with`` holds the other unit grids that cover the point,
    by code; ``border_distance_m`` is the distance to the border of the unit grid (0 on it), None outside; metres in the storage CRS.
    """

    on: datetime.date
    basis: Basis
    edition_id: int | None
    edition_name: str | None
    areas: tuple[AreaLabel, ...]
    shared_with: tuple[str, ...]
    border_distance_m: float | None
    segment: SegmentAnswer | None
    zone_code: str | None
    zone_name: str | None
    chief: ChiefAnswer | None

    def area(self, level: Level) -> AreaLabel | None:
        """Return the area of one level, or None."""
        return next((area for area in self.areas if area.level == level), None)
