"""Make a bound better: solve the relaxation over the sites that matter, cut its fractions off, and carry the multipliers back."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.clock import Clock
from gridmgmt.siting.core_lp import CoreModel, Solved
from gridmgmt.siting.multipliers import Cuts, Multipliers, fraction_for
from gridmgmt.siting.odd_cuts import broken_cuts, unmerged
from gridmgmt.siting.problem import FREE, OUT, Problem, rows_after
from gridmgmt.siting.units import Floats, Ints

MOST_CUTS = 2_000  # a round
TIGHT = 1e-6  # multipliers from which a cut holds something
Sets = list[tuple[int, ...]]


@dataclasses.dataclass
class Part:
    """A problem over some of its sites, its relaxation with the cuts found so far, and where each row went."""

    whole: Problem
    part: Problem
    place: Ints
    model: CoreModel
    sets: Sets
    solved: Solved | None = None

    @classmethod
    def over(cls, whole: Problem, sites: Ints, sets: Sets) -> Part:
        """Return the part of some sites; ``sets`` are cuts over rows of the whole that go on."""
        fix = np.full(len(whole.sites), OUT, np.int64)
        fix[sites] = FREE
        part = whole.shrink(fix)
        place = rows_after(whole, fix, part)
        known = renamed(sets, place)
        model = CoreModel(part, whole=False)
        model.add(Cuts.over(part, known))
        return cls(whole, part, place, model, known)

    def solve(self, clock: Clock) -> bool:
        """Solve the relaxation with its cuts; return whether it was solved."""
        solved = self.model.solve(time_limit_s=clock.left(), again=self.solved is not None)
        self.solved = solved or self.solved
        return solved is not None

    def cut(self, *, seed: int) -> bool:
        """Add cuts that the solution breaks; return whether there were any."""
        if self.solved is None:
            return False
        known = set(self.sets)
        found = [rows for rows in broken_cuts(self.part, self.solved.x, most=MOST_CUTS, seed=seed) if rows not in known]
        self.model.add(Cuts.over(self.part, found))
        self.sets += found
        return bool(found)

    def lifted(self, other_rows: Floats) -> tuple[Multipliers, Cuts]:
        """Return the multipliers for the whole problem; ``other_rows`` are those (parts) of rows that no site of the part covers."""
        solved = self.solved
        if solved is None:
            return Multipliers(
                np.zeros(len(self.place), np.int64), np.empty(0, np.int64), np.zeros(len(self.whole.side.sites), np.int64)
            ), Cuts.over(self.whole, [])
        fraction, whole = fraction_for(self.whole), self.whole
        row = np.minimum(np.floor(self._spread(solved.row, other_rows) * fraction).astype(np.int64), whole.first * fraction)
        members = self._members()
        values = np.rint(solved.cut * fraction).astype(np.int64)
        values = np.append(values, np.zeros(max(0, len(self.sets) - len(values)), np.int64))[: len(self.sets)]
        used = np.flatnonzero(values > 0)
        sets, layers = unmerged([self.sets[int(k)] for k in used], values[used], members, whole.first * fraction - row)
        side = np.rint(solved.side * fraction).astype(np.int64)
        return Multipliers(row, np.array(layers, np.int64), side), Cuts.over(whole, sets)

    def sets_in_whole(self) -> Sets:
        """Return the cuts that hold, and those not tried yet, over rows of the whole: through the first row of each group."""
        first = [int(rows[0]) for rows in self._members()]
        tried = np.empty(0) if self.solved is None else self.solved.cut
        slack = set(np.flatnonzero(tried <= TIGHT * self.model.unit).tolist())
        return [tuple(sorted(first[row] for row in rows)) for k, rows in enumerate(self.sets) if k not in slack]

    def _spread(self, row: Floats, other_rows: Floats) -> Floats:
        """Return each row's share of its group's multiplier, so that all keep the same distance from their worths."""
        here = self.place >= 0
        group = self.place[here]
        first, second = self.part.first[group].astype(float), self.part.second[group].astype(float)
        lam = np.minimum(row[group], first)
        low = np.where(second > 0, np.minimum(lam, second) / np.maximum(second, 1), 0.0)
        high = np.maximum(0, lam - second) / np.maximum(first - second, 1)
        spread = other_rows.copy()
        own_first, own_second = self.whole.first[here], self.whole.second[here]
        spread[here] = own_second * low + (own_first - own_second) * high
        return spread

    def _members(self) -> list[Ints]:
        order = np.argsort(self.place, kind="stable")
        order = order[self.place[order] >= 0]
        return np.split(order, np.flatnonzero(np.diff(self.place[order])) + 1) if len(order) else []


def renamed(sets: Sets, place: Ints) -> Sets:
    """Return the cuts over rows at their new places; those that lost a row, or whose rows became one, are left out."""
    found = {tuple(sorted(place[list(rows)].tolist())) for rows in sets}
    return sorted(rows for rows in found if rows[0] >= 0 and len(set(rows)) == len(rows))
