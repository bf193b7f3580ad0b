"""Bounds in whole numbers: any multipliers bound every plan, so rounded ones do too; nothing here depends on a solver's tolerances."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.problem import FREE, IN, OUT, Problem
from gridmgmt.siting.sparse import Sparse
from gridmgmt.siting.units import Floats, Ints

ROOM = 1 << 58  # worths times their fraction stay below


@dataclasses.dataclass(frozen=True)
class Cuts:
    """Odd cuts: for an odd set T of rows (worth nothing twice), ``sum(uncovered in T) + sum(ceil(hits / 2) * x) >= (|T| + 1) / 2``.

    Half the sum of the rows' own inequalities, rounded up: valid for whole x. ``hits`` is how many rows of T a site covers.
    """

    rows: Sparse
    sites: Sparse
    factors: Ints
    least: Ints

    @classmethod
    def over(cls, problem: Problem, sets: list[tuple[int, ...]]) -> Cuts:
        """Return the cuts of odd sets of rows."""
        rows = _sparse([np.array(chosen, np.int64) for chosen in sets], len(problem.rows))
        hits = [np.unique(problem.rows.union(np.array(chosen, np.int64)).astype(np.int64), return_counts=True) for chosen in sets]
        sites = _sparse([site for site, _ in hits], len(problem.sites))
        factors = np.concatenate([(count + 1) // 2 for _, count in hits] or [np.empty(0, np.int64)])
        return cls(rows, sites, factors.astype(np.int64), (rows.sizes() + 1) // 2)

    def sets(self) -> list[tuple[int, ...]]:
        """Return the sets of rows."""
        return [tuple(self.rows.of(k).tolist()) for k in range(len(self.rows))]


@dataclasses.dataclass(frozen=True)
class Multipliers:
    """Whole numbers from 0 on, ``fraction`` to a part: of rows, of cuts, of linear rules."""

    row: Ints
    cut: Ints
    side: Ints


def fraction_for(problem: Problem) -> int:
    """Return how many steps of a multiplier make one part: a power of two, fine enough for any purpose, coarse enough for 64 bits."""
    whole = 4 * (abs(problem.base) + int(problem.first.sum() + problem.second.sum()) + int(problem.price.sum()) + 1)
    return 1 << max(0, min(20, (ROOM // whole).bit_length() - 1))


def rounded(fraction: int, row: Floats, cut: Floats, side: Floats, problem: Problem) -> Multipliers:
    """Return multipliers (parts) as whole numbers, those of rows no more than the row is worth."""
    parts = [np.maximum(0, np.rint(np.nan_to_num(values) * fraction)).astype(np.int64) for values in (row, cut, side)]
    return Multipliers(np.minimum(parts[0], problem.first * fraction), parts[1], parts[2])


@dataclasses.dataclass(frozen=True)
class Bounded:
    """A bound (in steps of the fraction), what each site brings under the multipliers, and how many may still be chosen."""

    steps: int
    gain: Ints
    room: int


def bound_of(problem: Problem, cuts: Cuts, fraction: int, by: Multipliers, fix: Ints) -> Bounded:
    """Return what no choice with these sites fixed (FREE, OUT, IN) can exceed."""
    inside, free = np.flatnonzero(fix == IN), np.flatnonzero(fix == FREE)
    count = problem.sites.counts(inside)
    row = np.where((count > 0) & (problem.second == 0) | (count > 1), 0, by.row)
    in_cuts = _spread(cuts.rows, np.ones(len(cuts.rows.items), np.int64), by.cut, len(row))
    first, second = problem.first * fraction, problem.second * fraction
    worth = np.maximum(first, row + in_cuts) - row + np.maximum(0, second - row)
    gain = problem.sites.sums(row) - problem.price * fraction
    gain += _spread(cuts.sites, cuts.factors, by.cut, len(gain)) - _spread(problem.side.sites, problem.side.factors, by.side, len(gain))
    room = problem.most - len(inside)
    best = np.sort(gain[free])[::-1][: max(0, room)]
    steps = problem.base * fraction + int(worth.sum()) - int(by.cut @ cuts.least) + int(by.side @ problem.side.limits)
    return Bounded(steps + int(gain[inside].sum()) + int(np.maximum(0, best).sum()), gain, room)


def fixed_by(found: Bounded, fix: Ints, to_beat: int) -> Ints:
    """Return ``fix`` with the sites that every choice reaching ``to_beat`` (steps) must leave out or must hold."""
    free, out = np.flatnonzero(fix == FREE), fix.copy()
    gain = np.sort(np.maximum(0, found.gain[free]))[::-1]
    if found.room <= 0:
        out[free] = OUT
        return out
    last, following = (int(gain[k]) if k < len(gain) else 0 for k in (found.room - 1, found.room))
    slack = found.steps - to_beat
    out[free[last - found.gain[free] > slack]] = OUT
    out[free[found.gain[free] - following > slack]] = IN
    return out


def _spread(sets: Sparse, factors: Ints, values: Ints, size: int) -> Ints:
    """Return for each item the sum of factor times value over the sets that hold it, in whole numbers."""
    total = np.zeros(size, np.int64)
    np.add.at(total, sets.items, factors * np.repeat(values, sets.sizes()))
    return total


def _sparse(sets: list[Ints], width: int) -> Sparse:
    starts = np.concatenate([[0], np.cumsum([len(one) for one in sets])]).astype(np.int64)
    items = np.concatenate(sets) if sets else np.empty(0, np.int64)
    return Sparse(starts, items.astype(np.int32), width)
