"""p-median, p-center and capacitated plans agree with trying every choice of sites; every plan passes the checker, none that is tampered with."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.siting.capacitated import solve_capacitated
from gridmgmt.siting.center import solve_p_center
from gridmgmt.siting.check_distance import faults
from gridmgmt.siting.check_distance_rules import broken_rules
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.median import solve_p_median
from gridmgmt.siting.model import Budget, Progress, Quota, Rules, Spacing

UNITS = 1024
Place = tuple[int, int]
place = st.tuples(st.integers(0, 6), st.integers(0, 6))  # few places: ties, duplicates, distance 0


@st.composite
def towns(draw: st.DrawFn) -> dict[str, Any]:
    """Draw points, weights (0 too), candidates, sometimes something standing, and p (0 and more than there are too)."""
    points = draw(st.lists(place, min_size=1, max_size=7))
    candidates = draw(st.lists(place, min_size=1, max_size=6))
    return {
        "demand_xy": points,
        "demand_weight": draw(st.lists(st.sampled_from([0, 1, 2, 5]), min_size=len(points), max_size=len(points))),
        "candidate_xy": candidates,
        "p": draw(st.integers(0, len(candidates) + 1)),
        "standing_xy": draw(st.one_of(st.none(), st.lists(place, min_size=1, max_size=2))),
    }


@st.composite
def rules_for(draw: st.DrawFn, count: int) -> Rules:
    """Draw rules over some candidates; they may contradict each other."""
    some = st.lists(st.integers(0, count - 1), unique=True, max_size=count).map(tuple)
    kinds = draw(st.sets(st.sampled_from(["quota", "spacing", "budget", "forced", "forbidden"]), max_size=3))
    least = draw(st.integers(0, 2))
    return Rules(
        quotas=(Quota("甲", draw(some), least, draw(st.sampled_from([None, 1, 2]))),) if "quota" in kinds else (),
        spacings=(Spacing("间距", float(draw(st.integers(1, 4)))),) if "spacing" in kinds else (),
        budgets=(Budget("预算", tuple(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))), draw(st.integers(0, 5))),)
        if "budget" in kinds
        else (),
        forced=draw(some)[:1] if "forced" in kinds else (),
        forbidden=draw(some)[:2] if "forbidden" in kinds else (),
    )


def units(a: Place, b: Place) -> int:
    """Whole units between two places, rounded down."""
    return math.isqrt(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) * UNITS**2)


def choices(town: dict[str, Any], rules: Rules) -> Iterator[tuple[int, ...]]:
    """Yield every choice of at most p candidates that keeps the rules."""
    count = len(town["candidate_xy"])
    for size in range(min(town["p"], count) + 1):
        for chosen in itertools.combinations(range(count), size):
            if not list(broken_rules(rules, chosen, town["p"], town["candidate_xy"], town["standing_xy"])):
                yield chosen


def served(town: dict[str, Any], chosen: Sequence[int]) -> list[int]:
    """Units from each point to the nearest of what stands and what is chosen; else a metre more than the longest way."""
    sites = [*(town["standing_xy"] or []), *(town["candidate_xy"][j] for j in chosen)]
    longest = max(units(a, b) for a in town["demand_xy"] for b in town["candidate_xy"])
    return [min((units(a, b) for b in sites), default=longest + UNITS) for a in town["demand_xy"]]


def assert_best(solve: Any, town: dict[str, Any], rules: Rules, values: list[int]) -> None:
    """Compare the plan with the best value of all, have it checked; without any choice the rules must be named."""
    if not values:
        with pytest.raises(ConflictError, match="contradict"):
            solve(**town, rules=rules)
        return
    plan = solve(**town, rules=rules)
    assert plan.value == min(values)
    assert faults(plan, **town, rules=rules) == []
    assert plan.lower_bound <= plan.value
    if rules == Rules():
        assert plan.proved_optimal


@settings(deadline=None, max_examples=40)
@given(towns(), st.data())
def test_p_median_is_the_best_of_all_choices(town: dict[str, Any], data: st.DataObject) -> None:
    rules = data.draw(st.one_of(st.just(Rules()), rules_for(len(town["candidate_xy"]))))
    values = [sum(d * w for d, w in zip(served(town, chosen), town["demand_weight"], strict=True)) for chosen in choices(town, rules)]
    assert_best(solve_p_median, town, rules, values)


@settings(deadline=None, max_examples=40)
@given(towns(), st.data())
def test_p_center_is_the_best_of_all_choices(town: dict[str, Any], data: st.DataObject) -> None:
    rules = data.draw(st.one_of(st.just(Rules()), rules_for(len(town["candidate_xy"]))))
    counted = [i for i, w in enumerate(town["demand_weight"]) if w]
    values = [max((served(town, chosen)[i] for i in counted), default=0) for chosen in choices(town, rules)]
    assert_best(solve_p_center, town, rules, values)


def cheapest(town: dict[str, Any], load: list[int], capacity: list[int], chosen: Sequence[int], reach: float | None) -> int | None:
    """Try every assignment to the chosen sites."""
    best = None
    for to in itertools.product(chosen, repeat=len(load)):
        far = [units(town["demand_xy"][i], town["candidate_xy"][j]) for i, j in enumerate(to)]
        used = {j: sum(q for q, at in zip(load, to, strict=True) if at == j) for j in to}
        if any(used[j] > capacity[j] for j in used) or (reach is not None and max(far) > reach * UNITS):
            continue
        cost = sum(d * w for d, w in zip(far, town["demand_weight"], strict=True))
        best = cost if best is None else min(best, cost)
    return best


@settings(deadline=None, max_examples=50)
@given(towns(), st.data())
def test_capacitated_is_the_best_of_all_assignments(town: dict[str, Any], data: st.DataObject) -> None:
    town = {key: value[:5] if isinstance(value, list) else value for key, value in town.items()} | {"standing_xy": None}
    count, points = len(town["candidate_xy"]), len(town["demand_xy"])
    load = data.draw(st.lists(st.integers(0, 4), min_size=points, max_size=points))
    capacity = data.draw(st.lists(st.integers(0, 12), min_size=count, max_size=count))
    reach = data.draw(st.one_of(st.none(), st.integers(1, 6).map(float)))
    rules = data.draw(st.one_of(st.just(Rules()), rules_for(count)))
    found = [cost for chosen in choices(town, rules) if (cost := cheapest(town, load, capacity, chosen, reach)) is not None]
    asked = {key: town[key] for key in ("demand_xy", "demand_weight", "candidate_xy", "p")}
    asked |= {"load": load, "capacity": capacity, "reach_m": reach, "rules": rules}
    if not found:
        with pytest.raises(ConflictError, match="contradict"):
            solve_capacitated(**asked)
        return
    plan = solve_capacitated(**asked)
    assert faults(plan, **asked) == []
    assert plan.lower_bound <= min(found) == plan.value


TOWN: dict[str, Any] = {
    "demand_xy": [(0, 0), (3, 0), (9, 0), (12, 5)],
    "demand_weight": [3, 1, 2, 2],
    "candidate_xy": [(0, 0), (4, 0), (9, 0), (12, 0)],
    "p": 2,
}


@pytest.mark.parametrize("solve", [solve_p_median, solve_p_center])
@pytest.mark.parametrize(
    "change",
    [
        {"selected": (0, 1)}, {"selected": (0, 0)}, {"selected": (0, 1, 2)}, {"assigned": (0, 0, 0, 0)}, {"assigned": (0, 0)},
        {"value": 1}, {"lower_bound": 10**9}, {"certificate": {}},
    ],
    ids=str,
)  # fmt: skip
def test_the_checker_refuses_a_plan_that_was_changed(solve: Any, change: dict[str, Any]) -> None:
    plan = solve(**TOWN)
    assert faults(plan, **TOWN) == []
    if change == {"certificate": {}}:
        change = {"certificate": plan.certificate | {"nodes": []}}
    assert faults(dataclasses.replace(plan, **change), **TOWN)


@pytest.mark.parametrize("change", [{"assigned": (0, 0, 0, 0)}, {"value": 1}, {"lower_bound": 10**9}, {"u": 2}, {"rate": -1}], ids=str)
def test_the_checker_refuses_a_capacitated_plan_that_was_changed(change: dict[str, Any]) -> None:
    asked: dict[str, Any] = {**TOWN, "load": [3, 1, 2, 2], "capacity": 5}
    plan = solve_capacitated(**asked)
    assert faults(plan, **asked) == []
    if "u" in change or "rate" in change:
        name, factor = next(iter(change.items()))
        told = [factor * max(1, number) for number in plan.certificate[name]]
        change = {"certificate": plan.certificate | {name: told}}
    assert faults(dataclasses.replace(plan, **change), **asked)


def test_a_plan_survives_json() -> None:
    plan = solve_p_median(**TOWN)
    again = DistancePlan.from_json(plan.to_json())
    assert again == plan
    assert faults(again, **TOWN) == []


def test_a_forbidden_site_at_an_odd_distance_does_not_weaken_the_proof() -> None:
    asked: dict[str, Any] = {
        "demand_xy": [(0, 0)],
        "demand_weight": [1],
        "candidate_xy": [(0, 0), (0, 1)],
        "p": 0,
        "rules": Rules(forbidden=(1,)),
    }
    plan = solve_p_median(**asked)
    assert plan.proved_optimal
    assert faults(plan, **asked) == []


def test_distances_may_be_given_and_an_unserved_point_counts_the_limit() -> None:
    walking = np.array([[100.0, math.inf], [math.inf, math.inf], [50.0, 20.0]])
    asked: dict[str, Any] = {"demand_weight": [1, 1, 1], "p": 1, "distances": walking, "beyond_m": 800.0}
    plan = solve_p_median(None, candidate_xy=None, **asked)
    assert (plan.selected, plan.assigned, plan.value_m) == ((0,), (0, -1, 0), 100 + 800 + 50)
    assert faults(plan, None, candidate_xy=None, **asked) == []


def test_a_solve_that_is_cancelled_returns_its_best_plan_with_a_valid_bound() -> None:
    chance = np.random.default_rng(1)
    asked: dict[str, Any] = {
        "demand_xy": chance.integers(0, 900, (80, 2)),
        "demand_weight": chance.integers(1, 9, 80),
        "candidate_xy": chance.integers(0, 900, (60, 2)),
        "p": 7,
    }
    told: list[Progress] = []
    plan = solve_p_median(**asked, cancel=lambda: True, on_progress=told.append)
    best = solve_p_median(**asked, start=plan.selected)
    assert faults(plan, **asked) == faults(best, **asked) == []
    assert plan.lower_bound <= best.value <= plan.value
    assert told[-1].selected == plan.selected


def test_contradicting_rules_are_named_and_no_other() -> None:
    with pytest.raises(ConflictError, match=r"at most 1 sites; capacities \(together 5 at most\)"):
        solve_capacitated([(0, 0), (1, 0)], [1, 1], [(0, 0), (1, 0)], load=[3, 3], capacity=5, p=1)
    with pytest.raises(ConflictError, match="reach"):
        solve_capacitated([(0, 0), (90, 0)], [1, 1], [(0, 0), (1, 0)], load=[3, 3], capacity=5, p=2, reach_m=50)


def test_bad_input_names_its_row() -> None:
    with pytest.raises(InvalidInputError, match="row 2, load"):
        solve_capacitated([(0, 0), (1, 0)], [1, 1], [(0, 0)], load=[3, 0.5], capacity=5, p=1)
    with pytest.raises(InvalidInputError, match="row 1, candidate_xy"):
        solve_p_median([(0, 0)], [1], [(math.nan, 0)], p=1)
    with pytest.raises(InvalidInputError, match="p: must not be negative"):
        solve_p_center([(0, 0)], [1], [(0, 0)], p=-1)
