"""One site more, another radius, another site instead: compared with counting every choice."""

from __future__ import annotations

import numpy as np

from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.order import order_sites
from gridmgmt.siting.question import ask
from gridmgmt.siting.scenario_settings import AreaQuota, Problem, Settings
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


def test_what_is_added_or_stands_instead_keeps_every_rule() -> None:
    """Counted by trying each candidate against the rules as they read."""
    tables = drawn_tables(demand=120, candidates=24, standing=2)
    quotas = (AreaQuota("420100001", 2, 2), AreaQuota("420100002", None, 3))
    asked = Settings(Problem.MCLP, 900.0, 4, quotas=quotas, spacing_m=500.0, costs={"frontage": 10}, budget=50, forced=("F-1",))
    question = ask(tables, asked)
    sets = CoverSets.from_points(question.demand_xy, question.candidate_xy, 900.0, question.standing_xy)
    chosen = (1, 4, 9, 12)
    built = order_sites(sets.candidates.turned(), sets.standing, question.weight, np.array(chosen), {})
    found = sensitivity(sets, question, tables, built)

    def keeps(sites: tuple[int, ...]) -> bool:
        xy = question.candidate_xy[list(sites)]
        apart = min(np.hypot(*(xy[a] - other)) for a in range(len(xy)) for other in [*xy[:a], *xy[a + 1 :], *question.standing_xy])
        return bool(sum(n % 2 for n in sites) == 2 and sum(n % 2 == 0 for n in sites) <= 3 and len(sites) <= 5 and apart >= 500.0)

    free = [n for n in range(len(question.candidate_xy)) if n not in chosen]
    assert keeps(chosen)
    whole = value(question, chosen)
    gains = {n: value(question, (*chosen, n)) - whole for n in free if keeps((*chosen, n))}
    best = max(gains, key=lambda n: (gains[n], -n))
    assert found["next"] == [[f"F-{best}", gains[best]]]  # the budget allows one more
    for rank, one in enumerate(built, 1):
        rest = tuple(n for n in chosen if n != one.position)
        back = {n: value(question, (*rest, n)) - value(question, rest) for n in free if one.position != 1 and keeps((*rest, n))}
        other = max(back, key=lambda n: (back[n], -n), default=None)
        assert found["instead"].get(str(rank)) == (None if other is None else [f"F-{other}", back[other]])
    assert any(str(rank) in found["instead"] for rank in range(1, 5))
