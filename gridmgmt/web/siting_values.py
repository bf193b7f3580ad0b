"""Values of scenarios as people read them: a total distance as metres a person, rules by the names of their areas, curves that only get better."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from flask_babel import gettext as _

from gridmgmt.siting.guarantee import unit_of
from gridmgmt.siting.scenario import Job, PreparedSet
from gridmgmt.siting.scenario_settings import Problem, Settings
from gridmgmt.web import language

TOTALS = (Problem.P_MEDIAN, Problem.CAPACITATED)  # whose value grows with the city: told for each person
COVERED = (Problem.MCLP, Problem.BACKUP)
TENTHS = 10
KINDS = ("配额", "间距", "预算", "quota", "spacing", "budget")
RULE = re.compile(rf"\b({'|'.join(KINDS)}) (\w+)")


def scale_of(settings: Settings, prepared: PreparedSet) -> int:
    """Return what a value is divided by to be read: the weight of all demand where it is a total distance, else 1."""
    if settings.problem not in TOTALS:
        return 1
    demand = prepared.summary["demand"]
    weights = {"people": settings.people_weight, "shops": settings.shop_weight, "cases": settings.case_weight}
    return max(1, sum(int(demand.get(name) or 0) * weight for name, weight in weights.items()))


def unit_words(settings: Settings) -> str:
    """Return what a value counts, as it is read."""
    if settings.problem is Problem.LSCP:
        return str(_("处"))
    if settings.problem is Problem.P_CENTER:
        return str(_("米"))
    if settings.problem in TOTALS:
        return str(_("米，平均"))
    return cover_unit(settings)


def cover_unit(settings: Settings) -> str:
    """Return what coverage counts: people, or weights."""
    return language.said(unit_of(settings))


def value_words(value: float | None, settings: Settings, prepared: PreparedSet, *, is_bound: bool = False) -> str:
    """Return a value or a bound as text; tenths where it is metres, a lower bound rounded down."""
    if value is None:
        return "—"
    read = value / scale_of(settings, prepared)
    if settings.problem in {*COVERED, Problem.LSCP}:
        return f"{read:,.0f}"
    return f"{math.floor(read * TENTHS) / TENTHS if is_bound else read:,.1f}"


def curve_of(job: Job, settings: Settings, scale: int) -> list[list[float | None]]:
    """Return seconds, best value and best bound so far of a job: what was proved before an interruption stays proved."""
    better, tighter = (max, min) if settings.problem in COVERED else (min, max)
    curve: list[list[float | None]] = []
    value = bound = None
    for point in job.progress:
        value = point.value if value is None else better(value, point.value)
        if point.bound is not None and math.isfinite(point.bound):
            bound = point.bound if bound is None else tighter(bound, point.bound)
        curve.append([point.seconds, value / scale, None if bound is None else bound / scale])
    return curve


def with_names(words: str, names: Mapping[str, str]) -> str:
    """Return what a solver says with areas named instead of coded, and rules as the form calls them."""
    known = {"upgrade": _("改建现有设施"), "plan": _("总额"), "new": _("新建点"), **names}
    return RULE.sub(lambda found: f"{found[1]} {known.get(found[2], found[2])}", words)
