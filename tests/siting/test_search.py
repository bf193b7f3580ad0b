"""The search keeps its tables true, keeps the rules, and finds the best of all choices where that is easy."""

from __future__ import annotations

import itertools

import numpy as np

from gridmgmt.siting.cover_problem import CoverSets, cover_problem
from gridmgmt.siting.model import Budget, Quota, Rules
from gridmgmt.siting.problem import Problem
from gridmgmt.siting.search import LocalSearch, improve
from gridmgmt.siting.units import Ints

COST = tuple(1 + k % 4 for k in range(24))
RULES = Rules((Quota("north", tuple(range(12)), 2, 3),), budgets=(Budget("yuan", COST, 11),))


def drawn(rules: Rules, times: int = 1) -> Problem:
    """Return 60 points, 24 candidates, 5 to choose, points of all weights, each so many times as heavy."""
    chance = np.random.default_rng(3)
    sets = CoverSets.from_points(chance.uniform(0, 1_000, (60, 2)), chance.uniform(0, 1_000, (24, 2)), 220.0)
    weight = chance.integers(1, 90, 60)
    return cover_problem(sets, weight * times, weight // 2 * times, rules, most=5)[0]


def first_choice(problem: Problem) -> Ints:
    """Return the first choice of five that keeps the rules."""
    every = (np.array(chosen, np.int64) for chosen in itertools.combinations(range(24), 5))
    return next(chosen for chosen in every if problem.keeps_rules(chosen))


def test_the_tables_of_a_search_stay_true_and_its_rules_are_kept() -> None:
    problem = drawn(RULES)
    search = LocalSearch(problem)
    state = search.state(first_choice(problem))
    search.anneal(state, 2_000, 40.0, 1)
    again = search.state(state.chosen)
    assert (state.inside == again.inside).all()
    assert (state.count == again.count).all()
    assert (state.gain == again.gain)[state.inside == 0].all()
    assert (state.used == again.used).all()
    assert state.value == problem.value(state.chosen)
    assert state.best_value == problem.value(state.best) > problem.value(first_choice(problem))
    assert problem.keeps_rules(state.best)
    assert problem.keeps_rules(state.chosen)


def test_weights_beyond_32_bits_are_searched_as_light_ones_are() -> None:
    found = [
        improve(drawn(RULES, times), first_choice(drawn(RULES)), moves=5_000, seed=0, done=lambda: 0.0, cores=1) for times in (1, 1 << 24)
    ]
    assert found[0].tolist() == found[1].tolist()


def test_a_small_search_finds_the_best_of_all_choices_with_rules_and_without() -> None:
    for rules in (Rules(), RULES):
        problem = drawn(rules)
        every = (np.array(chosen, np.int64) for chosen in itertools.combinations(range(24), 5))
        best = max(problem.value(chosen) for chosen in every if problem.keeps_rules(chosen))
        found = improve(problem, first_choice(problem), moves=40_000, seed=0, done=lambda: 0.0, cores=2)
        assert problem.keeps_rules(found)
        assert problem.value(found) == best
