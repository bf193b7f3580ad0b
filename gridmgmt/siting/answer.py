"""From a question to an answer: the solver of each problem, one shape of result, one shape of progress."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.assign import new_sites, solve_distances
from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.model import Cancel, Plan, Progress, Watch
from gridmgmt.siting.network import Network
from gridmgmt.siting.question import Question
from gridmgmt.siting.scenario import CurvePoint
from gridmgmt.siting.scenario_settings import DistanceKind, Problem
from gridmgmt.siting.solve_cover import solve_backup_cover, solve_lscp, solve_mclp, solve_mclp_sets

COVERING = (Problem.MCLP, Problem.BACKUP, Problem.LSCP)
OnStep = Callable[[CurvePoint, tuple[int, ...]], None]


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a solver found: chosen candidates, value and bound in the problem's unit, and the record the checker reads.

    ``unit``: what the value counts ("weight", "sites", "weight metres", "metres").
    """

    problem: Problem
    selected: tuple[int, ...]
    value: float
    bound: float
    gap: float
    proved: bool
    seconds: float
    unit: str
    record: Mapping[str, Any]


def answer(question: Question, network: Network | None, *, on_step: OnStep, cancel: Cancel, start: Sequence[int] | None = None) -> Answer:
    """Solve a question within its time limit; ``on_step`` is told where the solver stands, ``start`` is a choice to begin with.

    Raises InvalidInputError for a distance that the problem is not solved by, and what the solvers raise.
    """
    problem, walking = question.settings.problem, question.settings.distance is DistanceKind.WALKING
    if walking and (problem is not Problem.MCLP or network is None):
        reason = f"{problem.value} is solved by straight lines; walking figures stand beside the plan"
        raise InvalidInputError("distance", reason, zh=f"“{problem.zh}”按直线距离求解；结果旁另列步行指标")
    if problem not in COVERING:
        return _assigned(question, on_step, cancel, start)
    return _covered(question, network if walking else None, on_step, cancel, start)


def walking_sets(question: Question, network: Network) -> CoverSets:
    """Return who covers whom on foot."""
    limit = question.settings.radius_m
    reach = network.reach(question.demand_xy, question.candidate_xy, limit_m=limit)
    standing = np.zeros(len(question.demand_xy), np.int64)
    if len(question.standing_xy):
        standing = np.diff(network.reach(question.demand_xy, question.standing_xy, limit_m=limit).indptr)
    return CoverSets.from_csr(reach.indptr, reach.indices, len(question.candidate_xy), standing, question.candidate_xy)


def _watch(on_step: OnStep) -> Watch:
    """Return what passes a solver's progress on, once there is a value."""

    def watch(step: Progress) -> None:
        if step.value is not None:
            on_step(CurvePoint(step.seconds, step.value, step.bound), step.selected)

    return watch


def _covered(question: Question, network: Network | None, on_step: OnStep, cancel: Cancel, start: Sequence[int] | None) -> Answer:
    asked = question.settings
    shared: dict[str, Any] = {
        "rules": question.rules, "time_limit_s": asked.time_limit_s, "seed": asked.seed, "on_progress": _watch(on_step), "cancel": cancel, "start": start
    }  # fmt: skip
    if network is not None:
        plan = solve_mclp_sets(
            walking_sets(question, network),
            question.weight,
            p=asked.sites,
            settings={"service_radius_m": asked.radius_m, "distance": "walking"},
            **shared,
        )
        return _of_plan(plan)
    points: dict[str, Any] = {"service_radius_m": asked.radius_m, "standing_xy": question.standing_xy}
    if asked.problem is Problem.LSCP:
        return _of_plan(solve_lscp(question.demand_xy, question.candidate_xy, **points, **shared))
    solve = solve_mclp if asked.problem is Problem.MCLP else solve_backup_cover
    return _of_plan(solve(question.demand_xy, question.weight, question.candidate_xy, p=asked.sites, **points, **shared))


def _of_plan(plan: Plan) -> Answer:
    problem = Problem(plan.problem)
    unit = "sites" if problem is Problem.LSCP else "weight"
    record = json.loads(plan.to_json())
    return Answer(problem, plan.selected, plan.covered, plan.upper_bound, plan.gap, plan.proved_optimal, plan.seconds, unit, record)


def _assigned(question: Question, on_step: OnStep, cancel: Cancel, start: Sequence[int] | None) -> Answer:
    asked = question.settings
    plan = solve_distances(
        question, time_limit_s=asked.time_limit_s, seed=asked.seed, on_progress=_watch(on_step), cancel=cancel, start=start
    )
    unit = "metres" if asked.problem is Problem.P_CENTER else "weight metres"
    record = json.loads(plan.to_json())
    gap, proved = (0.0, True) if plan.proved_optimal else (plan.gap, False)
    return Answer(
        asked.problem, new_sites(question, plan.selected), plan.value_m, plan.lower_bound_m, gap, proved, plan.seconds, unit, record
    )
