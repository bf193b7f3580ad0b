"""Bounds of plans that minimise distance, recomputed from the whole multipliers of their certificates: sums and comparisons only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gridmgmt.siting.model import Rules

Whole = npt.NDArray[np.int64]
BLOCK = 4_000_000
OPEN, CLOSED = 1, -1
LARGEST_SCALE, ROOM = 1024, 1 << 62


class Question(NamedTuple):
    """What was asked, in whole numbers: units from each point to each candidate and to what stands, weight parts, loads and capacities."""

    units: Whole
    beyond: Whole
    weight: Whole
    load: Whole | None = None
    capacity: Whole | None = None


def median_bound(question: Question, certificate: dict[str, Any], p: int, *, rules: Rules, is_kept: Callable[[Sequence[int]], bool]) -> int:
    """Return the value that the tree proves no plan falls below: the least over its leaves.

    Each node's multipliers give its bound; what reduced costs decide for plans better than the target is derived again, then the node's
    branch is followed both ways. A leaf counts what it proves, at most the target.
    """
    units, beyond, weight = question.units, question.beyond, question.weight
    nodes, scale, target, unit = certificate.get("nodes", []), certificate["scale"], certificate["target"], certificate["unit"]
    first = _state(rules, units.shape[1])
    usable = units[:, first != CLOSED]
    if not nodes or not _fits(beyond * weight, scale, np.zeros(1, np.int64)) or not _divides(usable, beyond, weight, unit):
        return 0
    least, waiting = target, [(0, first, 0)]
    while waiting:
        at, state, known = waiting.pop()
        if not _can_be(state, p, rules):
            continue
        if not 0 <= at < len(nodes):  # a leaf that waited when time was up: what its parent proves
            least = min(least, known)
            continue
        u = np.minimum(np.array(nodes[at]["u"], np.int64), beyond * weight * scale)
        if not _fits(weight, scale, u) or len(u) != len(weight):
            return 0
        saving = _savings(units, weight * scale, u)
        bound = max(known, -(-(sum(u.tolist()) + _cheapest(saving, state, p, rules)) // (scale * unit)) * unit)
        state = _decided(saving, sum(u.tolist()), state, p, (target - unit) * scale)
        branch = nodes[at].get("branch", -1)
        if bound >= target or not _can_be(state, p, rules):
            continue
        if not (state == 0).any():
            chosen = np.flatnonzero(state == OPEN)
            cost = sum((np.minimum(beyond, units[:, chosen].min(axis=1, initial=1 << 62)) * weight).tolist())
            least = min(least, target if not is_kept(chosen.tolist()) else cost)
        elif branch < 0:
            least = min(least, bound)
        else:
            waiting += [
                (nodes[at].get(side, -1), _with(state, branch, value), bound) for side, value in (("open", OPEN), ("closed", CLOSED))
            ]
    return int(least)


def center_bound(question: Question, certificate: dict[str, Any], p: int, *, rules: Rules) -> int:
    """Return the least length above the certificate's radius, if its tree proves that the radius is impossible; else 0."""
    radius, nodes = certificate["radius"], certificate["nodes"]
    units, beyond, counts = question.units, question.beyond, question.weight > 0
    lengths = np.concatenate([np.minimum(units, beyond[:, None])[counts].reshape(-1), beyond[counts]])
    longer = lengths[lengths > radius]
    if radius >= 0 and not _is_refuted(units[counts & (beyond > radius)] <= radius, nodes, p, rules):
        return 0
    return int(longer.min()) if longer.size else 0


