"""What the rules of a scenario still leave room for beside a plan's sites: which candidates may be added, and which may replace a site."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.problem import OUT, Side
from gridmgmt.siting.question import Question
from gridmgmt.siting.rules_rows import fixed_by_rules, side_rows
from gridmgmt.siting.sparse import Sparse
from gridmgmt.siting.units import Flags, Ints, Words, to_units


@dataclasses.dataclass(frozen=True)
class Room:
    """``side``: the rules as rows, ``by_site``: the rows of each candidate; ``free``: candidates that are not chosen nor excluded.

    ``full``: of how many rows without room for it each candidate asks; ``used``: what the chosen sites use of each row.
    """

    side: Side
    by_site: Sparse
    free: Flags
    used: Ints
    full: Ints
    forced: tuple[int, ...]

    @classmethod
    def beside(cls, question: Question, chosen: Ints) -> Room:
        """Return the room that chosen candidates leave."""
        count = len(question.candidate_xy)
        xy, standing = to_units(question.candidate_xy, "candidates"), to_units(question.standing_xy, "standing")
        side = side_rows(question.rules, count, xy)
        free = fixed_by_rules(question.rules, count, xy, standing) != OUT
        free[chosen] = False
        used = side.used(chosen)
        tight = side.factors > (side.limits - used)[side.rule_of_item()]
        return cls(side, side.sites.turned(), free, used, np.bincount(side.sites.items[tight], minlength=count), question.rules.forced)

    def for_one_more(self) -> Flags:
        """Return which candidates may be added."""
        allowed: Flags = self.free & (self.full == 0)
        return allowed

    def instead_of(self, site: int) -> Flags:
        """Return which candidates may stand in place of a chosen one, none for a forced one."""
        full = self.full.copy()
        allowed: Flags = self.free & (site not in self.forced)
        for row in self.by_site.of(site).tolist():
            members, left = self._move(full, self.used, row, -self._factor(row, site))
            if left < 0:  # a least number is not kept without the site: only another of the row may follow it
                outside = np.ones(len(self.free), np.bool_)
                outside[members] = False
                allowed &= ~outside
        allowed &= full == 0
        return allowed

    def with_one_more(self, site: int) -> Room:
        """Return the room left once a candidate is chosen too."""
        full, used, free = self.full.copy(), self.used.copy(), self.free.copy()
        for row in self.by_site.of(site).tolist():
            more = self._factor(row, site)
            self._move(full, used, row, more)
            used[row] += more
        free[site] = False
        return dataclasses.replace(self, free=free, used=used, full=full)

    def _factor(self, row: int, site: int) -> int:
        members = self.side.sites.of(row)
        return int(self.side.factors[self.side.sites.starts[row] + np.searchsorted(members, site)])

    def _move(self, full: Ints, used: Ints, row: int, more: int) -> tuple[Words, int]:
        """Count in ``full`` a row of which so much more is used; return its candidates and what is left of it."""
        start, end = self.side.sites.starts[row : row + 2]
        members, factors = self.side.sites.items[start:end], self.side.factors[start:end]
        left = int(self.side.limits[row] - used[row])
        full[members] += (factors > left - more).astype(np.int64) - (factors > left)
        return members, left - more
