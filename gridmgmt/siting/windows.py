"""Better choices by solving one neighbourhood after the other as a whole, everything around it kept."""

from __future__ import annotations

import numpy as np

from gridmgmt.siting.clock import Clock
from gridmgmt.siting.core_lp import CoreModel
from gridmgmt.siting.problem import FREE, IN, OUT, Problem
from gridmgmt.siting.units import Flags, Ints

FIRST_SIZE, GROWTH = 25, 1.5  # chosen sites freed at once; how much more when nothing helps any more
EACH_S = 4.0  # seconds for one neighbourhood


def improve_by_windows(problem: Problem, chosen: Ints, clock: Clock, *, until: float, seed: int) -> Ints:
    """Return a choice at least as good; stops at a share of the time limit, or when windows of every chosen site found nothing twice as wide."""
    chance = np.random.default_rng(seed)
    chosen, size, value = np.sort(chosen), min(FIRST_SIZE, len(chosen)), problem.value(chosen)
    stale: Flags = np.zeros(len(problem.sites), np.bool_)
    while clock.goes_on(until) and len(chosen):
        fresh = chosen[~stale[chosen]]
        if not len(fresh):
            if size >= len(chosen):
                break
            size, stale[:] = min(len(chosen), int(size * GROWTH) + 1), False
            continue
        freed, open_sites = _window(problem, chosen, int(chance.choice(fresh)), size)
        left = clock.left(until)
        better = _solve(problem, chosen, freed, open_sites, time_limit_s=EACH_S if left is None else min(EACH_S, left))
        worth = problem.value(better)
        if worth > value:
            chosen, value = better, worth
            stale[open_sites] = False
            clock.tell("neighbourhoods", value=value)
        else:
            stale[freed[: max(1, size // 3)]] = True
    return chosen


def _window(problem: Problem, chosen: Ints, centre: int, size: int) -> tuple[Ints, Ints]:
    """Return the chosen sites nearest to one (counted in steps from row to site to row), nearest first, and all open sites among them."""
    inside = np.zeros(len(problem.sites), np.bool_)
    inside[chosen] = True
    reached = np.zeros(len(problem.sites), np.bool_)
    reached[centre] = True
    ring, freed = np.array([centre]), [centre]
    while len(freed) < size:
        ring = np.unique(problem.rows.union(np.unique(problem.sites.union(ring)).astype(np.int64))).astype(np.int64)
        ring = ring[~reached[ring]]
        if not len(ring):
            break
        reached[ring] = True
        freed += ring[inside[ring]][: size - len(freed)].tolist()
    free = reached & ~inside
    free[freed] = True
    return np.array(freed, np.int64), np.flatnonzero(free)


def _solve(problem: Problem, chosen: Ints, freed: Ints, open_sites: Ints, *, time_limit_s: float) -> Ints:
    """Return the choice with the window solved again (as it was when nothing better was found)."""
    fix = np.full(len(problem.sites), OUT, np.int64)
    fix[chosen] = IN
    fix[open_sites] = FREE
    part = problem.shrink(fix)
    start = np.searchsorted(open_sites, np.sort(freed))
    found = CoreModel(part, whole=True).best_whole(time_limit_s=time_limit_s, start=start)
    if found is None or not part.keeps_rules(found):
        return chosen
    return np.union1d(np.setdiff1d(chosen, freed), open_sites[found])
