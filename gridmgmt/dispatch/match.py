"""Match a case against the rules of dispatch, in their order; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from gridmgmt.dispatch.model import Condition, DispatchRule, Facts, Target

PLACE = re.compile(r"\{(\w+)\}")
Holds = Callable[[DispatchRule, Facts], bool]


def first_match(rules: Iterable[DispatchRule], facts: Facts) -> DispatchRule | None:
    """Return the first rule, in the order given, all of whose conditions hold, or None."""
    return next((rule for rule in rules if matches(rule, facts)), None)


def matches(rule: DispatchRule, facts: Facts) -> bool:
    """Say whether every condition that a rule has holds for a case."""
    return all(HOLDS[condition](rule, facts) for condition in conditions_of(rule, facts))


def conditions_of(rule: DispatchRule, facts: Facts | None = None) -> list[Condition]:
    """Return the conditions a rule has, in the order of the enum; that a unit does not get back what it returned is asked of its cases."""
    has = [condition for condition, asks in ASKS.items() if asks(rule)]
    returned = facts is not None and facts.returned_by is not None and unit_of(rule, facts) == facts.returned_by
    return [*has, Condition.RETURNED] if returned else has


def unit_of(rule: DispatchRule, facts: Facts) -> str | None:
    """Return the unit a rule would send a case to; None when it is for the road chief's team and there is none, or lacks an area."""
    if rule.target is Target.AREA_UNIT:
        return fill_pattern(rule.unit_pattern or "", facts)
    return facts.team if rule.target is Target.ROAD_CHIEF_TEAM else rule.unit_code


def fill_pattern(pattern: str, facts: Facts) -> str | None:
    """Return a pattern with the codes of the case in place of ``{level}``; None where the case has no area of a level."""
    codes = dict(facts.areas)
    names = PLACE.findall(pattern)
    return PLACE.sub(lambda found: codes[found[1]], pattern) if all(name in codes for name in names) else None


def _in_hours(rule: DispatchRule, facts: Facts) -> bool:
    minute = facts.at.hour * 60 + facts.at.minute
    return any(window.opens <= minute < window.closes for window in rule.hours)


ASKS: Mapping[Condition, Callable[[DispatchRule], bool]] = {
    Condition.KIND: lambda rule: rule.kind is not None,
    Condition.CLASS: lambda rule: bool(rule.class_codes),
    Condition.AREA: lambda rule: bool(rule.areas),
    Condition.ROAD_CLASS: lambda rule: bool(rule.road_classes),
    Condition.SOURCE: lambda rule: bool(rule.sources),
    Condition.WEEKDAY: lambda rule: bool(rule.weekdays),
    Condition.HOURS: lambda rule: bool(rule.hours),
    Condition.WORKING_TIME: lambda rule: rule.working_time is not None,
    Condition.AREA_UNIT: lambda rule: rule.target is Target.AREA_UNIT,
    Condition.TEAM: lambda rule: rule.target is Target.ROAD_CHIEF_TEAM,
}
HOLDS: Mapping[Condition, Holds] = {
    Condition.KIND: lambda rule, facts: facts.kind == rule.kind,
    Condition.CLASS: lambda rule, facts: facts.class_code is not None and facts.class_code.startswith(rule.class_codes),
    Condition.AREA: lambda rule, facts: not set(rule.areas).isdisjoint(facts.areas),
    Condition.ROAD_CLASS: lambda rule, facts: facts.road_class in rule.road_classes,
    Condition.SOURCE: lambda rule, facts: facts.source in rule.sources,
    Condition.WEEKDAY: lambda rule, facts: facts.at.isoweekday() in rule.weekdays,
    Condition.HOURS: _in_hours,
    Condition.WORKING_TIME: lambda rule, facts: facts.working_time is rule.working_time,
    Condition.AREA_UNIT: lambda rule, facts: unit_of(rule, facts) in facts.units,
    Condition.TEAM: lambda _, facts: facts.team is not None,
    Condition.RETURNED: lambda _, __: False,
}
