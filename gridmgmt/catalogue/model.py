"""Classes of what is managed (部件与事项) and their handling limits (处置时限)."""

from __future__ import annotations

import dataclasses
import datetime
from decimal import Decimal

from gridmgmt.labels import LabelledEnum


class ManagedKind(LabelledEnum):
    """A thing or an occurrence."""

    COMPONENT = "component", "部件", "Component"
    MATTER = "matter", "事项", "Matter"


@dataclasses.dataclass(frozen=True)
class ManagedClass:
    """A minor class of a standard; the key is (standard, kind, code) because codes repeat across kinds."""

    standard: str
    kind: ManagedKind
    code: str
    name: str
    major_code: str
    major_name: str
    alias_2013: str | None


class TimeUnit(LabelledEnum):
    """How a handling limit counts time."""

    URGENT_HOUR = "urgent_hour", "紧急工作时", "urgent hour"
    WORKING_HOUR = "working_hour", "工作时", "working hour"
    WORKING_DAY = "working_day", "工作日", "working day"
    NATURAL_DAY = "natural_day", "自然日", "natural day"

    @property
    def runs_always(self) -> bool:
        """Whether nights, weekends and holidays count."""
        return self in {TimeUnit.URGENT_HOUR, TimeUnit.NATURAL_DAY}


UNIT_HOURS = {TimeUnit.URGENT_HOUR: 1, TimeUnit.WORKING_HOUR: 1, TimeUnit.WORKING_DAY: 8, TimeUnit.NATURAL_DAY: 24}


@dataclasses.dataclass(frozen=True)
class TimeLimit:
    """An amount of time to be counted; at most two decimals, never negative.

    A working day is eight working hours whatever the office hours are; a natural day is 24 hours, not "the same time tomorrow".
    """

    amount: Decimal
    unit: TimeUnit

    def duration(self) -> datetime.timedelta:
        """Return how much time has to be counted."""
        return datetime.timedelta(seconds=round(self.amount * UNIT_HOURS[self.unit] * 3600))

    def label(self, language: str = "zh") -> str:
        """Return the limit in words."""
        amount = f"{self.amount.normalize():f}"
        return f"{amount} {self.unit.en}{'' if self.amount == 1 else 's'}" if language == "en" else f"{amount}{self.unit.zh}"


@dataclasses.dataclass(frozen=True)
class ClassLimit:
    """One filing condition (立案条件) of a class with its handling limit (处置时限) and closing condition (结案条件).

    Conditions are numbered within their class. A change is a new version with its own dates (``valid_to`` exclusive, None = open); a
    version is never edited, so a case keeps the limit it was filed under by ``id`` (None before it is stored).
    """

    standard: str
    kind: ManagedKind
    class_code: str
    condition_no: str
    filing_condition: str
    limit: TimeLimit
    closing_condition: str | None
    is_sample: bool
    provenance: str
    valid_from: datetime.date
    valid_to: datetime.date | None = None
    version: int = 1
    id: int | None = None

    @property
    def key(self) -> LimitKey:
        """What stays the same from version to version."""
        return self.standard, self.kind, self.class_code, self.condition_no

    def says_the_same_as(self, other: ClassLimit) -> bool:
        """Say whether two versions differ in their dates only."""
        return self == dataclasses.replace(other, valid_from=self.valid_from, valid_to=self.valid_to, version=self.version, id=self.id)


LimitKey = tuple[str, ManagedKind, str, str]
