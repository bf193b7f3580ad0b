"""What the rules mean for a choice of sites, as arrays: what is decided, linear rows to keep, quotas that the bound knows."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.model import Rules
from gridmgmt.siting.problem import FREE, IN, OUT, Side
from gridmgmt.siting.rule_lp import choose_by_rules, refuse_if_contradictory
from gridmgmt.siting.rules_rows import fixed_by_rules, side_rows
from gridmgmt.siting.units import Flags, Floats, Ints, to_units

NO_POINTS = np.empty((0, 2), np.int64)


@dataclasses.dataclass(frozen=True)
class Limits:
    """``state``: 1 forced, -1 closed, 0 free, one a candidate. ``side``: sum of factors of chosen sites <= limit, one row a rule.

    ``group``, ``least``, ``most``: quotas over disjoint sets of candidates (group -1: none), which the Lagrangian choice keeps exactly; the
    other rules are left out of the bound, which stays valid without them.
    """

    state: Ints
    side: Side
    group: Ints
    least: Ints
    most: Ints

    @classmethod
    def of(cls, rules: Rules | None, count: int, p: int, candidate_xy: Any = None, standing_xy: Any = None) -> Limits:  # noqa: ANN401
        """Return the limits of rules over ``count`` candidates; raise InvalidInputError for bad rules, ConflictError for contradicting ones."""
        if p < 0:
            raise InvalidInputError("p", "must not be negative", zh="不能为负数")
        told = rules or Rules()
        xy = None if candidate_xy is None else to_units(candidate_xy, "candidate_xy")
        standing = NO_POINTS if standing_xy is None else to_units(standing_xy, "standing_xy")
        side, fix = side_rows(told, count, xy), fixed_by_rules(told, count, xy, standing)
        refuse_if_contradictory(side, p, fix)
        state = np.where(fix == IN, 1, np.where(fix == OUT, -1, 0)).astype(np.int64)
        return cls(state, side, *_disjoint(told, count))

    @property
    def closed(self) -> Flags:
        """Return which sites may not open."""
        closed: Flags = self.state == -1
        return closed

    def arrays(self, is_open: Flags) -> tuple[Any, ...]:
        """Return what the compiled loops take: forced sites, rows by site (CSR: row, factor), what is used of each limit now, the limits."""
        rule = np.repeat(np.arange(len(self.side.sites)), self.side.sites.sizes())
        order = np.argsort(self.side.sites.items, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(self.side.sites.items, minlength=len(self.state)))]).astype(np.int64)
        return self.state == 1, start, rule[order], self.side.factors[order], self._used(is_open), self.side.limits

    def keeps(self, is_open: Flags) -> bool:
        """Whether a choice of sites keeps every rule."""
        fixed = is_open[self.state == 1].all() and not is_open[self.state == -1].any()
        return bool(fixed and (self._used(is_open) <= self.side.limits).all())

    def first_choice(self, p: int, saving: Floats) -> Flags:
        """Return a choice that keeps the rules with few sites, those that save most."""
        is_open: Flags = self.state == 1
        if not self.keeps(is_open):
            fix = np.where(self.state == 1, IN, np.where(self.state == -1, OUT, FREE))
            chosen = choose_by_rules(self.side, p, 0.5 * saving / max(1.0, float(saving.max(initial=0))) - 1.0, fix)
            if chosen is not None:
                is_open[chosen] = True
        return is_open

    def _used(self, is_open: Flags) -> Ints:
        rule = np.repeat(np.arange(len(self.side.sites)), self.side.sites.sizes())
        used = np.zeros(len(self.side.limits), np.int64)
        np.add.at(used, rule, np.where(is_open[self.side.sites.items], self.side.factors, 0))
        return used


def _disjoint(rules: Rules, count: int) -> tuple[Ints, Ints, Ints]:
    """Return (group, least, most) of quotas over sets that do not meet, the first ones first."""
    group = np.full(count, -1, np.int64)
    least: list[int] = []
    most: list[int] = []
    for quota in rules.quotas:
        members = np.array(quota.members, np.int64)
        if (group[members] < 0).all():
            group[members] = len(least)
            least.append(max(0, quota.at_least))
            most.append(count if quota.at_most is None else quota.at_most)
    return group, np.array(least, np.int64), np.array(most, np.int64)
