"""Road segments, responsibility zones, people and appointments."""

from __future__ import annotations

import dataclasses
import datetime

from shapely import LineString

from gridmgmt.city.model import Level
from gridmgmt.labels import LabelledEnum


class RoadClass(LabelledEnum):
    """Class of a road segment; the values follow OpenStreetMap, the labels GB 50220 and common use."""

    MOTORWAY = "motorway", "高速公路", "Motorway"
    TRUNK = "trunk", "快速路", "Expressway"
    PRIMARY = "primary", "主干路", "Main road"
    SECONDARY = "secondary", "次干路", "Secondary road"
    TERTIARY = "tertiary", "支路", "Branch road"
    RESIDENTIAL = "residential", "街坊路", "Residential road"
    SERVICE = "service", "内部道路", "Service road"
    FOOTWAY = "footway", "步行道", "Footway"
    OTHER = "other", "其他", "Other"


class Post(LabelledEnum):
    """A post of the road-chief system "1+2+N" (路长制)."""

    ROAD_CHIEF = "road_chief", "路长", "Road chief"
    BUILDING_HEAD = "building_head", "楼长", "Building head"
    SHOP_HEAD = "shop_head", "店长", "Shop head"
    FORCE = "force", "共治力量", "Co-governance force"


@dataclasses.dataclass(frozen=True)
class RoadSegment:
    """A road segment (路段); ``line`` in the storage CRS, snapped to 1/1024 m; ``valid_to`` exclusive."""

    code: str
    name: str | None
    road_class: RoadClass
    line: LineString
    source: str
    valid_from: datetime.date
    valid_to: datetime.date | None = None


@dataclasses.dataclass(frozen=True)
class Zone:
    """A responsibility zone (路长责任区): a set of areas, normally one community; its shape is theirs."""

    code: str
    name: str
    members: tuple[tuple[Level, str], ...]
    valid_from: datetime.date
    valid_to: datetime.date | None = None


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody who can hold a post."""

    id: int
    code: str
    name: str
    phone: str | None
    agency: str | None


@dataclasses.dataclass(frozen=True)
class Appointment:
    """A person holds a post for a zone, or for a road segment in a zone, from a day to a day (exclusive)."""

    id: int
    person: Person
    post: Post
    zone_code: str | None
    segment_code: str | None
    valid_from: datetime.date
    valid_to: datetime.date | None


@dataclasses.dataclass(frozen=True)
class NewPerson:
    """A person as a source names them; ``code`` is the staff number."""

    code: str
    name: str
    phone: str | None = None
    agency: str | None = None


@dataclasses.dataclass(frozen=True)
class NewAppointment:
    """An appointment to be made, the person named by code."""

    person_code: str
    post: Post
    zone_code: str | None
    segment_code: str | None
    valid_from: datetime.date
    valid_to: datetime.date | None
