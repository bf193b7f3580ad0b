"""Suggest the unit a case should go to (派遣建议): the first rule that matches, else the district's queue, else the city's."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases import store as case_store
from gridmgmt.cases.history import read_history
from gridmgmt.cases.model import Case, HandlingUnit, UnitKind
from gridmgmt.city import calendar_store
from gridmgmt.city.calendar import WorkingCalendar
from gridmgmt.city.model import Level
from gridmgmt.dispatch import fact_store, rule_store
from gridmgmt.dispatch.explain import judge
from gridmgmt.dispatch.fact_store import CaseFacts
from gridmgmt.dispatch.match import first_match, unit_of
from gridmgmt.dispatch.model import CITY_QUEUE, DispatchRule, Facts, How, RuleSet, Suggestion, Target

LAST_RESORT = HandlingUnit(CITY_QUEUE, "市级统筹", UnitKind.COORDINATION)


@dataclasses.dataclass(frozen=True)
class Queues:
    """Who coordinates where no rule matches: a unit for each district that has one, and the city's."""

    by_district: Mapping[str, HandlingUnit]
    city: HandlingUnit

    def choose(self, district_code: str | None, returned_by: str | None = None) -> tuple[HandlingUnit, How]:
        """Return the district's, or the city's where there is none or it was the one that returned the case: never nowhere."""
        own = self.by_district.get(district_code or "")
        if own is not None and own.code != returned_by:
            return own, How.DISTRICT_QUEUE
        return self.city, How.CITY_QUEUE


def suggest(session: Session, case: Case, *, at: datetime.datetime, rule_set: RuleSet | None = None) -> Suggestion:
    """Return where a case should go at an instant, by the rules in force then or by those of a set, and why."""
    chosen = rule_set or rule_store.find_in_force(session, at)
    rules = rule_store.list_rules(session, chosen.id) if chosen else []
    returned_by = read_history(case_store.list_steps(session, case.id)).returned_by
    gathered = fact_store.gather_case(session, case.id, at=at)
    units = step_store.list_units(session)
    facts = facts_at(gathered, calendar_store.load_calendar(session), frozenset(unit.code for unit in units), returned_by)
    unit, how, rule = choose_unit(rules, facts, gathered.district_code, queues_of(units), {each.code: each for each in units})
    return Suggestion(unit, how, rule, chosen, facts, judge(rules, facts))


def choose_unit(
    rules: Sequence[DispatchRule], facts: Facts, district_code: str | None, queues: Queues, units: Mapping[str, HandlingUnit]
) -> tuple[HandlingUnit, How, DispatchRule | None]:
    """Return the unit of the first rule that matches, or who coordinates; pure."""
    rule = first_match(rules, facts)
    unit = units.get(unit_of(rule, facts) or "") if rule else None
    if rule is None or unit is None:
        return *queues.choose(district_code, facts.returned_by), None
    return unit, How.TEAM if rule.target is Target.ROAD_CHIEF_TEAM else How.RULE, rule


def queues_of(units: Sequence[HandlingUnit]) -> Queues:
    """Find who coordinates among the units, those of lowest code."""
    coordinating = [unit for unit in sorted(units, key=lambda unit: unit.code, reverse=True) if unit.kind is UnitKind.COORDINATION]
    by_district = {unit.area[1]: unit for unit in coordinating if unit.area and unit.area[0] is Level.DISTRICT}
    city = next((unit for unit in units if unit.code == CITY_QUEUE), LAST_RESORT)
    return Queues(by_district, city)


def facts_at(gathered: CaseFacts, calendar: WorkingCalendar, units: frozenset[str], returned_by: str | None = None) -> Facts:
    """Return what was gathered with the city's clock and calendar, and the units there are."""
    return Facts(
        gathered.kind, gathered.class_code, gathered.areas, gathered.road_class, gathered.source, gathered.at.astimezone(calendar.zone),
        is_working_time(calendar, gathered.at), gathered.team, returned_by, units,
    )  # fmt: skip


def is_working_time(calendar: WorkingCalendar, at: datetime.datetime) -> bool:
    """Say whether the city works at an instant."""
    return any(start <= at < end for start, end in calendar.working_intervals(at.astimezone(calendar.zone).date()))
