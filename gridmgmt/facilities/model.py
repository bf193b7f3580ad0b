"""Facilities and what their registers hold."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

import shapely

from gridmgmt.labels import LabelledEnum


class FacilityKind(LabelledEnum):
    """A kind of facility; the value is also its word in addresses (``/coverage/toilet``)."""

    TOILET = "toilet", "公共厕所", "Public toilet"
    TRANSFER_STATION = "transfer-station", "转运站", "Transfer station"
    COLLECTION_HOUSE = "collection-house", "分类收集屋", "Collection house"
    DEMOLITION_SITE = "demolition-site", "拆除工地", "Demolition site"


class FacilityStatus(LabelledEnum):
    """Whether a facility serves; sites of demolition pass through declared … cleared."""

    PLANNED = "planned", "规划", "Planned"
    BUILDING = "building", "在建", "Under construction"
    OPEN = "open", "启用", "In service"
    PAUSED = "paused", "停用", "Paused"
    CLOSED = "closed", "关闭", "Closed"
    DECLARED = "declared", "已申报", "Declared"
    APPROVED = "approved", "已核准", "Approved"
    ACTIVE = "active", "施工中", "Active"
    FINISHED = "finished", "已完工", "Finished"
    CLEARED = "cleared", "场光地净", "Cleared"


class ProgrammeKind(LabelledEnum):
    """How a facility counts toward the plan's programme (300 / 100 / 1,000)."""

    NEW = "new", "新建", "New"
    REBUILT = "rebuilt", "改建", "Rebuilt"
    EXTENDED = "extended", "扩建", "Extended"


class ToiletForm(LabelledEnum):
    """How a toilet stands."""

    DETACHED = "detached", "独立式", "Detached"
    ATTACHED = "attached", "附属式", "Attached"
    MOBILE = "mobile", "活动式", "Mobile"


class WasteSiteKind(LabelledEnum):
    """What a demolition-waste point is."""

    DEMOLITION = "demolition", "拆除工地", "Demolition"
    NEW_BUILD = "new_build", "新建工地", "New build"
    ROAD = "road", "道路工地", "Road works"
    RENOVATION_DEPOT = "renovation_depot", "装修垃圾堆放点", "Renovation-waste depot"
    DISPOSAL_SITE = "disposal_site", "弃土消纳场", "Soil disposal site"
    RUBBLE_PLANT = "rubble_plant", "弃料综合处理厂", "Rubble plant"
    RENOVATION_LINE = "renovation_line", "装修垃圾处理线", "Renovation-waste line"
    BULKY_WASTE = "bulky_waste", "大件垃圾拆解点", "Bulky-waste facility"


@dataclasses.dataclass(frozen=True)
class Toilet:
    """What a register of public toilets holds (公共厕所); areas in square metres, ``toilet_class`` 1 to 3."""

    toilet_class: int | None = None
    form: ToiletForm | None = None
    opening_hours: str | None = None
    cubicles_male: int | None = None
    cubicles_female: int | None = None
    cubicles_accessible: int | None = None
    family_toilet: bool | None = None
    barrier_free: bool | None = None
    building_area_m2: float | None = None
    plot_area_m2: float | None = None
    septic_tank: str | None = None
    smart_sensors: bool | None = None


@dataclasses.dataclass(frozen=True)
class TransferStation:
    """What a register of transfer stations holds (转运站); ``station_class`` is I to V, distances in metres."""

    station_class: str | None = None
    design_t_per_day: float | None = None
    site_area_m2: float | None = None
    building_distance_m: float | None = None
    green_belt_m: float | None = None
    truck_access: bool | None = None


@dataclasses.dataclass(frozen=True)
class CollectionHouse:
    """What a register of sorted-waste collection houses holds (分类收集屋)."""

    compound: str | None = None
    households_served: int | None = None
    capacity_t_per_day: float | None = None
    bin_washing: bool | None = None
    drain: bool | None = None
    deodorising: bool | None = None
    vehicle_bay: bool | None = None
    hand_wash: bool | None = None
    smart_access: bool | None = None


@dataclasses.dataclass(frozen=True)
class DemolitionSite:
    """What a register of demolition-waste points holds (拆除工地、消纳场).

    ``footprint`` and ``route`` are in the storage CRS, snapped; ``quantities`` maps each of the five kinds of waste to declared,
    approved and disposed tonnes and cubic metres.
    """

    site_kind: WasteSiteKind
    footprint: shapely.MultiPolygon | None = None
    road_segment_code: str | None = None
    builder: str | None = None
    contractor: str | None = None
    supervisor_unit: str | None = None
    permit_no: str | None = None
    permit_from: datetime.date | None = None
    permit_to: datetime.date | None = None
    permitted_hours: str | None = None
    quantities: Mapping[str, Any] | None = None
    carriers: str | None = None
    route: shapely.LineString | None = None
    destination_code: str | None = None
    wash_bay: bool | None = None
    fenced: bool | None = None
    hardened: bool | None = None
    covered: bool | None = None
    dust_noise_sensors: bool | None = None
    contact: str | None = None
    capacity_m3: float | None = None
    remaining_m3: float | None = None
    intake_t_per_day: float | None = None
    accepted_categories: str | None = None
    service_life: str | None = None
    river_port: str | None = None
    city_side: str | None = None


Details = Toilet | TransferStation | CollectionHouse | DemolitionSite


@dataclasses.dataclass(frozen=True)
class Facility:
    """A facility of any kind (设施).

    ``point`` is in the storage CRS, snapped to 1/1024 m. ``unit_grid_code`` is filled by the store from the boundaries now open.
    ``programme`` and ``programme_year`` are both given or both None; ``closed_on`` is the first day out of service.
    ``details`` is of the dataclass of the kind (``DETAILS_OF``), or None where only the shared fields are known.
    """

    code: str
    kind: FacilityKind
    name: str
    status: FacilityStatus
    point: shapely.Point
    source: str
    unit_grid_code: str | None = None
    address: str | None = None
    owner: str | None = None
    maintainer: str | None = None
    surveyed_on: datetime.date | None = None
    opened_on: datetime.date | None = None
    closed_on: datetime.date | None = None
    programme: ProgrammeKind | None = None
    programme_year: int | None = None
    counts_toward_plan: bool = False
    remark: str | None = None
    details: Details | None = None


@dataclasses.dataclass(frozen=True)
class ProgrammeCount:
    """How many facilities of a kind count toward the plan, by programme and year."""

    kind: FacilityKind
    programme: ProgrammeKind
    year: int
    facilities: int


DETAILS_OF: Mapping[FacilityKind, type[Details]] = {
    FacilityKind.TOILET: Toilet,
    FacilityKind.TRANSFER_STATION: TransferStation,
    FacilityKind.COLLECTION_HOUSE: CollectionHouse,
    FacilityKind.DEMOLITION_SITE: DemolitionSite,
}

# The numbers of Wuhan's plan 2021-2025 by kind; another city's plan is another number, so it is shown, never enforced.
PLAN_TARGETS: Mapping[FacilityKind, int] = {
    FacilityKind.TOILET: 300,
    FacilityKind.TRANSFER_STATION: 100,
    FacilityKind.COLLECTION_HOUSE: 1000,
}
