"""Patrols and their tracks, covered segments, frontages and their checks."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.labels import LabelledEnum


class FrontageDuty(LabelledEnum):
    """One of the three guarantees of a frontage (门前三包)."""

    SANITATION = "sanitation", "包卫生", "Sanitation"
    GREENERY = "greenery", "包绿化", "Greenery"
    PUBLIC_ORDER = "public_order", "包秩序", "Order"


@dataclasses.dataclass(frozen=True)
class PatrolRules:
    """When a track counts, from a day on; no official figures are published, so all of them are a city's own choice.

    A segment is covered when at least ``covered_share`` of its length lies within ``within_m`` of a track. Points less accurate than
    ``worst_accuracy_m`` are not drawn; the line breaks where two points lie further apart than ``longest_gap_s`` seconds or
    ``longest_gap_m`` metres, or nobody moves that fast (``fastest_m_s``).
    """

    valid_from: datetime.date
    within_m: float = 25.0
    covered_share: float = 0.8
    worst_accuracy_m: float = 50.0
    longest_gap_s: float = 180.0
    longest_gap_m: float = 250.0
    fastest_m_s: float = 35.0


@dataclasses.dataclass(frozen=True)
class TrackPoint:
    """A position as the phone gave it: WGS 84 degrees, accuracy in metres where the phone says it."""

    at: datetime.datetime
    lon: float
    lat: float
    accuracy_m: float | None = None


@dataclasses.dataclass(frozen=True)
class Place:
    """The part of the city something belongs to, by codes."""

    zone_code: str | None = None
    district_code: str | None = None
    street_office_code: str | None = None
    community_code: str | None = None


@dataclasses.dataclass(frozen=True)
class Patrol:
    """A walk of one person (巡查); ``key`` is the phone's own name for it, ``ended_at`` None while it goes on."""

    id: int
    key: str
    person_id: int
    person_code: str
    person_name: str
    account: str
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    length_m: float
    point_count: int
    place: Place


@dataclasses.dataclass(frozen=True)
class PatrolFilter:
    """Which patrols are wanted: those that started in a span of time, of one person, in one area or zone."""

    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    person_id: int | None = None
    zone_code: str | None = None
    district_code: str | None = None
    street_office_code: str | None = None


@dataclasses.dataclass(frozen=True)
class SegmentCover:
    """How much of a road segment was walked in a span of days; lengths in metres."""

    code: str
    name: str | None
    length_m: float
    walked_m: float
    patrols: int
    last_at: datetime.datetime | None
    covered: bool

    @property
    def share(self) -> float:
        """Return the part of the length that was walked, 0 to 1."""
        return min(1.0, self.walked_m / self.length_m) if self.length_m else 0.0


@dataclasses.dataclass(frozen=True)
class NewFrontage:
    """A shop of the register with the duty it signed (门前三包责任书); ``point`` in the storage CRS, snapped."""

    code: str
    shop_name: str
    address: str | None = None
    segment_code: str | None = None
    point: tuple[float, float] | None = None
    shop_head_code: str | None = None
    signed_on: datetime.date | None = None
    closed_on: datetime.date | None = None
    place: Place = dataclasses.field(default_factory=Place)


@dataclasses.dataclass(frozen=True)
class Frontage:
    """A shop of the register as it stands, with its newest check."""

    id: int
    code: str
    shop_name: str
    address: str | None
    segment_code: str | None
    segment_name: str | None
    point: tuple[float, float] | None
    shop_head_id: int | None
    shop_head_name: str | None
    signed_on: datetime.date | None
    closed_on: datetime.date | None
    place: Place
    checked_at: datetime.datetime | None = None
    passed: bool | None = None
    failed: tuple[FrontageDuty, ...] = ()


@dataclasses.dataclass(frozen=True)
class FrontageFilter:
    """Which frontages are wanted; ``verdict`` is passed, failed, unchecked (ever) or unsigned."""

    words: str = ""
    segment_code: str | None = None
    zone_code: str | None = None
    verdict: str | None = None


@dataclasses.dataclass(frozen=True)
class NewCheck:
    """What somebody saw at a frontage; ``greenery`` None where there is none to keep; photos by content hash."""

    sanitation: bool
    greenery: bool | None
    public_order: bool
    note: str = ""
    photos: tuple[str, ...] = ()
    client_request_id: str | None = None


@dataclasses.dataclass(frozen=True)
class FrontageCheck:
    """A check as it was written; checks are appended, never edited."""

    id: int
    checked_at: datetime.datetime
    actor: str
    person_name: str | None
    sanitation: bool
    greenery: bool | None
    public_order: bool
    passed: bool
    note: str
    photos: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class FrontageFigures:
    """Frontages in a span of days: in the register, signed, checked, and whose newest check of the span passed."""

    frontages: int
    signed: int
    checked: int
    passed: int
    checks: int

    @property
    def pass_percent(self) -> float | None:
        """Return passed of checked in percent, None where none was checked."""
        return 100 * self.passed / self.checked if self.checked else None
