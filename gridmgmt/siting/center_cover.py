"""Whether p sites can cover everybody within a length: HiGHS for a plan, whole dual multipliers and a tree of cases for the contrary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize, sparse

from gridmgmt.siting.limits import Limits
from gridmgmt.siting.near import Near
from gridmgmt.siting.units import Flags, Floats, Ints

PARTS = 1 << 20  # parts of a dual multiplier
HALF = 0.5


class Cover(NamedTuple):
    """Who must be covered (positions of demand points) and by whom: a row of ``table`` (0 or 1, all candidates) each."""

    points: Ints
    table: sparse.csr_array

    @classmethod
    def within(cls, near: Near, counts: Flags, closed: Flags, length: int) -> Cover:
        """Return the points that nothing standing serves within ``length`` units and the candidates that do."""
        points = np.flatnonzero(counts & (near.beyond > length))
        row = np.repeat(np.arange(len(counts)), np.diff(near.indptr))
        kept = (near.units <= length) & ~closed[near.site]
        whole = sparse.csr_array((np.ones(int(kept.sum()), np.int64), (row[kept], near.site[kept])), shape=(len(counts), near.sites))
        return cls(points, whole[points])


def solve_cover(cover: Cover, limits: Limits, p: int, *, seconds: float) -> Flags | None:
    """Return sites (``p`` at most, rules kept) that cover all, None when HiGHS finds none in time."""
    sites = cover.table.shape[1]
    if (np.diff(cover.table.indptr) == 0).any():
        return None
    side = limits.side
    rule = np.repeat(np.arange(len(side.sites)), side.sites.sizes())
    constraints = [optimize.LinearConstraint(np.ones((1, sites)), 0, p)]
    if len(cover.points):
        constraints.append(optimize.LinearConstraint(cover.table, 1, np.inf))
    if len(side.limits):
        every = sparse.csr_array((side.factors, (rule, side.sites.items)), shape=(len(side.limits), sites))
        constraints.append(optimize.LinearConstraint(every, -np.inf, side.limits))
    bounds = optimize.Bounds((limits.state == 1).astype(float), (limits.state != -1).astype(float))
    found = optimize.milp(
        np.ones(sites),
        constraints=constraints,
        integrality=np.ones(sites),
        bounds=bounds,
        options={"time_limit": max(0.1, min(seconds, 1e6))},
    )
    if found.x is None:
        return None
    is_open: Flags = np.asarray(found.x) > HALF
    return is_open if is_open.sum() <= p and limits.keeps(is_open) else None


def prove_uncoverable(cover: Cover, state: Ints, p: int, most_nodes: int, left_s: Callable[[], float]) -> list[dict[str, Any]] | None:
    """Return a tree that proves that no ``p`` sites cover all (the other rules left aside), None when it is not proven.

    A node holds whole multipliers of the points (``y``). With F forced sites, over the points these leave: if sum y > (p - F) × the largest
    sum that one free site covers, no plan exists. Else one free site is opened in one child and closed in the other.
    """
    nodes: list[dict[str, Any]] = []
    waiting: list[tuple[Ints, int, str]] = [(state, -1, "")]
    while waiting:
        if len(nodes) >= most_nodes or left_s() <= 0:
            return None
        now, parent, side = waiting.pop()
        y, x = _dual(cover, now)
        nodes.append({"y": y.tolist(), "branch": -1})
        if parent >= 0:
            nodes[parent][side] = len(nodes) - 1
        if is_refuted(cover, now, p, y):
            continue
        free = np.flatnonzero(now == 0)
        if len(free) == 0 or (now == 1).sum() > p:
            return None
        branch = int(free[np.argmin(np.abs(x[free] - HALF))])
        nodes[-1]["branch"] = branch
        for value, name in ((1, "open"), (-1, "closed")):
            child = now.copy()
            child[branch] = value
            waiting.append((child, len(nodes) - 1, name))
    return nodes


def is_refuted(cover: Cover, state: Ints, p: int, y: Ints) -> bool:
    """Whether whole multipliers show that no plan extends a state: too many forced, a point that nothing free covers, or the sum above."""
    forced, free = (state == 1).astype(np.int64), (state == 0).astype(np.int64)
    room = p - int(forced.sum())
    lost = cover.table @ forced == 0
    if room < 0 or (lost & (cover.table @ free == 0)).any():
        return True
    told = np.where(lost, y, 0)
    most = int(((cover.table.T @ told) * free).max(initial=0))
    return int(told.sum()) > room * most


def _dual(cover: Cover, state: Ints) -> tuple[Ints, Floats]:
    """Return (whole dual multipliers of the points, the relaxed plan) of the fewest free sites that cover what forced ones leave."""
    y, x = np.zeros(len(cover.points), np.int64), np.zeros(len(state))
    free = np.flatnonzero(state == 0)
    left = np.flatnonzero(cover.table @ (state == 1).astype(np.int64) == 0)
    if len(left) == 0 or len(free) == 0:
        return y, x
    part = cover.table[left][:, free]
    if (np.diff(part.indptr) == 0).any():
        return y, x
    solved = optimize.linprog(np.ones(len(free)), A_ub=-part, b_ub=-np.ones(len(left)), bounds=(0, None), method="highs")
    if solved.x is not None:
        y[left] = np.floor(np.maximum(0.0, -np.asarray(solved.ineqlin.marginals)) * PARTS).astype(np.int64)
        x[free] = solved.x
    return y, x
