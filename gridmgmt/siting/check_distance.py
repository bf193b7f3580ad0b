"""The independent checker of plans that minimise distance: value, assignment, rules and bound are computed again, without any solver.

Nothing of the solvers is used: distances come from exact whole roots (``math.isqrt``) or the given table, rules from their own words, the bound
from the whole multipliers of the certificate. What is compared is what the plan says.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.siting.check_distance_bound import Question, capacity_bound, center_bound, median_bound
from gridmgmt.siting.check_distance_rules import broken_rules, too_near_to_standing
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.model import Rules

UNITS_PER_M = 1024
NO_WAY = 1 << 62


def faults(
    plan: DistancePlan,
    demand_xy: npt.ArrayLike | None,
    demand_weight: npt.ArrayLike,
    candidate_xy: npt.ArrayLike | None,
    *,
    p: int,
    standing_xy: npt.ArrayLike | None = None,
    distances: Any = None,  # noqa: ANN401
    beyond_m: float | None = None,
    standing_m: npt.ArrayLike | None = None,
    reach_m: float | None = None,
    load: npt.ArrayLike | None = None,
    capacity: npt.ArrayLike | None = None,
    rules: Rules | None = None,
) -> list[str]:
    """Return what is wrong with a plan for this question (the arguments its solver was given), in English sentences; none for a sound plan."""
    units = _distances(demand_xy, candidate_xy, distances)
    beyond = _beyond(units, demand_xy, standing_xy, beyond_m, standing_m)
    if reach_m is not None:
        units = np.where(units <= round(reach_m * UNITS_PER_M), units, NO_WAY)
    weight = np.rint(np.asarray(demand_weight, np.float64) * int(plan.settings.get("weight_parts", 1))).astype(np.int64)
    question = Question(units, beyond, weight, _whole(load, len(units)), _whole(capacity, units.shape[1]))
    selected = np.array(plan.selected, np.int64)
    if len(set(plan.selected)) != len(selected) or ((selected < 0) | (selected >= units.shape[1])).any():
        return ["the selected sites are not distinct candidates"]
    found = [*broken_rules(rules or Rules(), plan.selected, p, candidate_xy, standing_xy), *_value_faults(question, plan)]
    told = rules or Rules()
    shut = dataclasses.replace(told, forbidden=(*told.forbidden, *too_near_to_standing(told, candidate_xy, standing_xy)))
    return [*found, *_bound_faults(question, plan, p, shut, candidate_xy, standing_xy)]


def _value_faults(question: Question, plan: DistancePlan) -> Iterator[str]:
    """Yield what is wrong with who goes where and with the value."""
    if len(plan.assigned) != len(question.units):
        yield f"{len(plan.assigned)} points are assigned, not {len(question.units)}"
        return
    to = np.array(plan.assigned, np.int64)
    if not set(to.tolist()) <= {*plan.selected, -1}:
        yield "a point goes to a site that is not selected"
        return
    if plan.problem == "capacitated":
        yield from _load_faults(question, plan, to)
        return
    served = np.minimum(question.beyond, question.units[:, list(plan.selected)].min(axis=1, initial=NO_WAY))
    mine = np.where(to >= 0, question.units[np.arange(len(to)), to], question.beyond)
    if (mine != served).any():
        yield f"point {int(np.argmax(mine != served)) + 1} does not go to its nearest site"
    value = int(served[question.weight > 0].max(initial=0)) if plan.problem == "p_center" else sum((served * question.weight).tolist())
    if value != plan.value:
        yield f"the value is {value}, not {plan.value}"


def _load_faults(question: Question, plan: DistancePlan, to: npt.NDArray[np.int64]) -> Iterator[str]:
    if (to < 0).any() or (question.units[np.arange(len(to)), to] >= NO_WAY).any():
        yield "a point goes nowhere or beyond reach"
        return
    if question.load is None or question.capacity is None:
        yield "loads and capacities are not given"
        return
    used = np.bincount(to, question.load, len(question.capacity)).astype(np.int64)
    yield from (f"site {j} takes {used[j]}, more than its {question.capacity[j]}" for j in np.flatnonzero(used > question.capacity))
    value = sum((question.units[np.arange(len(to)), to] * question.weight).tolist())
    if value != plan.value:
        yield f"the value is {value}, not {plan.value}"


def _bound_faults(question: Question, plan: DistancePlan, p: int, rules: Rules, candidate_xy: Any, standing_xy: Any) -> Iterator[str]:  # noqa: ANN401, PLR0917
    """Yield whether the certificate proves less than the plan says."""
    if plan.lower_bound > plan.value:
        yield "the bound lies above the value"
    if plan.lower_bound <= 0:
        return
    proven = 0
    if plan.problem == "p_median":

        def is_kept(chosen: Sequence[int]) -> bool:
            return not list(broken_rules(rules, chosen, p, candidate_xy, standing_xy))

        proven = median_bound(question, plan.certificate, p, rules=rules, is_kept=is_kept)
    elif plan.problem == "p_center":
        proven = center_bound(question, plan.certificate, p, rules=rules)
    elif plan.problem == "capacitated" and question.load is not None and question.capacity is not None:
        proven = capacity_bound(question, plan.certificate, p, rules=rules)
    if proven < plan.lower_bound:
        yield f"the certificate proves a bound of {proven}, not {plan.lower_bound}"


def _distances(demand_xy: Any, candidate_xy: Any, distances: Any) -> npt.NDArray[np.int64]:  # noqa: ANN401
    """Return units of every pair, NO_WAY where there is none."""
    if distances is not None:
        metres = np.full(distances.shape, np.inf)
        if hasattr(distances, "tocoo"):
            pairs = distances.tocoo()
            metres[pairs.row, pairs.col] = pairs.data
        else:
            metres = np.asarray(distances, np.float64)
        return np.where(np.isfinite(metres), np.rint(np.where(np.isfinite(metres), metres, 0) * UNITS_PER_M), NO_WAY).astype(np.int64)
    return _straight(_points(demand_xy), _points(candidate_xy))


def _points(xy: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    return [(round(float(x) * UNITS_PER_M), round(float(y) * UNITS_PER_M)) for x, y in np.asarray(xy, np.float64).reshape(-1, 2)]


def _straight(a: list[tuple[int, int]], b: list[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """Return whole roots, rounded down, of squared distances."""
    found = np.empty((len(a), len(b)), np.int64)
    for i, (x, y) in enumerate(a):
        found[i] = [math.isqrt((x - u) ** 2 + (y - v) ** 2) for u, v in b]
    return found


def _beyond(
    units: npt.NDArray[np.int64],
    demand_xy: npt.ArrayLike | None,
    standing_xy: npt.ArrayLike | None,
    beyond_m: float | None,
    standing_m: npt.ArrayLike | None,
) -> npt.NDArray[np.int64]:
    """Return what each point counts when no new site serves it."""
    beyond = np.full(len(units), NO_WAY if beyond_m is None else round(beyond_m * UNITS_PER_M), np.int64)
    if standing_m is not None:
        beyond = np.minimum(
            beyond, [NO_WAY if math.isinf(m) else round(float(m) * UNITS_PER_M) for m in np.asarray(standing_m, np.float64)]
        )
    if standing_xy is not None and np.size(standing_xy):
        beyond = np.minimum(beyond, _straight(_points(demand_xy), _points(standing_xy)).min(axis=1))
    listed = units[(units < NO_WAY) & (units < beyond[:, None])]
    return np.where(beyond >= NO_WAY, (int(listed.max()) if listed.size else 0) + UNITS_PER_M, beyond)


def _whole(values: npt.ArrayLike | None, count: int) -> npt.NDArray[np.int64] | None:
    return None if values is None else np.broadcast_to(np.asarray(values, np.int64), (count,))
