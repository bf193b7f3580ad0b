"""Annealing of a capacitated plan: sites are swapped while heat falls and the price of a site that is too full rises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.siting import capacity_anneal_kernel as kernel
from gridmgmt.siting.near import Near
from gridmgmt.siting.units import Flags, Ints, Words

HEAT, COLD = 1e-2, 1e-4  # share of what a site costs on average
DEAR, DEARER, FORBIDDEN = 0.8, 20.0, 1e4  # price of a unit of load too much, in what a unit costs on average; the last for the last part
LAST_PART = 0.95
HOPELESS = 0.5  # rise before points are sent on, in what a site costs on average, that no sending on makes good
STEP = 1_000  # swaps tried between two looks at the clock
POINTS, SITES = 3.5, 3.0  # points drawn to a site that opens, sites that may open near a point: in those that an open site has on average
Rows = tuple[Ints, npt.NDArray[np.int32], Ints, Ints]
Keep = Callable[[Flags, Ints], bool]


class Annealing:
    """One walk from a plan: open sites and where each point goes, in the solver's rows and table of costs."""

    def __init__(self, near: Near, rows: Rows, table: Ints, load: Ints, capacity: Ints, *, is_open: Flags, to: Ints) -> None:
        """Begin at the plan."""
        count, opened = len(load), max(1, int(is_open.sum()))
        self.reach = max(10, int(SITES * near.sites / opened))
        points = _nearest_points(near, min(count, max(10, int(POINTS * count / opened))))
        self.town = kernel.Town(rows[0], rows[1], table, load, capacity, points)
        self.now = _now(is_open, to)
        kernel.settle_in(self.town, self.now)
        cost = float(self.now.sums[kernel.COST])
        self.site_cost, self.unit_cost = max(1.0, cost / opened), max(1.0, cost / max(1, int(load.sum())))

    def walk(self, rules: tuple[Any, ...], chance: np.random.Generator, done: Callable[[int], float], keep: Keep) -> None:
        """Go on until ``done`` (of the swaps tried so far) says 1; ``rules``: ``Limits.arrays``; ``keep`` is given every better plan."""
        tried = 0
        while (share := done(tried)) < 1:
            best = int(self.now.sums[kernel.BEST])
            heat = self.site_cost * HEAT * (COLD / HEAT) ** share
            price = FORBIDDEN if share > LAST_PART else DEAR * (DEARER / DEAR) ** share
            seed = int(chance.integers(2**31))
            kernel.anneal(self.town, self.now, rules, heat, price * self.unit_cost, HOPELESS * self.site_cost, self.reach, STEP, seed)
            tried += STEP
            if self.now.sums[kernel.BEST] < best:
                keep(self.now.best_open, self.now.best_to)


def _nearest_points(near: Near, few: int) -> Words:
    """Return the points nearest to each site, nearest first, -1 where there are no more."""
    row = np.repeat(np.arange(len(near.beyond)), np.diff(near.indptr))
    order = np.lexsort((row, near.units, near.site))
    sizes = np.bincount(near.site, minlength=near.sites)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = np.full((near.sites, few), -1, np.int32)
    kept = order[rank < few]
    found[near.site[kept], rank[rank < few]] = row[kept]
    return found


def _now(is_open: Flags, to: Ints) -> kernel.Now:
    points, sites = len(to), len(is_open)
    return kernel.Now(
        is_open=is_open.copy(), to=to.copy(), used=np.zeros(sites, np.int64), first=np.full(sites, -1, np.int64),
        after=np.full(points, -1, np.int64), before=np.full(points, -1, np.int64),
        option=np.empty((points, kernel.OPTIONS), np.int32), option_cost=np.empty((points, kernel.OPTIONS), np.int64),
        log=np.empty((4 * points + 10, 2), np.int64), mark=np.zeros(sites + 1, np.int64), sums=np.zeros(3, np.int64),
        best_open=is_open.copy(), best_to=to.copy(),
    )  # fmt: skip
