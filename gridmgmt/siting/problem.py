"""One covering problem in integers: rows (demand), sites (candidates), what each count of covers is worth, and linear rules."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.sparse import Sparse, groups_of_equal
from gridmgmt.siting.units import Flags, Ints

FREE, OUT, IN = -1, 0, 1


@dataclasses.dataclass(frozen=True)
class Side:
    """Linear rules ``sum(factor * x) <= limit`` over sites; ``names`` says where each comes from."""

    sites: Sparse
    factors: Ints
    limits: Ints
    names: tuple[str, ...]

    def rule_of_item(self) -> Ints:
        """Return the rule that each item stands in."""
        return np.repeat(np.arange(len(self.sites)), self.sites.sizes())

    def used(self, chosen: Ints) -> Ints:
        """Return what chosen sites use of each rule."""
        taken, used = np.bincount(chosen, minlength=self.sites.width), np.zeros(len(self.sites), np.int64)
        np.add.at(used, self.rule_of_item(), self.factors * taken[self.sites.items])
        return used

    def none(self, width: int) -> Side:
        """Return no rules over so many sites."""
        return Side(Sparse(np.zeros(1, np.int64), np.empty(0, np.int32), width), np.empty(0, np.int64), np.empty(0, np.int64), ())

    def cliques(self) -> list[list[int]]:
        """Return the sets of sites of which spacing allows one."""
        return [self.sites.of(k).tolist() for k, name in enumerate(self.names) if name.startswith("spacing ")]

    def shrunk(self, fix: Ints, kept: Ints) -> Side:
        """Return the rules over the sites kept; what fixed sites use is taken off the limits."""
        rename = np.full(self.sites.width, -1, np.int64)
        rename[kept] = np.arange(len(kept))
        factors = self.factors[rename[self.sites.items] >= 0]
        sites = self.sites.pick(np.arange(len(self.sites)), rename, len(kept))
        return Side(sites, factors, self.limits - self.used(np.flatnonzero(fix == IN)), self.names)


@dataclasses.dataclass(frozen=True)
class Problem:
    """Maximise ``base + sum(worth of rows by their count of covers) - sum(price of chosen sites)`` with ``most`` sites at most.

    A row is worth ``first`` from one cover on and ``first + second`` from two on (``second <= first``). ``row_ids`` are positions of demand
    points (the lowest of those merged), ``site_ids`` positions of candidates; ``taken`` are candidates already fixed into the plan.
    """

    rows: Sparse  # sites of each row
    sites: Sparse  # rows of each site
    first: Ints
    second: Ints
    price: Ints
    most: int
    side: Side
    row_ids: Ints
    site_ids: Ints
    base: int = 0
    taken: tuple[int, ...] = ()

    def value(self, chosen: Ints) -> int:
        """Return what a choice of sites (positions here) is worth, base included."""
        count = self.sites.counts(chosen)
        return int(self.base + self.first[count > 0].sum() + self.second[count > 1].sum() - self.price[chosen].sum())

    def keeps_rules(self, chosen: Ints) -> bool:
        """Return whether a choice keeps the number of sites and every linear rule."""
        return len(chosen) <= self.most and bool((self.side.used(chosen) <= self.side.limits).all())

    def without(self, fix: Ints) -> Sparse:
        """Return the free sites of each row, numbered as ``shrink`` numbers them."""
        kept = np.flatnonzero(fix == FREE)
        rename = np.full(len(self.sites), -1, np.int64)
        rename[kept] = np.arange(len(kept))
        return self.rows.pick(np.arange(len(self.rows)), rename, len(kept))

    def shrink(self, fix: Ints) -> Problem:
        """Return the problem of the free sites: what fixed sites bring is in the base, equal rows are merged."""
        inside, kept = np.flatnonzero(fix == IN), np.flatnonzero(fix == FREE)
        count = self.sites.counts(inside)
        first = np.where(count > 0, np.where(count > 1, 0, self.second), self.first)
        second = np.where(count > 0, 0, self.second)
        base, rows = self.value(inside), self.without(fix)
        taken = (*self.taken, *self.site_ids[inside].tolist())
        side = self.side.shrunk(fix, kept)
        return merged(
            Problem(
                rows=rows,
                sites=rows.turned(),
                first=first,
                second=second,
                price=self.price[kept],
                most=self.most - len(inside),
                side=side,
                row_ids=self.row_ids,
                site_ids=self.site_ids[kept],
                base=base,
                taken=taken,
            )
        )


def rows_after(problem: Problem, fix: Ints, after: Problem) -> Ints:
    """Return for each row of a problem its row in the shrunk one, -1 for those that are gone."""
    count = problem.sites.counts(np.flatnonzero(fix == IN))
    left, second = problem.without(fix), np.where(count > 0, 0, problem.second)
    worth = np.where(count > 1, 0, np.where(count > 0, problem.second, problem.first))
    lowest = groups_of_equal(left) + len(problem.rows) * (second > 0)
    lives = np.flatnonzero((left.sizes() > 0) & (worth + second > 0))
    _, first_of, group = np.unique(lowest[lives], return_index=True, return_inverse=True)
    place = np.full(len(problem.rows), -1, np.int64)
    place[lives] = np.searchsorted(after.row_ids, problem.row_ids[lives][first_of])[group] if len(lives) else 0
    return place


def merged(given: Problem) -> Problem:
    """Return the problem with rows that the same sites cover, in the same way, made one, and rows that change nothing left out.

    Rows whose second cover is worth something are merged among themselves, so that each keeps ``second <= first``.
    """
    rows, first, second = given.rows, given.first, given.second
    lives = (rows.sizes() > 0) & (first + second > 0)
    lowest = groups_of_equal(rows)
    kinds = (lives & (second == 0), lives & (second > 0))
    parts = [_sum_by(lowest, kind, given) for kind in kinds]
    keep, first, second = (np.concatenate([part[k] for part in parts]) for k in range(3))
    order = np.argsort(given.row_ids[keep], kind="stable")
    keep, first, second = keep[order], first[order], second[order]
    rows = rows.pick(keep)
    return dataclasses.replace(given, rows=rows, sites=rows.turned(), first=first, second=second, row_ids=given.row_ids[keep])


def _sum_by(lowest: Ints, kind: Flags, given: Problem) -> tuple[Ints, Ints, Ints]:
    """Return for each group of equal rows of a kind the member with the lowest id, and the sums of both worths."""
    members = np.flatnonzero(kind)
    members = members[np.lexsort((given.row_ids[members], lowest[members]))]
    start = np.flatnonzero(np.diff(lowest[members], prepend=-1))
    if not len(start):
        return (np.empty(0, np.int64),) * 3
    return members[start], np.add.reduceat(given.first[members], start), np.add.reduceat(given.second[members], start)
