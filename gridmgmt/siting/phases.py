"""Plans in phases: which sites of a plan are built in which year, so that each year's plan contains the last and covers much at once."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from gridmgmt.siting.clock import Clock
from gridmgmt.siting.core_lp import CoreModel
from gridmgmt.siting.cover_problem import CoverSets, cover_problem
from gridmgmt.siting.model import Cancel, Phase, Rules
from gridmgmt.siting.problem import FREE, IN, OUT, Problem
from gridmgmt.siting.search import LocalSearch
from gridmgmt.siting.solve_problem import solve_problem
from gridmgmt.siting.units import Ints

SHARE, YEAR_S = 0.3, 20.0  # share of a time limit for the bounds of the earlier years; seconds for each where there is none
SWEEPS, EXCHANGE_S = 2, 2.0  # how often each year is chosen anew between its neighbours, and how long


@dataclasses.dataclass(frozen=True)
class Whole:
    """A solved plan to share out: who covers whom, worths of a first and a second cover (parts), the rules with their phases."""

    sets: CoverSets
    first: Ints
    second: Ints
    rules: Rules
    seed: int

    def of(self, most: int) -> tuple[Problem, Ints]:
        """Return the problem of a year on its own, and what rules fix in it."""
        return cover_problem(self.sets, self.first, self.second, self.rules.of_a_year(), most=most)


def share_out(whole: Whole, selected: tuple[int, ...], time_limit_s: float | None, cancel: Cancel | None) -> tuple[Phase, ...]:
    """Return the sites of each year in its order; what they cover with those before them, and what no plan of so many sites can exceed.

    The last year's plan is the whole plan, whose bound stands in the plan itself, so its phase carries no certificate. Earlier years need not
    keep the least numbers of quotas and the forced sites, which speak of the whole plan.
    """
    years, sizes = zip(*sorted(whole.rules.phases), strict=True)
    ends = np.minimum(np.cumsum(sizes), len(selected)).tolist()
    problem, _ = whole.of(len(selected))
    plans = nested(problem, np.array(selected, np.int64), ends)
    limit = YEAR_S if time_limit_s is None else time_limit_s * SHARE / max(1, len(ends) - 1)
    found, before = [], np.empty(0, np.int64)
    for year, end, chosen in zip(years, ends, plans, strict=True):
        added, before = np.setdiff1d(chosen, before), chosen
        bound, proof = _bounded(whole, end, chosen, Clock(limit, None, cancel)) if end < len(selected) else (0, {})
        found.append(Phase(year, tuple(added.tolist()), problem.value(chosen), bound, proof))
    return tuple(found)


def nested(problem: Problem, selected: Ints, ends: list[int]) -> list[Ints]:
    """Return growing choices of so many of the selected sites: greedy, then each is chosen anew between the one before and the one after."""
    fix, chosen = np.full(len(problem.sites), OUT, np.int64), np.empty(0, np.int64)
    fix[selected] = FREE
    among = np.sort(selected)
    part, plans = dataclasses.replace(problem.shrink(fix), side=problem.side.none(len(among))), []
    for end in ends:
        chosen = LocalSearch(dataclasses.replace(part, most=end)).greedy(chosen)
        others = np.setdiff1d(np.arange(len(among)), chosen)  # those that add nothing are still built
        chosen = np.union1d(chosen, others[: end - len(chosen)]).astype(np.int64)
        plans.append(chosen)
    for _ in range(SWEEPS):
        for k, end in itertools.islice(enumerate(ends), len(ends) - 1):
            plans[k] = _between(part, plans[k - 1] if k else np.empty(0, np.int64), plans[k], plans[k + 1], end)
    return [among[chosen] for chosen in plans]


def _between(part: Problem, lower: Ints, chosen: Ints, upper: Ints, most: int) -> Ints:
    """Return the best choice found that holds all of the lower one and lies within the upper one."""
    fix = np.full(len(part.sites), OUT, np.int64)
    fix[upper] = FREE
    fix[lower] = IN
    open_sites = np.flatnonzero(fix == FREE)
    rest = dataclasses.replace(part, most=most).shrink(fix)
    if not len(rest.rows) or not 0 < rest.most < len(open_sites):
        return chosen
    start = np.searchsorted(open_sites, np.setdiff1d(chosen, lower))
    found = CoreModel(rest, whole=True).best_whole(time_limit_s=EXCHANGE_S, start=start)
    if found is None or len(found) > rest.most or rest.value(found) <= rest.value(start):
        return chosen
    others = np.setdiff1d(np.arange(len(open_sites)), found)
    return np.union1d(lower, open_sites[np.concatenate([found, others[: rest.most - len(found)]])]).astype(np.int64)


def _bounded(whole: Whole, most: int, chosen: Ints, clock: Clock) -> tuple[int, dict[str, object]]:
    """Return what no plan of so many sites can exceed, and its certificate."""
    problem, fix = whole.of(most)
    work = solve_problem(problem.shrink(fix), clock, seed=whole.seed, start=chosen.tolist())
    return work.proof.bound, {"cliques": problem.side.cliques(), **work.proof.written()}
