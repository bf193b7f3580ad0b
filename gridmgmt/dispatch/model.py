"""Rules of dispatch (派遣规则), what they look at, and the answer."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from gridmgmt.cases.model import HandlingUnit, ReportSource
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.calendar import Window
from gridmgmt.city.model import Level
from gridmgmt.labels import LabelledEnum
from gridmgmt.roads.model import RoadClass

ASSESSMENT_UNIT = "assessment_unit"  # stands beside the levels where an area is named
AREA_WORDS: Mapping[str, str] = {**{level.value: level.zh for level in Level}, ASSESSMENT_UNIT: "考核单元"}
CITY_QUEUE = "CITY-QUEUE"  # the unit that is always there: made by the migration
Area = tuple[str, str]  # a level, or ``assessment_unit``, and a code


class Target(LabelledEnum):
    """Where a rule sends a case."""

    UNIT = "unit", "处置单位", "A unit"
    AREA_UNIT = "area_unit", "属地单位", "The unit of the area"
    ROAD_CHIEF_TEAM = "road_chief_team", "路长团队先行", "The road chief's team first"


class Condition(LabelledEnum):
    """What a rule may ask of a case."""

    KIND = "kind", "部件/事项", "Kind"
    CLASS = "class", "类别", "Class"
    AREA = "area", "范围", "Area"
    ROAD_CLASS = "road_class", "道路等级", "Road class"
    SOURCE = "source", "来源", "Source"
    WEEKDAY = "weekday", "星期", "Weekday"
    HOURS = "hours", "时段", "Hours"
    WORKING_TIME = "working_time", "工作时间", "Working time"
    AREA_UNIT = "area_unit", "属地单位", "Unit of the area"
    TEAM = "team", "路长团队", "Road chief's team"
    RETURNED = "returned", "未曾退回", "Not returned by it"


class How(LabelledEnum):
    """How the unit was found."""

    RULE = "rule", "规则指定", "By a rule"
    AREA_UNIT = "area_unit", "属地单位", "Unit of the area"
    TEAM = "team", "路长吹哨、部门报到", "The road chief's team first"
    DISTRICT_QUEUE = "district_queue", "无规则匹配，由区级统筹（属地原则）", "No rule matches: the district coordinates"
    CITY_QUEUE = "city_queue", "无规则匹配，由市级统筹", "No rule matches and no district: the city coordinates"


@dataclasses.dataclass(frozen=True)
class DispatchRule:
    """One rule; what is empty or None asks nothing, several values of a condition mean any of them.

    ``class_codes`` are codes or their beginnings (a major class); ``weekdays`` 1 = Monday; ``hours`` windows of the city's clock;
    ``working_time`` as the calendar says. ``unit_code`` is there for a unit and only then; ``unit_pattern``, such as ``SZ-{district}``, for
    the unit of the area: codes of the case stand in for the names of levels. ``automatic`` sends without a dispatcher.
    """

    position: int
    name: str
    target: Target
    unit_code: str | None = None
    automatic: bool = False
    kind: ManagedKind | None = None
    class_codes: tuple[str, ...] = ()
    areas: tuple[Area, ...] = ()
    road_classes: tuple[RoadClass, ...] = ()
    sources: tuple[ReportSource, ...] = ()
    weekdays: tuple[int, ...] = ()
    hours: tuple[Window, ...] = ()
    working_time: bool | None = None
    note: str = ""
    unit_pattern: str | None = None
    id: int | None = None


@dataclasses.dataclass(frozen=True)
class RuleSet:
    """A set of rules: a draft while ``in_force_from`` is None, then in force until another takes its place (exclusive)."""

    id: int
    name: str
    made_by: str
    made_at: datetime.datetime
    in_force_from: datetime.datetime | None = None
    in_force_to: datetime.datetime | None = None
    put_in_force_by: str | None = None
    reason: str | None = None

    @property
    def is_draft(self) -> bool:
        """Say whether the rules may still be changed."""
        return self.in_force_from is None

    def in_force(self, at: datetime.datetime) -> bool:
        """Say whether the rules hold at an instant."""
        return self.in_force_from is not None and self.in_force_from <= at and (self.in_force_to is None or at < self.in_force_to)


@dataclasses.dataclass(frozen=True)
class Facts:
    """What rules look at in a case.

    ``at`` is on the city's clock, ``team`` the unit of the road chief's team, ``returned_by`` who sent it back, ``units`` the codes of all
    units.
    """

    kind: str | None
    class_code: str | None
    areas: tuple[Area, ...]
    road_class: str | None
    source: str
    at: datetime.datetime
    working_time: bool
    team: str | None = None
    returned_by: str | None = None
    units: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Check:
    """What one condition of a rule says of a case: what it asks for, what the case has, whether that fits (both languages)."""

    condition: Condition
    holds: bool
    asked_zh: str
    asked_en: str
    found_zh: str
    found_en: str


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A rule and what each of its conditions says; a rule without conditions fits everything."""

    rule: DispatchRule
    checks: tuple[Check, ...]

    @property
    def matches(self) -> bool:
        """Say whether every condition holds."""
        return all(check.holds for check in self.checks)


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """The unit a case should go to, and why; ``verdicts`` one for each rule in their order, the first that matches wins."""

    unit: HandlingUnit
    how: How
    rule: DispatchRule | None
    rule_set: RuleSet | None
    facts: Facts
    verdicts: tuple[Verdict, ...]

    @property
    def automatic(self) -> bool:
        """Say whether the rule sends the case without a dispatcher."""
        return self.rule is not None and self.rule.automatic