def capacity_bound(question: Question, certificate: dict[str, Any], p: int, *, rules: Rules) -> int:
    """Return the Lagrangian bound with continuous knapsacks: for any rate >= 0 a site saves capacity × rate + what profits exceed, at most."""
    units, weight, load, capacity = question.units, question.weight, question.load, question.capacity
    if load is None or capacity is None:
        return 0
    u, rate, scale = np.array(certificate["u"], np.int64), np.array(certificate["rate"], np.int64), int(certificate["scale"])
    if (
        not _fits(weight, scale, u)
        or (rate < 0).any()
        or int(rate.max(initial=0)) * int(load.max(initial=0)) >= ROOM
        or len(u) != len(weight)
        or len(rate) != len(capacity)
    ):
        return 0
    saving = np.zeros(len(capacity), np.int64)
    for j in range(len(capacity)):
        near = np.flatnonzero(units[:, j] <= u // np.maximum(1, weight * scale))
        near = np.union1d(near, np.flatnonzero((weight == 0) & (units[:, j] < 1 << 60)))
        profit = u[near] - units[near, j] * weight[near] * scale
        saving[j] = -int(np.maximum(0, profit - load[near] * rate[j]).sum()) - (
            int(capacity[j]) * int(rate[j]) if (profit > 0).any() else 0
        )
    given: int = sum(u.tolist())
    return -(-(given + _cheapest(saving, _state(rules, len(capacity)), p, rules)) // scale)


def _state(rules: Rules, sites: int) -> Whole:
    state = np.zeros(sites, np.int64)
    state[list(rules.forced)] = OPEN
    state[list(rules.forbidden)] = CLOSED
    return state


def _with(state: Whole, site: int, value: int) -> Whole:
    changed = state.copy()
    changed[site] = value if state[site] == 0 else (state[site] if state[site] == value else 2)
    return changed


def _fits(factor: Whole, scale: int, told: Whole) -> bool:
    """Whether multipliers from a certificate are whole numbers from 0 on whose sums and products cannot run over 63 bits."""
    return bool(
        1 <= scale <= LARGEST_SCALE and not (told < 0).any() and int(factor.max(initial=0)) * scale < ROOM and sum(told.tolist()) < ROOM
    )


def _divides(units: Whole, beyond: Whole, weight: Whole, unit: int) -> bool:
    """Whether every cost is a multiple of the unit to which bounds are rounded up."""
    if unit == 1:
        return True
    if unit < 1 or ((beyond * weight) % unit).any():
        return False
    return all(not ((row[row < limit] * w) % unit).any() for row, limit, w in zip(units, beyond, weight, strict=True))


def _savings(units: Whole, weight: Whole, u: Whole) -> Whole:
    """Return the sum of min(0, cost - u) of each site; pairs too far to cost less than u are left out before anything is multiplied."""
    saving = np.zeros(units.shape[1], np.int64)
    step = max(1, BLOCK // units.shape[1])
    for start in range(0, len(u), step):
        here = slice(start, start + step)
        part, w, mine = units[here], weight[here, None], u[here, None]
        cost = np.where((part <= mine // np.maximum(1, w)) & (part < 1 << 60), part, 0) * w
        saving += np.where((part <= mine // np.maximum(1, w)) & (part < 1 << 60), np.minimum(0, cost - mine), 0).sum(axis=0)
    return saving


def _groups(rules: Rules, sites: int) -> list[tuple[list[int], int, int]]:
    """Return (members, least, most) of the quotas that share no candidate with an earlier one."""
    taken: set[int] = set()
    groups = []
    for quota in rules.quotas:
        if not taken & set(quota.members):
            taken |= set(quota.members)
            groups.append((sorted(set(quota.members)), quota.at_least, sites if quota.at_most is None else quota.at_most))
    return groups


def _cheapest(saving: Whole, state: Whole, p: int, rules: Rules) -> int:
    """Return the least sum of savings (<= 0) of at most p sites: forced ones in, closed ones out, disjoint quotas kept."""
    total: int = sum(saving[state == OPEN].tolist())
    taken, count = int((state == OPEN).sum()), dict[int, int]()
    groups = _groups(rules, len(state))
    group_of = {j: g for g, (members, _, _) in enumerate(groups) for j in members}
    free = sorted((int(saving[j]), int(j)) for j in np.flatnonzero(state == 0))
    for g, (members, _, _) in enumerate(groups):
        count[g] = int((state[members] == OPEN).sum())
    late = []
    for value, j in free:  # what a quota asks for at least, whatever it costs
        g = group_of.get(j, -1)
        if g >= 0 and count[g] < groups[g][1]:
            count[g], taken, total = count[g] + 1, taken + 1, total + value
        else:
            late.append((value, j))
    for value, j in late:
        g = group_of.get(j, -1)
        if taken < p and value < 0 and (g < 0 or count[g] < groups[g][2]):
            taken, total = taken + 1, total + value
            if g >= 0:
                count[g] += 1
    return total


def _can_be(state: Whole, p: int, rules: Rules) -> bool:
    """Whether counts alone allow a plan in this state (2 marks a site both open and closed)."""
    taken = int((state == OPEN).sum())
    owed = 0
    for members, least, most in _groups(rules, len(state)):
        here, free = int((state[members] == OPEN).sum()), int((state[members] == 0).sum())
        if here > most or here + free < least:
            return False
        owed += max(0, least - here)
    return not (state > OPEN).any() and taken + owed <= p


def _decided(saving: Whole, total: int, state: Whole, p: int, goal: int) -> Whole:
    """Return the state with the sites that every plan costing at most ``goal`` has, or cannot have (quotas left aside)."""
    decided, room = state.copy(), p - int((state == OPEN).sum())
    free = np.flatnonzero(state == 0)
    if room <= 0:
        decided[free] = CLOSED
        return decided
    gain = np.minimum(0, saving[free])
    order = np.argsort(gain, kind="stable")
    first, rest = order[:room], order[room:]
    spare = goal - (total + sum(saving[state == OPEN].tolist()) + sum(gain[first].tolist()))
    last = int(gain[first[-1]]) if len(first) == room else 0
    following = int(gain[rest[0]]) if len(rest) else 0
    decided[free[rest[gain[rest] - last > spare]]] = CLOSED
    decided[free[first[following - gain[first] > spare]]] = OPEN
    return decided


def _is_refuted(covers: npt.NDArray[np.bool_], nodes: list[dict[str, Any]], p: int, rules: Rules) -> bool:
    """Whether the tree shows that no p sites cover every row."""
    waiting = [(0, _state(rules, covers.shape[1]))]
    while waiting:
        at, state = waiting.pop()
        if not 0 <= at < len(nodes):
            return False
        room = p - int((state == OPEN).sum())
        left = ~covers[:, state == OPEN].any(axis=1)
        if room < 0 or (left & ~covers[:, state == 0].any(axis=1)).any():
            continue
        y = np.array(nodes[at]["y"], np.int64)
        if len(y) != len(covers) or not _fits(np.full(1, len(y)), 1, y):
            return False
        most = max((int(y[left & covers[:, j]].sum()) for j in np.flatnonzero(state == 0)), default=0)
        if int(y[left].sum()) > room * most:
            continue
        branch = nodes[at].get("branch", -1)
        if branch < 0 or state[branch] != 0:
            return False
        waiting += [(nodes[at].get(side, -1), _with(state, branch, value)) for side, value in (("open", OPEN), ("closed", CLOSED))]
    return True
