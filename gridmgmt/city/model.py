"""What a city profile says (城市配置)."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Mapping

from gridmgmt.labels import LabelledEnum


class CodeScheme(LabelledEnum):
    """How codes of areas nest."""

    GB = "gb", "国标嵌套编码（6/9/12/15 位）", "nested GB codes (6/9/12/15 digits)"
    LOCAL = "local", "本地编码，上级另行注明", "opaque local codes with explicit parents"


class Level(LabelledEnum):
    """A level of the hierarchy, from the whole to the part."""

    DISTRICT = "district", "区", "District"
    STREET_OFFICE = "street_office", "街道", "Street office"
    COMMUNITY = "community", "社区（村）", "Community"
    UNIT_GRID = "unit_grid", "单元网格", "Unit grid"

    @property
    def code_field(self) -> str:
        """The field that holds the code of an area of this level, wherever something lies in areas."""
        return f"{self.value}_code"


GB_CODE_DIGITS: Mapping[Level, int] = {
    Level.DISTRICT: 6,
    Level.STREET_OFFICE: 9,
    Level.COMMUNITY: 12,
    Level.UNIT_GRID: 15,
}


@dataclasses.dataclass(frozen=True)
class Envelope:
    """West, south, east, north in degrees of EPSG:4326: nothing outside it belongs to the city."""

    west: float
    south: float
    east: float
    north: float

    def covers(self, lon: float, lat: float) -> bool:
        """Say whether a longitude and latitude lie inside or on the border."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


@dataclasses.dataclass(frozen=True)
class SnapLimits:
    """How far (metres) a point may lie from a road segment and still belong to it.

    The narrowest rule wins: the class of the matter, then the class of the road, then the default.
    """

    default_m: float
    by_road_class: Mapping[str, float]
    by_managed_class: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class CityProfile:
    """Everything about a city that may never be a silent default."""

    name: str
    storage_srid: int
    envelope: Envelope
    time_zone: str
    code_scheme: CodeScheme
    levels: tuple[Level, ...]
    catalogue_standard: str
    snap_limits: SnapLimits

    def parent_level(self, level: Level) -> Level | None:
        """Return the level just above, or None for the topmost."""
        position = self.levels.index(level)
        return self.levels[position - 1] if position else None

    @property
    def finest_level(self) -> Level:
        """Return the last level, the one incidents are assigned to."""
        return self.levels[-1]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """Return the city's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def day_of(self, at: datetime.datetime) -> datetime.date:
        """Return the city's day at an instant."""
        return at.astimezone(self.zone).date()
