"""Fewest sites and cover twice under rules, against every choice; infeasible rules are refused exactly where no choice keeps them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gridmgmt.errors import ConflictError
from gridmgmt.siting.check import faults
from gridmgmt.siting.model import Rules
from gridmgmt.siting.solve_cover import solve_backup_cover, solve_lscp
from tests.siting.small_towns import Town, choices, covered, covers, keeps, rules_for, towns

calm = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def alone(town: Town, rules: Rules) -> list[int]:
    """Return the candidates that no rule closes by itself: not forbidden, and not too near to what stands."""
    apart = Rules(spacings=rules.spacings)
    return [site for site in range(len(town.candidates)) if site not in rules.forbidden and keeps(town, apart, (site,))]


@calm
@given(st.data())
def test_cover_twice_under_rules_is_the_best_of_all_choices(data: st.DataObject) -> None:
    town = data.draw(towns())
    rules = data.draw(rules_for(len(town.candidates)))
    possible = list(choices(town, rules))
    asked: dict[str, Any] = {"service_radius_m": town.radius, "p": town.p, "standing_xy": town.standing, "rules": rules}
    if not possible:
        with pytest.raises(ConflictError, match="contradict"):
            solve_backup_cover(town.demand, town.weight, town.candidates, **asked)
        return
    plan = solve_backup_cover(town.demand, town.weight, town.candidates, **asked)
    assert keeps(town, rules, plan.selected)
    assert plan.proved_optimal
    assert plan.covered == max(covered(town, chosen, twice=True) for chosen in possible)
    assert faults(plan, town.demand, town.weight, town.candidates, town.standing) == []


@calm
@given(st.data())
def test_fewest_sites_under_rules_are_as_few_as_any_choice_that_covers_what_can_be(data: st.DataObject) -> None:
    town = data.draw(towns())
    rules = data.draw(rules_for(len(town.candidates)))
    town = town._replace(p=99)
    reached = covers(town, tuple(alone(town, rules)))
    full = [one for one in choices(town, rules) if all(a > 0 or b == 0 for a, b in zip(covers(town, one), reached, strict=True))]
    asked: dict[str, Any] = {"service_radius_m": town.radius, "standing_xy": town.standing, "rules": rules}
    if not full:
        with pytest.raises(ConflictError):
            solve_lscp(town.demand, town.candidates, **asked)
        return
    plan = solve_lscp(town.demand, town.candidates, **asked)
    assert keeps(town, rules, plan.selected)
    assert plan.proved_optimal
    assert plan.covered == min(map(len, full))
    assert plan.unreachable == tuple(k for k, count in enumerate(reached) if count == 0)
    assert faults(plan, town.demand, None, town.candidates, town.standing) == []
