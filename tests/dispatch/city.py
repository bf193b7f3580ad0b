"""Units, rules and facts of the toy city, and the matching of rules written a second time, the long way round."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.model import HandlingUnit, UnitKind
from gridmgmt.city.model import Level
from gridmgmt.dispatch import rule_store
from gridmgmt.dispatch.model import DispatchRule, Facts, RuleSet, Target
from tests import toy_city
from tests.cases.loop import NOW, add_units

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
LOCAL = datetime.datetime(2026, 11, 2, 9, 30, tzinfo=ZONE)  # a Monday, the instant NOW
DISTRICT_UNIT = HandlingUnit("Q-1", "玩具区统筹", UnitKind.COORDINATION, (Level.DISTRICT, toy_city.DISTRICT))
TEAM_UNIT = HandlingUnit("T-W", "西社区路长团队", UnitKind.ROAD_CHIEF_TEAM, (Level.COMMUNITY, toy_city.WEST_COMMUNITY))


def rule(unit_code: str | None = "U1", *, position: int = 1, **said: Any) -> DispatchRule:
    """Return a rule for a unit, for a pattern of units, or for the road chief's team where none is named."""
    name = said.pop("name", f"规则{position}")
    if unit_code and "{" in unit_code:
        return DispatchRule(position, name, Target.AREA_UNIT, unit_pattern=unit_code, **said)
    return DispatchRule(position, name, Target.UNIT if unit_code else Target.ROAD_CHIEF_TEAM, unit_code, **said)


def facts(**said: Any) -> Facts:
    """Return what a case of exposed rubbish on a main road on Monday morning shows."""
    known: dict[str, Any] = {
        "kind": "matter", "class_code": "06010", "areas": (("district", "1"), ("street_office", "11"), ("assessment_unit", "A")),
        "road_class": "primary", "source": "inspector", "at": LOCAL, "working_time": True,
    }  # fmt: skip
    return Facts(**(known | said))


def put_rules(session: Session, *rules: DispatchRule, since: datetime.datetime = NOW - datetime.timedelta(days=30)) -> RuleSet:
    """Store the units of the toy city, and rules that are in force."""
    add_units(session)
    for unit in (DISTRICT_UNIT, TEAM_UNIT):
        step_store.put_unit(session, unit)
    made = rule_store.add_rule_set(session, "试行规则", made_by="an", made_at=since)
    rule_store.replace_rules(session, made.id, rules)
    rule_store.put_in_force(session, made.id, since, by="an", reason="试行")
    return made


def first_by_hand(rules: Sequence[DispatchRule], case: Facts) -> DispatchRule | None:
    """Return the first rule that nothing speaks against."""
    for each in rules:
        minute = case.at.hour * 60 + case.at.minute
        to = each.unit_code if each.target is Target.UNIT else case.team
        if each.target is Target.AREA_UNIT:
            to = (each.unit_pattern or "").replace("{district}", dict(case.areas).get("district", "?"))
            to = to if to in case.units else None
        against = [
            each.kind is not None and each.kind != case.kind,
            each.class_codes != () and not any(case.class_code and case.class_code[: len(code)] == code for code in each.class_codes),
            each.areas != () and not [area for area in each.areas if area in case.areas],
            each.road_classes != () and case.road_class not in [entry.value for entry in each.road_classes],
            each.sources != () and case.source not in [entry.value for entry in each.sources],
            each.weekdays != () and case.at.weekday() + 1 not in each.weekdays,
            each.hours != () and not [window for window in each.hours if window.opens <= minute < window.closes],
            each.working_time is not None and each.working_time != case.working_time,
            to is None,
            to == case.returned_by,
        ]
        if not any(against):
            return each
    return None
