"""From settings to what a solver is asked: costs, roads, upgrades and people become rules over candidates that hold in its answer."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from gridmgmt.errors import ConflictError
from gridmgmt.siting.answer import answer
from gridmgmt.siting.check_answer import find_faults
from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.figures import by_year
from gridmgmt.siting.order import order_sites
from gridmgmt.siting.question import Question, ask
from gridmgmt.siting.scenario import SetTables
from gridmgmt.siting.scenario_settings import Origin, Problem, Settings
from tests.siting.drawn_ground import column
from tests.siting.drawn_set import drawn_tables


def tables() -> SetTables:
    """Return 12 places: every third is a facility to be rebuilt, the first six lie on a main road."""
    drawn = drawn_tables(demand=80, candidates=12, standing=2)
    places = dataclasses.replace(
        drawn.candidates,
        origin=column(*[Origin.UPGRADE.value if n % 3 == 0 else Origin.FRONTAGE.value for n in range(12)]),
        road_class=column(*["primary" if n < 6 else "tertiary" for n in range(12)]),
        dropped=column(*[""] * 12),
    )
    return dataclasses.replace(drawn, candidates=places)


def solve(question: Question) -> tuple[int, ...]:
    """Return what the solver chooses, which the checker must pass."""
    found = answer(question, None, on_step=lambda *_: None, cancel=lambda: False)
    assert not find_faults(question, None, found.problem, found.record)
    return found.selected


def value(question: Question, chosen: tuple[int, ...]) -> int:
    """Return the weight within the radius of standing and chosen sites, by every distance."""
    sites = np.concatenate([question.standing_xy, question.candidate_xy[list(chosen)]])
    away = ((question.demand_xy[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2)
    return int(question.weight[(away <= question.settings.radius_m**2).any(axis=1)].sum())


def test_a_plan_keeps_its_budget_and_is_the_best_that_does() -> None:
    settings = Settings(Problem.MCLP, 900.0, 4, costs={"frontage": 80, "upgrade": 30}, budget=200)
    question = ask(tables(), settings)
    price = [30 if n % 3 == 0 else 80 for n in range(12)]
    affordable = [
        chosen for count in range(5) for chosen in itertools.combinations(range(12), count) if sum(price[n] for n in chosen) <= 200
    ]
    chosen = solve(question)
    assert sum(price[n] for n in chosen) <= 200
    assert value(question, chosen) == max(value(question, one) for one in affordable)


def test_upgrades_and_spacing_by_class_of_road_are_kept() -> None:
    settings = Settings(Problem.MCLP, 900.0, 4, upgrades=(2, 2), road_spacing_m={"primary": 2500.0})
    question = ask(tables(), settings)
    chosen = solve(question)
    assert sum(n % 3 == 0 for n in chosen) == 2
    main = question.candidate_xy[[n for n in chosen if n < 6]]
    for one, other in itertools.combinations(np.concatenate([main, question.standing_xy]).tolist(), 2):
        if one in main.tolist():
            assert np.hypot(one[0] - other[0], one[1] - other[1]) >= 2500.0


def test_stations_within_capacity_keep_budget_and_spacing_though_standing_ones_stand_close() -> None:
    drawn = tables()
    close = dataclasses.replace(drawn.standing, xy=drawn.standing.xy[[0, 0]] + np.array([[0.0, 0.0], [50.0, 0.0]]))
    settings = Settings(
        Problem.CAPACITATED, 900.0, 3, costs={"frontage": 80, "upgrade": 30}, budget=140, spacing_m=300.0, time_limit_s=20.0
    )
    question = ask(dataclasses.replace(drawn, standing=close), settings)
    chosen = solve(question)
    assert sum(30 if n % 3 == 0 else 80 for n in chosen) <= 140
    sites = np.concatenate([question.candidate_xy[list(chosen)], question.standing_xy])
    for one in range(len(chosen)):
        assert all(np.hypot(*(sites[one] - sites[other])) >= 300.0 for other in range(one + 1, len(sites)))


def test_people_are_those_of_the_points_asked() -> None:
    drawn = tables()
    question = ask(drawn, Settings(Problem.P_MEDIAN, 900.0, 2, people_weight=3))
    assert len(question.people) == len(question.demand_xy) == 1
    assert question.people.sum() == drawn.demand.people.sum() == question.weight.sum() / 3


def test_rules_that_contradict_each_other_are_named_in_chinese() -> None:
    question = ask(tables(), Settings(Problem.MCLP, 900.0, 4, costs={"upgrade": 30}, budget=50, upgrades=(2, None)))
    with pytest.raises(ConflictError) as caught:
        solve(question)
    assert caught.value.zh == "下列规则相互矛盾：配额 upgrade 至少 2 处；预算 plan 不超过 50"


def test_each_year_is_planned_with_a_bound_that_no_choice_of_its_size_exceeds() -> None:
    drawn = tables()
    question = ask(drawn, Settings(Problem.MCLP, 900.0, 4, years={2024: 1, 2025: 0, 2026: 3}))
    found = answer(question, None, on_step=lambda *_: None, cancel=lambda: False)
    assert not find_faults(question, None, found.problem, found.record)
    built_in = {site: phase["year"] for phase in found.record["phases"] for site in phase["sites"]}
    sets = CoverSets.from_points(question.demand_xy, question.candidate_xy, 900.0, question.standing_xy)
    built = order_sites(sets.candidates.turned(), sets.standing, question.weight, np.array(found.selected), {}, built_in=built_in)
    rows = by_year(built, found.record["phases"], found.record["scale"])
    assert [(row["year"], row["sites"]) for row in rows] == [(2024, 1), (2025, 0), (2026, 3)]
    for row, count in zip(rows, (1, 1, 4), strict=True):
        chosen = tuple(one.position for one in built[:count])
        assert row["covered"] == value(question, chosen) <= row["bound"]
        assert row["bound"] >= max(value(question, one) for one in itertools.combinations(range(12), count))
