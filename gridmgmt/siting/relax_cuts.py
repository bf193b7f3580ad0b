"""The linear relaxation with odd cuts at city size: uncovered demand becomes columns, cuts become rules, steps go on from where they were."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from gridmgmt.siting.multipliers import Cuts, Multipliers, fraction_for, rounded
from gridmgmt.siting.odd_cuts import broken_cuts
from gridmgmt.siting.problem import Problem, Side
from gridmgmt.siting.relax import Relaxation, relax
from gridmgmt.siting.sparse import Sparse
from gridmgmt.siting.tighten import Sets
from gridmgmt.siting.units import Floats

MOST_CUTS, OFTEN = 6_000, 10  # a round; through one row
ROUND = 25  # looks of the relaxation between two searches for cuts
CLEAR = 2e-3  # shares closer to 0 or 1 count as whole: the steps never quite arrive
TIGHT = 1e-6  # share of the mean worth from which the multiplier of a cut holds something


class CutRelaxation:
    """One problem, the cuts that hold, and the point reached."""

    def __init__(self, problem: Problem, x: Floats, row: Floats, side: Floats, sets: Sets) -> None:
        """Begin with the shares of sites and the multipliers (parts) of a relaxation, and cuts that are worth trying again."""
        self.problem, self.wide = problem, with_columns(problem)
        self.sets = sets
        work = Relaxation(self.wide, counted=len(problem.sites))
        nu = side * work.norms / work.unit
        begun = work.place(np.append(x, np.zeros(len(row))), row / work.unit, nu)
        self.point = dataclasses.replace(begun, nu=np.append(nu, np.full(len(sets), 2 * TIGHT)))

    def go_on(self, asked: Callable[[float], bool], *, seed: int) -> tuple[Multipliers, Cuts]:
        """Cut off the point reached, take a round of steps, and return the best multipliers; stops early when ``asked`` says no."""
        problem, rules = self.problem, len(self.problem.side.sites)
        self._cut(seed)
        cuts, looks = Cuts.over(problem, self.sets), 0
        cut_off = dataclasses.replace(self.wide, side=as_rules(self.wide.side, cuts, len(problem.sites)))

        def more(bound: float) -> bool:
            nonlocal looks
            looks += 1
            return looks < ROUND and asked(bound)

        found = relax(cut_off, go_on=more, counted=len(problem.sites), start=self.point)
        self.point = found.last
        return rounded(fraction_for(problem), found.lam, found.nu[rules:], found.nu[:rules], problem), cuts

    def _cut(self, seed: int) -> None:
        """Leave out the cuts that hold nothing, and add those that the point breaks."""
        sites, rules = len(self.problem.sites), len(self.problem.side.sites)
        nu = self.point.nu
        held = np.flatnonzero(nu[rules:] > TIGHT)
        self.sets = [self.sets[int(k)] for k in held]
        x = self.point.x[:sites].copy()
        x[x < CLEAR], x[x > 1 - CLEAR] = 0.0, 1.0
        known = set(self.sets)
        new = [rows for rows in broken_cuts(self.problem, x, most=MOST_CUTS, seed=seed, often=OFTEN) if rows not in known]
        self.sets += new
        self.point = dataclasses.replace(self.point, nu=np.concatenate([nu[:rules], nu[rules:][held], np.zeros(len(new))]))


def with_columns(problem: Problem) -> Problem:
    """Return the problem with one more site a row, which covers it at the price of its worth: the share of it that is uncovered."""
    rows, sites = len(problem.rows), len(problem.sites)
    items = np.insert(problem.rows.items, problem.rows.starts[1:], sites + np.arange(rows)).astype(np.int32)
    wide = Sparse(problem.rows.starts + np.arange(rows + 1), items, sites + rows)
    held = dataclasses.replace(problem.side.sites, width=sites + rows)
    side, price = dataclasses.replace(problem.side, sites=held), np.append(problem.price, problem.first)
    ids = np.append(problem.site_ids, np.full(rows, -1))
    return dataclasses.replace(problem, rows=wide, sites=wide.turned(), price=price, side=side, site_ids=ids)


def as_rules(side: Side, cuts: Cuts, sites: int) -> Side:
    """Return the rules with the cuts after them: ``-sum(factor * x) - sum(uncovered) <= -least``."""
    holder = np.append(np.repeat(np.arange(len(cuts.sites)), cuts.sites.sizes()), np.repeat(np.arange(len(cuts.rows)), cuts.rows.sizes()))
    order = np.argsort(holder, kind="stable")
    items = np.append(cuts.sites.items, sites + cuts.rows.items)[order]
    factors = np.append(-cuts.factors, -np.ones(len(cuts.rows.items), np.int64))[order]
    starts = cuts.sites.starts + cuts.rows.starts
    return Side(
        Sparse(
            np.append(side.sites.starts, side.sites.starts[-1] + starts[1:]),
            np.append(side.sites.items, items).astype(np.int32),
            side.sites.width,
        ),
        np.append(side.factors, factors),
        np.append(side.limits, -cuts.least),
        (*side.names, *["odd cut"] * len(cuts.rows)),
    )
