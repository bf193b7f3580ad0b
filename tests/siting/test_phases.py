"""Plans in phases: each year's plan contains the last, covers what is possible among the plan's sites, and its bound is proved."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.check import faults
from gridmgmt.siting.model import Phase, Plan, Quota, Rules
from gridmgmt.siting.solve_cover import solve_backup_cover, solve_mclp
from tests.siting.small_towns import Town, choices, covered, near, towns

calm = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
POINTS = [(float(x * 37 % 1000), float(x * 91 % 1000)) for x in range(200)]
WEIGHT = [1 + k * 7919 % 97 for k in range(200)]
SITES = [(float(x * 53 % 1000), float(x * 29 % 1000)) for x in range(60)]
RULES = Rules((Quota("north", tuple(range(30)), 4, 6),), forced=(3,), phases=((2021, 2), (2022, 3), (2023, 0), (2024, 3)))


@pytest.fixture(scope="module", name="plan")
def _plan() -> Plan:
    return solve_mclp(POINTS, WEIGHT, SITES, service_radius_m=110, p=8, rules=RULES)


def told(plan: Plan) -> list[str]:
    return faults(plan, POINTS, WEIGHT, SITES)


def built_by(plan: Plan, count: int) -> tuple[int, ...]:
    return tuple(site for phase in plan.phases[:count] for site in phase.sites)


@calm
@given(towns())
def test_each_years_bound_is_what_the_best_choice_of_so_many_sites_covers(town: Town) -> None:
    rules = Rules(phases=((2021, min(1, town.p)), (2022, max(0, town.p - 1))))
    asked: dict[str, Any] = {"service_radius_m": town.radius, "p": town.p, "standing_xy": town.standing, "rules": rules}
    for solve, twice in ((solve_mclp, False), (solve_backup_cover, True)):
        plan = solve(town.demand, town.weight, town.candidates, **asked)
        assert faults(plan, town.demand, town.weight, town.candidates, town.standing) == []
        first = plan.phases[0]
        assert first.bound == max(covered(town, chosen, twice=twice) for chosen in choices(town, p=len(first.sites)))
        assert first.objective == covered(town, first.sites, twice=twice)


def test_years_hold_their_numbers_and_the_last_is_the_whole_plan(plan: Plan) -> None:
    assert [(phase.year, len(phase.sites)) for phase in plan.phases] == [(2021, 2), (2022, 3), (2023, 0), (2024, 3)]
    assert sorted(built_by(plan, 4)) == list(plan.selected)
    assert (plan.phases[-1].objective, plan.phases[-1].bound) == (plan.objective, plan.bound)
    assert told(plan) == []
    assert Plan.from_json(plan.to_json()) == plan


def test_no_other_choice_between_two_years_covers_more(plan: Plan) -> None:
    def value(chosen: tuple[int, ...]) -> int:
        return sum(weight for point, weight in zip(POINTS, WEIGHT, strict=True) if any(near(point, SITES[site], 110) for site in chosen))

    first, second = built_by(plan, 1), built_by(plan, 2)
    assert plan.phases[0].objective == max(value(chosen) for chosen in itertools.combinations(second, 2)) == value(first)
    others = set(plan.selected) - set(first)
    assert plan.phases[1].objective == max(value((*first, *more)) for more in itertools.combinations(others, 3)) == value(second)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"objective": 1}, "2021: the choice is worth"),
        ({"bound": 1}, "2021: the bound of 1 parts contradicts"),
        ({"certificate": {"trunk": [], "tree": None}}, "2021: the certificate proves a bound of"),
        ({"certificate": {}}, "2021: the bound is not proved"),
        ({"year": 2020}, "years are others"),
        ({"sites": ()}, "each chosen site once"),
    ],
)
def test_a_changed_year_is_refused(plan: Plan, changed: dict[str, Any], said: str) -> None:
    worse = dataclasses.replace(plan, phases=(dataclasses.replace(plan.phases[0], **changed), *plan.phases[1:]))
    assert any(said in one for one in told(worse)), told(worse)


def test_a_year_with_too_many_sites_or_other_figures_at_the_end_is_refused(plan: Plan) -> None:
    one, two, three, last = plan.phases
    early = (dataclasses.replace(one, sites=(*one.sites, two.sites[0])), dataclasses.replace(two, sites=two.sites[1:]), three, last)
    assert any("3 sites are built, 2 are allowed" in fault for fault in told(dataclasses.replace(plan, phases=early)))
    boast = (one, two, three, dataclasses.replace(last, objective=last.objective + 1))
    assert any("not those of the plan" in fault for fault in told(dataclasses.replace(plan, phases=boast)))
    assert told(dataclasses.replace(plan, phases=())) == ["the years do not hold each chosen site once"]


def test_years_that_do_not_add_up_are_refused() -> None:
    for phases in (((2021, 3), (2022, 4)), ((2021, 4), (2021, 4)), ((2021, 9), (2022, -1))):
        with pytest.raises(InvalidInputError, match="add up to 8"):
            solve_mclp(POINTS, WEIGHT, SITES, service_radius_m=110, p=8, rules=Rules(phases=phases))


def test_a_gap_of_a_year_is_a_share_of_its_bound() -> None:
    assert Phase(2021, (1,), 90, 100, {}).gap == pytest.approx(0.1)
