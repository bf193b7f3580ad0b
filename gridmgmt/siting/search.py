"""Good choices fast: greedy, then annealing on both cores; every choice keeps the linear rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from gridmgmt.siting import search_kernel
from gridmgmt.siting.problem import Problem
from gridmgmt.siting.units import Ints, Words

SLICE = 5_000  # moves between two looks at the clock
HOT, COLD = 0.1, 0.012  # temperatures as shares of what the last greedy site brings
FEW, A_WISH = 8, 6  # sites anywhere that moves are drawn from: at least, and one for so many sites to choose


@dataclasses.dataclass
class State:
    """A choice and what follows from it."""

    chosen: Ints
    inside: Ints
    count: Words
    gain: Words | Ints
    used: Ints
    value: int
    best: Ints
    best_value: int


class LocalSearch:
    """Moves of single sites over one problem."""

    def __init__(self, problem: Problem) -> None:
        """Prepare which rules hold which site."""
        self.problem = problem
        order = np.argsort(problem.side.sites.items, kind="stable")
        self.held = np.searchsorted(problem.side.sites.items[order], np.arange(len(problem.sites) + 1))
        self.held_rules, self.held_factors = problem.side.rule_of_item()[order], problem.side.factors[order]
        sets = (problem.sites.starts, problem.sites.items, problem.rows.starts, problem.rows.items)
        total = int(problem.first.sum() + problem.second.sum() + problem.price.sum())
        self.kind: Any = np.int32 if total <= np.iinfo(np.int32).max else np.int64  # half as much memory to go through
        self.worths = (*sets, problem.first.astype(self.kind), problem.second.astype(self.kind))
        self.price = problem.price.astype(self.kind)
        self.wanted = max(FEW, min(problem.most, len(problem.sites) // A_WISH) // A_WISH)

    def state(self, chosen: Ints) -> State:
        """Return the tables of a choice."""
        inside = np.bincount(chosen, minlength=len(self.problem.sites))
        count, gain = np.empty(len(self.problem.rows), np.int32), np.empty(len(inside), self.kind)
        worths = self.worths
        search_kernel.recount(worths[0], worths[1], worths[4], worths[5], inside, count, gain)
        value = self.problem.value(chosen)
        return State(chosen.copy(), inside, count, gain, self.problem.side.used(chosen), value, chosen.copy(), value)

    def greedy(self, chosen: Ints) -> Ints:
        """Return a choice grown by the best next site each time; for problems without linear rules."""
        state = self.state(chosen)
        search_kernel.greedy(*self.worths, self.price, self.problem.most - len(chosen), state.inside, state.count, state.gain)
        return np.flatnonzero(state.inside)

    def anneal(self, state: State, moves: int, heat: float, seed: int) -> None:
        """Make some moves in place."""
        rules = (self.held, self.held_rules, self.held_factors, state.used, self.problem.side.limits)
        tables = (state.chosen, state.inside, state.count, state.gain, state.value, state.best_value, state.best)
        state.value, state.best_value = search_kernel.anneal(*self.worths, self.price, *rules, self.most_wanted(state), *tables, moves, heat, seed)  # fmt: skip

    def most_wanted(self, state: State) -> Ints:
        """Return the sites outside that bring most: where the number of sites is moved to."""
        worth = np.where(state.inside > 0, np.iinfo(np.int64).min, state.gain - self.problem.price)
        number = min(self.wanted, len(worth))
        return np.argpartition(worth, len(worth) - number)[len(worth) - number :]

    def step_down(self, chosen: Ints) -> float:
        """Return what the least useful chosen site brings, at least one part: the measure of temperatures."""
        gains = self.state(chosen).gain[chosen]
        return max(1.0, float(np.median(gains)) / 2) if len(gains) else 1.0


def improve(problem: Problem, chosen: Ints, *, moves: int, seed: int, done: Callable[[], float], cores: int) -> Ints:
    """Return the best annealed choice of some cores; ``done()`` is the share of the time that is over: it cools as far as swaps or time say."""
    if not len(chosen) or len(chosen) >= len(problem.sites):
        return chosen
    search = LocalSearch(problem)
    scale = search.step_down(chosen)
    parts = max(1, moves // SLICE)

    def run(core: int) -> tuple[int, Ints]:
        state, cooled, part = search.state(chosen), 0.0, 0
        while cooled < 1:
            heat = scale * HOT * (COLD / HOT) ** cooled
            search.anneal(state, SLICE, heat, seed * 1_000_003 + core * 100_003 + part)
            part += 1
            cooled = max(part / parts, done())
        return state.best_value, state.best

    with ThreadPoolExecutor(cores) as threads:
        found = list(threads.map(run, range(cores)))
    return np.sort(max(found, key=lambda one: one[0])[1])
