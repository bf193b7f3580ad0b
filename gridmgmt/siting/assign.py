"""Problems of distance between communities and sites: p-median, p-center, and within capacity."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.center import solve_p_center
from gridmgmt.siting.check_distance import faults
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.median import solve_p_median
from gridmgmt.siting.model import Rules, Spacing
from gridmgmt.siting.question import Question
from gridmgmt.siting.scenario_settings import Problem

SOLVERS: Mapping[Problem, Callable[..., DistancePlan]] = {
    Problem.P_MEDIAN: solve_p_median, Problem.P_CENTER: solve_p_center, Problem.CAPACITATED: solve_capacitated,
}  # fmt: skip


def solve_distances(question: Question, **how: Any) -> DistancePlan:  # noqa: ANN401 - limits of time and whom to tell, as the solvers take them
    """Solve a question of distance; within capacity, standing sites are candidates behind the others that must be chosen."""
    arguments = _arguments(question)
    return SOLVERS[question.settings.problem](*arguments.pop("points"), **arguments, **how)


def new_sites(question: Question, selected: Sequence[int]) -> tuple[int, ...]:
    """Return the chosen candidates without the standing sites that stand among them."""
    return tuple(position for position in selected if position < len(question.candidate_xy))


def distance_faults(question: Question, record: Mapping[str, Any]) -> list[str]:
    """Return what an independent recomputation finds wrong with a saved plan; empty when it holds."""
    told = {**record, "selected": tuple(record["selected"]), "assigned": tuple(record["assigned"])}
    arguments = _arguments(question)
    return [str(fault) for fault in faults(DistancePlan(**told), *arguments.pop("points"), **arguments)]


def _arguments(question: Question) -> dict[str, Any]:
    asked, rules = question.settings, question.rules
    if asked.problem is not Problem.CAPACITATED:
        points = (question.demand_xy, question.weight, question.candidate_xy)
        return {"points": points, "p": asked.sites, "standing_xy": question.standing_xy, "rules": rules}
    few, more = len(question.candidate_xy), len(question.standing_xy)
    known = np.nan_to_num(question.standing_capacity * 1000, nan=asked.capacity_kg)
    capacity = np.concatenate([np.full(few, asked.capacity_kg), np.rint(known)]).astype(np.int64)
    forced = (*rules.forced, *range(few, few + more))
    both: Rules = dataclasses.replace(
        rules,
        forced=forced,
        spacings=tuple(_with_standing(spacing, few, more) for spacing in rules.spacings),
        budgets=tuple(dataclasses.replace(budget, cost=(*budget.cost, *[0] * more)) for budget in rules.budgets),
    )
    points = (question.demand_xy, question.weight, np.concatenate([question.candidate_xy, question.standing_xy]))
    return {"points": points, "load": question.load, "capacity": capacity, "p": asked.sites + more, "rules": both}


def _with_standing(spacing: Spacing, few: int, more: int) -> Spacing:
    """Return a spacing of new sites where standing ones are candidates too: these may stand as near to each other as they do."""
    members = tuple(range(few)) if spacing.members is None else spacing.members
    others = members if spacing.others is None else spacing.others
    return dataclasses.replace(spacing, members=members, others=(*others, *range(few, few + more)))
