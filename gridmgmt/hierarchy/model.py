"""Areas of the hierarchy and the editions of their boundaries."""

from __future__ import annotations

import dataclasses
import datetime

from shapely import MultiPolygon

from gridmgmt.city.model import Level
from gridmgmt.labels import LabelledEnum


class GeometrySource(LabelledEnum):
    """Where a shape comes from."""

    SURVEYED = "surveyed", "测绘", "Surveyed"
    IMPORTED = "imported", "导入", "Imported"
    SYNTHETIC = "synthetic", "合成（演示）", "Synthetic (demo)"


class ChangeKind(LabelledEnum):
    """What an edition did to one area."""

    ADDED = "added", "新增", "Added"
    REMOVED = "removed", "撤销", "Removed"
    RENAMED = "renamed", "更名", "Renamed"
    RECODED = "recoded", "换码（边界不变）", "Re-coded (same shape)"
    MOVED = "moved", "调整上级", "Moved to another parent"
    RESHAPED = "reshaped", "边界调整", "Reshaped"
    ATTRIBUTES = "attributes", "属性变更", "Attributes changed"


@dataclasses.dataclass(frozen=True)
class Area:
    """A district, street office, community or unit grid (区、街道、社区、单元网格).

    ``shape`` is in the storage CRS, snapped to 1/1024 m; None for an area known by code and name only.
    ``valid_to`` is exclusive; None means still valid.
    """

    level: Level
    code: str
    name: str | None
    parent_code: str | None
    shape: MultiPolygon | None
    geometry_source: GeometrySource | None
    valid_from: datetime.date
    valid_to: datetime.date | None = None
    population: int | None = None
    land_use_class: str | None = None
    management_level: str | None = None
    remark: str | None = None


@dataclasses.dataclass(frozen=True)
class BoundaryEdition:
    """A version of all boundaries (边界版本), valid from a day to a day; ``valid_to`` is exclusive."""

    id: int
    name: str
    valid_from: datetime.date
    valid_to: datetime.date | None


@dataclasses.dataclass(frozen=True)
class AreaChange:
    """One line of the difference between two editions."""

    level: Level
    kind: ChangeKind
    old_code: str | None
    new_code: str | None
    detail: str
    area_change_percent: float | None = None


@dataclasses.dataclass(frozen=True)
class RetiredCode:
    """A code that ended with an edition and is never used again; ``successor_code`` carries on where something does."""

    level: Level
    code: str
    retired_on: datetime.date
    successor_code: str | None


@dataclasses.dataclass(frozen=True)
class AssessmentMembership:
    """A street office counts for an assessment unit (考核单元) from a day to a day (exclusive; None = still)."""

    unit_code: str
    unit_name: str
    league: str | None
    street_office_code: str
    valid_from: datetime.date
    valid_to: datetime.date | None = None


@dataclasses.dataclass(frozen=True)
class AreaHit:
    """An area a search found; ``bounds`` are west, south, east, north in the storage CRS, None for an area without a shape."""

    level: Level
    code: str
    name: str | None
    parent_code: str | None
    bounds: tuple[float, float, float, float] | None
