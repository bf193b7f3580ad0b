"""The sentence a plan is defended with (保证): what it reaches, what no plan under the rules can exceed, and the gap between them."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal

from gridmgmt.labels import Words
from gridmgmt.siting.scenario import SavedPlan
from gridmgmt.siting.scenario_settings import Problem, Settings

FINEST = Decimal("0.01")
EXACT_FROM = 1e6  # from here on tenths say nothing


def guarantee(plan: SavedPlan, settings: Settings) -> Words:
    """Return the sentence; "optimal" is said only where the bound proves it, and a gap is never rounded down."""
    problem = Problem(plan.problem)
    if plan.bound is None:
        value = _number(plan.value)
        return Words(
            f"This plan reaches {value}; no bound was found, so nothing is proved.", zh=f"本方案达到 {value}；未得出上界，无保证。"
        )
    value, bound = _number(plan.value), _number(plan.bound)
    en, zh = _claim(problem, value, bound, settings)
    end_en, end_zh = _end(plan)
    return Words(f"{en}; {end_en}.", zh=f"{zh}，{end_zh}。")


def unit_of(settings: Settings) -> Words:
    """Return what a covering plan counts: people, or weights where shops or cases weigh too."""
    if (settings.people_weight, settings.shop_weight, settings.case_weight) == (1, 0, 0):
        return Words("people", zh="人")
    return Words("weight units", zh="权重单位")


def gap_percent(gap: float) -> str:
    """Return a gap (a share) in per cent, rounded up to hundredths, so that it is never told smaller than it is."""
    if not math.isfinite(gap):
        return "∞"
    return f"{(Decimal(gap) * 100).quantize(FINEST, ROUND_CEILING)}"


def _claim(problem: Problem, value: str, bound: str, settings: Settings) -> tuple[str, str]:
    unit = unit_of(settings)
    if problem is Problem.LSCP:
        return f"This plan covers all that can be covered with {value} sites; no plan under these rules can do with fewer than {bound}", (
            f"本方案以 {value} 处站点覆盖全部可覆盖的需求；在这些规则下任何方案不能少于 {bound} 处"
        )
    if problem is Problem.BACKUP:
        return f"This plan covers, once and twice together, {value} {unit}; no plan under these rules can exceed {bound}", (
            f"本方案一次与二次覆盖合计 {value} {unit.zh}；在这些规则下任何方案不能超过 {bound}"
        )
    if problem is Problem.MCLP:
        return f"This plan covers {value} {unit}; no plan under these rules can exceed {bound}", (
            f"本方案覆盖 {value} {unit.zh}；在这些规则下任何方案不能超过 {bound}"
        )
    if problem is Problem.P_CENTER:
        return f"The farthest distance of this plan is {value} m; no plan under these rules can be below {bound} m", (
            f"本方案最远距离 {value} 米；在这些规则下任何方案不能小于 {bound} 米"
        )
    return f"The total distance of this plan is {value} m × {unit}; no plan under these rules can be below {bound}", (
        f"本方案总距离 {value} {unit.zh}·米；在这些规则下任何方案不能小于 {bound}"
    )


def _end(plan: SavedPlan) -> tuple[str, str]:
    if plan.proved:
        return "proved optimal (gap 0 %)", "差距 0 %，已证明最优"
    gap = gap_percent(plan.gap if plan.gap is not None else math.inf)
    return f"gap {gap} %", f"差距 {gap} %"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= EXACT_FROM else f"{value:,.1f}"
