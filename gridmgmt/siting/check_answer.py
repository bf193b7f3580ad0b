"""Whether a saved plan holds: its value, every rule and its bound, recomputed from the record without a solver."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gridmgmt.siting import check
from gridmgmt.siting.answer import COVERING, walking_sets
from gridmgmt.siting.assign import distance_faults
from gridmgmt.siting.model import Plan
from gridmgmt.siting.network import Network
from gridmgmt.siting.question import Question
from gridmgmt.siting.scenario_settings import DistanceKind, Problem


def find_faults(question: Question, network: Network | None, problem: Problem, record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a plan as an answer to a question, in sentences; empty when it holds.

    Not only the record must hold in itself: its problem, number of sites, radius and rules must be those of the question.
    """
    asked = question.settings
    if problem is not asked.problem:
        return [f"the plan answers {problem.value}, the scenario asks {asked.problem.value}"]
    if problem not in COVERING:
        return distance_faults(question, record)
    plan = Plan.from_json(json.dumps(record))
    found = [] if plan.settings.get("service_radius_m") == asked.radius_m else ["the plan is of another radius than the scenario's"]
    found += [] if plan.rules == question.rules else ["the plan was made under other rules than the scenario's"]
    if problem is not Problem.LSCP and len(plan.selected) > asked.sites:
        found.append(f"the plan has {len(plan.selected)} sites, the scenario allows {asked.sites}")
    if asked.distance is DistanceKind.WALKING and network is not None:
        return found + _walking_faults(question, network, plan)
    weight = None if problem is Problem.LSCP else question.weight
    return found + check.faults(plan, question.demand_xy, weight, question.candidate_xy, question.standing_xy)


def _walking_faults(question: Question, network: Network, plan: Plan) -> list[str]:
    sets = walking_sets(question, network)
    return check.faults_of_sets(
        plan, sets.candidates.starts, sets.candidates.items, question.weight, len(question.candidate_xy), standing=sets.standing,
        candidate_xy=question.candidate_xy,
    )  # fmt: skip
