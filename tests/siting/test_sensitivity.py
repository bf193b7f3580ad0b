"""One site more, another radius, another site instead: compared with counting every choice."""

from __future__ import annotations

import numpy as np

from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.order import order_sites
from gridmgmt.siting.question import ask
from gridmgmt.siting.scenario_settings import Problem, Settings
from gridmgmt.siting.sensitivity import sensitivity
from tests.siting.drawn_set import drawn_tables
from tests.siting.test_question import value


def test_next_instead_and_radius_are_what_counting_every_choice_gives() -> None:
    tables = drawn_tables(demand=120, candidates=20, standing=2)
    question = ask(tables, Settings(Problem.MCLP, 700.0, 4, forbidden=("F-3",)))
    sets = CoverSets.from_points(question.demand_xy, question.candidate_xy, 700.0, question.standing_xy)
    chosen = (1, 5, 9, 12)
    built = order_sites(sets.candidates.turned(), sets.standing, question.weight, np.array(chosen), {})
    found = sensitivity(sets, question, tables, built)
    free = [n for n in range(len(question.candidate_xy)) if n not in (*chosen, 3)]
    whole = value(question, chosen)
    assert found["start"] + sum(one.adds for one in built) == whole
    gains = {n: value(question, (*chosen, n)) - whole for n in free}
    best = max(gains, key=lambda n: (gains[n], -n))
    assert found["next"][0] == [f"F-{best}", gains[best]]
    adds = [step[1] for step in found["next"]]
    assert adds == sorted(adds, reverse=True)
    assert sum(adds) == value(question, (*chosen, *free)) - whole or len(adds) == 20
    for rank, one in enumerate(built, 1):
        rest = tuple(n for n in chosen if n != one.position)
        back = {n: value(question, (*rest, n)) - value(question, rest) for n in free}
        other = max(back, key=lambda n: (back[n], -n))
        assert found["instead"][str(rank)] == [f"F-{other}", back[other]]
    radius, _, after = found["radius"][3]
    assert (radius, after) == (700.0, whole)
    assert [row[2] for row in found["radius"]] == sorted(row[2] for row in found["radius"])


def test_a_plan_without_sites_and_a_set_without_candidates_are_told_too() -> None:
    tables = drawn_tables(demand=20, candidates=0)
    question = ask(tables, Settings(Problem.MCLP, 700.0, 0))
    sets = CoverSets.from_points(question.demand_xy, question.candidate_xy, 700.0, question.standing_xy)
    found = sensitivity(sets, question, tables, [])
    assert (found["start"], found["next"], found["instead"]) == (0, [], {})
