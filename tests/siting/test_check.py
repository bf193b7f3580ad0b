"""The checker believes nothing: a plan changed in any field is refused."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from gridmgmt.siting.check import faults, faults_of_sets
from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.model import Plan, Quota, Rules, Spacing
from gridmgmt.siting.proof import packed, unpacked
from gridmgmt.siting.solve_cover import solve_lscp, solve_mclp, solve_mclp_sets
from gridmgmt.siting.units import Ints

POINTS = [(float(x * 37 % 1000), float(x * 91 % 1000)) for x in range(200)]
WEIGHT = [1 + k * 7919 % 97 for k in range(200)]
SITES = [(float(x * 53 % 1000), float(x * 29 % 1000)) for x in range(60)]
RULES = Rules((Quota("north", tuple(range(30)), 2, 5),), (Spacing("apart", 120.0),), forced=(3,), forbidden=(20,))
STANDING = [(500.0, 500.0)]


def tangle() -> tuple[Ints, Ints, Ints]:
    """Return covers without any geometry, whose relaxation is far from whole, and weights."""
    chance = np.random.default_rng(1)
    near = chance.random((90, 40)) < 0.12
    return np.concatenate([[0], np.cumsum(near.sum(axis=1))]), np.nonzero(near)[1], chance.integers(1, 50, 90)


@pytest.fixture(scope="module", name="plan")
def _plan() -> Plan:
    return solve_mclp(POINTS, WEIGHT, SITES, service_radius_m=110, p=8, standing_xy=STANDING, rules=RULES)


def told(plan: Plan) -> list[str]:
    return faults(plan, POINTS, WEIGHT, SITES, STANDING)


def test_a_sound_plan_has_no_faults(plan: Plan) -> None:
    assert plan.proved_optimal
    assert told(plan) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"objective": 1}, "is worth"),
        ({"bound": 5}, "contradicts"),
        ({"scale": 10}, "parts to one unit"),
        ({"problem": "p-median"}, "no covering problem"),
        ({"problem": "backup"}, "is worth"),
        ({"unreachable": (0,)}, "nobody reaches"),
        ({"settings": {"p": 7, "service_radius_m": 110}}, "8 sites are chosen, 7 are allowed"),
        ({"settings": {"p": 8, "service_radius_m": 150}}, "is worth"),
        ({"settings": {"p": 8}}, "no service radius"),
        ({"selected": (1, 1)}, "not a set"),
        ({"selected": (60,)}, "not a set"),
        ({"rules": dataclasses.replace(RULES, forbidden=(3,), forced=())}, "forbidden"),
        ({"rules": dataclasses.replace(RULES, spacings=(Spacing("apart", 400.0),))}, "closer"),
        ({"rules": dataclasses.replace(RULES, quotas=(Quota("north", tuple(range(30)), 7),))}, "quota north"),
        ({"rules": dataclasses.replace(RULES, quotas=())}, "not proved"),
        ({"certificate": {}}, "not proved"),
        ({"certificate": {"cliques": [], "trunk": [], "tree": None}}, "proves a bound of"),
    ],
)
def test_a_changed_field_is_refused(plan: Plan, changed: dict[str, Any], said: str) -> None:
    assert any(said in sentence for sentence in told(dataclasses.replace(plan, **changed)))


def test_a_bound_below_what_the_certificate_proves_is_refused() -> None:
    starts, items, weight = tangle()
    plan = solve_mclp_sets(CoverSets.from_csr(starts, items, 40), weight, p=8, time_limit_s=0)
    assert plan.bound > plan.objective
    assert faults_of_sets(plan, starts, items, weight, 40) == []
    closer = dataclasses.replace(plan, bound=plan.objective)
    assert any("proves a bound" in sentence for sentence in faults_of_sets(closer, starts, items, weight, 40))
    looser = dataclasses.replace(plan, bound=plan.bound + 1)
    assert faults_of_sets(looser, starts, items, weight, 40) == []  # a weaker claim is still true


@pytest.mark.parametrize("name", ["row", "side"])
def test_multipliers_of_the_wrong_sign_or_number_prove_nothing(plan: Plan, name: str) -> None:
    values = unpacked(plan.certificate["trunk"][0][name])
    for spoilt in (-values - 1, values[:-1]):
        certificate = json.loads(json.dumps(plan.certificate))
        certificate["trunk"][0][name] = packed(spoilt)
        assert any("not proved" in sentence for sentence in told(dataclasses.replace(plan, certificate=certificate)))


def test_a_clique_that_is_none_proves_nothing(plan: Plan) -> None:
    certificate = {**plan.certificate, "cliques": [list(range(60))] * len(plan.certificate["cliques"])}
    assert any("exclude each other" in sentence for sentence in told(dataclasses.replace(plan, certificate=certificate)))


def test_a_certificate_that_claims_to_beat_more_is_refused(plan: Plan) -> None:
    certificate = json.loads(json.dumps(plan.certificate))
    certificate["trunk"][0]["beats"] = plan.objective + 1000
    assert any("beat more" in sentence for sentence in told(dataclasses.replace(plan, certificate=certificate)))


def test_a_tree_of_cases_proves_the_optimum_and_a_case_left_out_is_noticed() -> None:
    starts, items, weight = tangle()
    plan = solve_mclp_sets(CoverSets.from_csr(starts, items, 40), weight, p=8)
    assert plan.proved_optimal
    assert "branch" in plan.certificate["tree"]["cases"]
    assert faults_of_sets(plan, starts, items, weight, 40) == []
    for side in ("in", "out"):
        certificate = json.loads(json.dumps(plan.certificate))
        del certificate["tree"]["cases"][side]
        spoilt = dataclasses.replace(plan, certificate=certificate)
        assert any("not proved" in sentence for sentence in faults_of_sets(spoilt, starts, items, weight, 40))


def test_lscp_plans_are_checked_too() -> None:
    plan = solve_lscp(POINTS, SITES, service_radius_m=200)
    assert faults(plan, POINTS, None, SITES) == []
    fewer = dataclasses.replace(plan, selected=plan.selected[1:], objective=plan.objective - 1)
    assert any("could be covered are not" in sentence for sentence in faults(fewer, POINTS, None, SITES))
    assert any(
        "proves a bound" in s or "contradicts" in s for s in faults(dataclasses.replace(plan, bound=plan.bound + 1), POINTS, None, SITES)
    )


def test_listed_covers_give_the_plan_of_the_points() -> None:
    sets = CoverSets.from_points(POINTS, SITES, 110, STANDING)
    starts, items = sets.candidates.starts, sets.candidates.items
    listed = CoverSets.from_csr(starts, items, len(SITES), sets.standing)
    plan = solve_mclp_sets(listed, WEIGHT, p=8)
    assert plan.covered == solve_mclp(POINTS, WEIGHT, SITES, service_radius_m=110, p=8, standing_xy=STANDING).covered
    assert faults_of_sets(plan, starts, items, WEIGHT, len(SITES), standing=sets.standing) == []
