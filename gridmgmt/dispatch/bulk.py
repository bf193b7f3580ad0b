"""Match many cases against one list of rules (批量匹配): every distinct case is matched once, by the same matcher as a single one."""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Sequence
from typing import Any

from gridmgmt.cases.model import HandlingUnit
from gridmgmt.city.calendar import Interval, WorkingCalendar
from gridmgmt.dispatch.fact_store import CaseFacts
from gridmgmt.dispatch.match import PLACE
from gridmgmt.dispatch.model import DispatchRule, Facts
from gridmgmt.dispatch.suggest import choose_unit, queues_of


class BulkMatcher:
    """Finds the unit of one case after the other; remembers what rules cannot tell apart.

    A case is reduced to what the rules ask: the areas they name, the class of road, the source, and the stretch of the day or week only
    where a rule looks at them. Cases alike in that are one.
    """

    def __init__(self, rules: Sequence[DispatchRule], units: Sequence[HandlingUnit], calendar: WorkingCalendar) -> None:
        """Take the rules in their order, every unit, and the city's calendar."""
        self._rules, self._calendar = rules, calendar
        self._units, self._queues = {unit.code: unit for unit in units}, queues_of(units)
        self._codes = frozenset(self._units)
        self._areas = frozenset(area for rule in rules for area in rule.areas)
        self._levels = frozenset(name for rule in rules for name in PLACE.findall(rule.unit_pattern or ""))
        self._by_road = any(rule.road_classes for rule in rules)
        self._by_weekday = any(rule.weekdays for rule in rules)
        self._by_working_time = any(rule.working_time is not None for rule in rules)
        self._edges = sorted({edge for rule in rules for window in rule.hours for edge in (window.opens, window.closes)})
        self._known: dict[tuple[Any, ...], str] = {}
        self._days: dict[datetime.date, list[Interval]] = {}

    def unit_for(self, case: CaseFacts) -> str:
        """Return the code of the unit a case should go to; who returned it is not asked."""
        at = case.at.astimezone(self._calendar.zone)
        working = self._by_working_time and self._is_working(case.at, at.date())
        areas = tuple(area for area in case.areas if area in self._areas or area[0] in self._levels)
        key = (
            case.kind, case.class_code, areas, case.road_class if self._by_road else None, case.source,
            at.isoweekday() if self._by_weekday else 0, bisect.bisect_right(self._edges, at.hour * 60 + at.minute), working, case.team,
            case.district_code,
        )  # fmt: skip
        unit = self._known.get(key)
        if unit is None:
            facts = Facts(case.kind, case.class_code, areas, case.road_class, case.source, at, working, case.team, None, self._codes)
            unit = self._known[key] = choose_unit(self._rules, facts, case.district_code, self._queues, self._units)[0].code
        return unit

    def _is_working(self, instant: datetime.datetime, day: datetime.date) -> bool:
        if day not in self._days:
            self._days[day] = self._calendar.working_intervals(day)
        return any(start <= instant < end for start, end in self._days[day])
