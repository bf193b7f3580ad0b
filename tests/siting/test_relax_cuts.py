"""The relaxation with cuts over all sites comes to where HiGHS comes, and a plan proved by it passes the checker."""

from __future__ import annotations

import numpy as np
import pytest

from gridmgmt.siting import odd_cuts, solve_problem
from gridmgmt.siting.check import faults_of_sets
from gridmgmt.siting.core_lp import CoreModel
from gridmgmt.siting.cover_problem import CoverSets, cover_problem
from gridmgmt.siting.model import Quota, Rules
from gridmgmt.siting.multipliers import Cuts, bound_of, fraction_for
from gridmgmt.siting.problem import FREE, Problem
from gridmgmt.siting.proof import unpacked
from gridmgmt.siting.relax import relax
from gridmgmt.siting.relax_cuts import CutRelaxation
from gridmgmt.siting.solve_cover import solve_mclp_sets

CHANCE = np.random.default_rng(7)
POINTS, SITES, WEIGHT = CHANCE.uniform(0, 1_000, (400, 2)), CHANCE.uniform(0, 1_000, (120, 2)), CHANCE.integers(1, 90, 400)
RULES = Rules((Quota("west", tuple(np.flatnonzero(SITES[:, 0] < 500).tolist()), 0, 6),))


@pytest.fixture(scope="module", name="problem")
def _problem() -> Problem:
    sets = CoverSets.from_points(POINTS, SITES, 110.0)
    return cover_problem(sets, WEIGHT, np.zeros_like(WEIGHT), RULES, most=15)[0]


def bounds(problem: Problem, rounds: int) -> tuple[list[float], CutRelaxation]:
    """Return the bounds (parts) before any cut and after each round, and the relaxation reached."""
    looks = iter(range(100))
    relaxed = relax(problem, go_on=lambda _: next(looks, None) is not None)
    work, found = CutRelaxation(problem, relaxed.x, relaxed.lam, relaxed.nu, []), [relaxed.bound]
    fraction, free = fraction_for(problem), np.full(len(problem.sites), FREE, np.int64)
    for seed in range(rounds):
        by, cuts = work.go_on(lambda _: True, seed=seed)
        found.append(bound_of(problem, cuts, fraction, by, free).steps / fraction)
    return found, work


def test_rounds_of_cuts_come_below_the_plain_relaxation_and_to_where_highs_comes(problem: Problem) -> None:
    plain = CoreModel(problem, whole=False).solve()
    assert plain is not None
    found, work = bounds(problem, 6)
    model = CoreModel(problem, whole=False)
    model.add(Cuts.over(problem, work.sets))
    cut = model.solve()
    assert cut is not None
    assert found[0] == pytest.approx(plain.value, rel=1e-3)
    assert cut.value - 1e-6 * cut.value <= min(found) < plain.value - 0.5 * (plain.value - cut.value)


def test_many_rows_are_cut_in_pieces_that_hold_every_row_once(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odd_cuts, "PIECE", 10)
    rows: list[odd_cuts.Tight] = [(tuple(problem.rows.of(row).tolist()), 0.0, row) for row in range(len(problem.rows))]
    pieces = odd_cuts._pieces(rows, np.random.default_rng(0))
    assert sorted(row for piece in pieces for _, _, row in piece) == list(range(len(rows)))
    assert max(len(piece) for piece in pieces) == 10


def test_a_plan_bounded_by_steps_alone_passes_the_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SMALL", 0), ("EASY", -1), ("BROAD", -1), ("TREE", -1), ("MOVES", 10_000)):
        monkeypatch.setattr(solve_problem, name, value)
    near, weight = CHANCE.random((90, 40)) < 0.12, CHANCE.integers(1, 50, 90)  # no geometry: far from whole
    starts, items = np.concatenate([[0], np.cumsum(near.sum(axis=1))]), np.nonzero(near)[1]
    plan = solve_mclp_sets(CoverSets.from_csr(starts, items, 40), weight, p=8, time_limit_s=4)
    assert 0 < plan.gap < 0.1
    assert max(len(unpacked(entry["cut"])) for entry in plan.certificate["trunk"]) > 0
    assert faults_of_sets(plan, starts, items, weight, 40) == []
