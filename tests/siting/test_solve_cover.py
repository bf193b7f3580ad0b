"""Covering problems against trying every choice, and against other solvers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.siting.check import faults
from gridmgmt.siting.model import Budget, Plan, Progress, Quota, Rules
from gridmgmt.siting.solve_cover import solve_backup_cover, solve_lscp, solve_mclp
from tests.siting.small_towns import Town, choices, covered, covers, keeps, rules_for, towns

calm = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def solve(town: Town, rules: Rules | None = None) -> Plan:
    return solve_mclp(
        town.demand, town.weight, town.candidates, service_radius_m=town.radius, p=town.p, standing_xy=town.standing, rules=rules
    )


def assert_sound(plan: Plan, town: Town) -> None:
    weight = None if plan.problem == "lscp" else town.weight
    assert faults(plan, town.demand, weight, town.candidates, town.standing) == []
    assert Plan.from_json(plan.to_json()) == plan


@calm
@given(towns())
def test_mclp_covers_what_the_best_of_all_choices_covers(town: Town) -> None:
    plan = solve(town)
    assert plan.proved_optimal
    assert plan.covered == max(covered(town, chosen) for chosen in choices(town))
    assert_sound(plan, town)


@calm
@given(towns(weights=st.sampled_from([0, 0.1, 0.25, 2.5, 7])))
def test_weights_with_decimals_are_counted_exactly(town: Town) -> None:
    plan = solve(town)
    assert plan.covered == pytest.approx(max(covered(town, chosen) for chosen in choices(town)), abs=1e-9)
    assert_sound(plan, town)


@calm
@given(towns())
def test_backup_cover_is_the_best_of_all_choices(town: Town) -> None:
    plan = solve_backup_cover(town.demand, town.weight, town.candidates, service_radius_m=town.radius, p=town.p, standing_xy=town.standing)
    assert plan.proved_optimal
    assert plan.covered == max(covered(town, chosen, twice=True) for chosen in choices(town))
    assert_sound(plan, town)


@calm
@given(towns())
def test_lscp_needs_as_few_sites_as_any_choice_that_covers_all(town: Town) -> None:
    plan = solve_lscp(town.demand, town.candidates, service_radius_m=town.radius, standing_xy=town.standing)
    everything = covers(town, tuple(range(len(town.candidates))))
    best = min(
        len(chosen) for chosen in choices(town, p=99) if all(a > 0 or b == 0 for a, b in zip(covers(town, chosen), everything, strict=True))
    )
    assert plan.proved_optimal
    assert plan.covered == best
    assert plan.unreachable == tuple(k for k, count in enumerate(everything) if count == 0)
    assert_sound(plan, town)


@calm
@given(st.data())
def test_rules_are_kept_or_named_as_contradictory(data: st.DataObject) -> None:
    town = data.draw(towns())
    rules = data.draw(rules_for(len(town.candidates)))
    possible = list(choices(town, rules))
    if not possible:
        with pytest.raises(ConflictError, match="contradict"):
            solve(town, rules)
        return
    plan = solve(town, rules)
    assert keeps(town, rules, plan.selected)
    assert plan.proved_optimal
    assert plan.covered == max(covered(town, chosen) for chosen in possible)
    assert_sound(plan, town)


def test_a_budget_that_no_site_fits_alone_is_no_reason_to_leave_a_plan_unproved() -> None:
    rules = Rules(budgets=(Budget("yuan", (2, 2, 2, 2, 0, 2, 0), 1),), forbidden=(6,))
    town = Town([(0.0, 0.0)], [2], [*[(0.0, 0.0)] * 4, (0.0, 50.0), (0.0, 0.0), (0.0, 0.0)], [], 0.0, 1)
    plan = solve(town, rules)
    assert (plan.covered, plan.proved_optimal) == (0, True)
    assert_sound(plan, town)


def test_rules_that_contradict_each_other_only_together_close_a_case() -> None:
    rules = Rules((Quota("east", (0, 1, 3), 1),), budgets=(Budget("yuan", (0, 0, 0, 2, 0, 0, 0), 1),))
    town = Town([(50.0, 0.0), (0.0, 0.0)], [2, 0], [*[(0.0, 0.0)] * 3, (50.0, 0.0), *[(0.0, 0.0)] * 3], [], 0.0, 1)
    plan = solve(town, rules)
    assert (plan.covered, plan.proved_optimal) == (0, True)
    assert_sound(plan, town)


@calm
@given(st.data())
def test_lscp_keeps_rules(data: st.DataObject) -> None:
    town = data.draw(towns())
    rules = data.draw(rules_for(len(town.candidates)))
    allowed = [site for site in range(len(town.candidates)) if site not in rules.forbidden]
    try:
        plan = solve_lscp(town.demand, town.candidates, service_radius_m=town.radius, standing_xy=town.standing, rules=rules)
    except ConflictError:
        return
    assert keeps(town, rules, plan.selected)
    assert set(plan.selected) <= set(allowed)
    assert_sound(plan, town)


def test_contradicting_rules_are_named_and_others_are_not() -> None:
    sites = [(0.0, 0.0), (0.0, 100.0), (0.0, 200.0)]
    rules = Rules(quotas=(Quota("Hankou", (0, 1), at_least=2), Quota("Wuchang", (0, 1), at_most=1), Quota("Hanyang", (2,), at_least=1)))
    with pytest.raises(ConflictError, match=r"Hankou.*Wuchang") as raised:
        solve_mclp(sites, [1, 1, 1], sites, service_radius_m=10, p=3, rules=rules)
    assert "Hanyang" not in str(raised.value)
    assert "sites at most" not in str(raised.value)


def test_bad_input_is_named() -> None:
    site = [(0.0, 0.0)]
    with pytest.raises(InvalidInputError, match="row 1"):
        solve_mclp([(float("nan"), 0.0)], [1], site, service_radius_m=10, p=1)
    with pytest.raises(InvalidInputError, match="demand_weight"):
        solve_mclp(site, [-1], site, service_radius_m=10, p=1)
    with pytest.raises(InvalidInputError, match="decimals"):
        solve_mclp(site, [1 / 3], site, service_radius_m=10, p=1)
    with pytest.raises(InvalidInputError, match="p"):
        solve_mclp(site, [1], site, service_radius_m=10, p=-1)
    with pytest.raises(InvalidInputError, match="Hankou"):
        solve_mclp(site, [1], site, service_radius_m=10, p=1, rules=Rules(quotas=(Quota("Hankou", (1,)),)))


def test_a_time_limit_of_nothing_still_gives_a_plan_and_a_bound() -> None:
    points = [(float(x * 37 % 1000), float(x * 91 % 1000)) for x in range(300)]
    plan = solve_mclp(points, [1 + k % 7 for k in range(300)], points[::3], service_radius_m=120, p=8, time_limit_s=0)
    assert plan.covered <= plan.upper_bound
    assert plan.stopped == "time limit"
    assert faults(plan, points, [1 + k % 7 for k in range(300)], points[::3]) == []


def test_cancelling_gives_the_best_plan_so_far_and_progress_is_told() -> None:
    points = [(float(x * 37 % 1000), float(x * 91 % 1000)) for x in range(300)]
    steps: list[Progress] = []
    plan = solve_mclp(points, [1] * 300, points[::3], service_radius_m=120, p=8, cancel=lambda: True, on_progress=steps.append)
    assert plan.stopped in {"cancelled", ""}
    assert steps[-1].bound is not None
    assert steps[-1].selected == plan.selected


def test_a_choice_to_begin_with_is_never_made_worse() -> None:
    points = [(float(x * 37 % 1000), float(x * 91 % 1000)) for x in range(300)]
    best = solve_mclp(points, [1] * 300, points[::3], service_radius_m=120, p=8)
    again = solve_mclp(points, [1] * 300, points[::3], service_radius_m=120, p=8, start=best.selected, time_limit_s=0)
    assert again.covered == best.covered
