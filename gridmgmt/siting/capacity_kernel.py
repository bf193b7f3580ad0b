"""The compiled loops of the capacitated problem: who goes where within capacity, moves that save, and the Lagrangian bound.

``table`` (int64, points × candidates) holds costs, ``FAR`` where a point may not go; ``load`` and ``capacity`` are whole.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from gridmgmt.siting.median_kernel import may_swap, select, take

FAR = np.int64(1) << 60


@njit(cache=True, nogil=True)
def assign(table, load, opened, room, to):
    """Send each point to the cheapest open site with room, those first that lose most otherwise; return how many found none.

    ``room`` holds what is left of the capacity of every candidate, ``to`` where each point goes (-1: nowhere).
    """
    regret = np.empty(len(load), np.float64)
    for i in range(len(load)):
        one, two = FAR, FAR
        for j in opened:
            if table[i, j] < one:
                one, two = table[i, j], one
            elif table[i, j] < two:
                two = table[i, j]
        regret[i] = -float(two - one)
    lost = 0
    to[:] = -1
    for i in np.argsort(regret, kind="mergesort"):
        best, best_cost = -1, FAR
        for j in opened:
            if table[i, j] < best_cost and room[j] >= load[i]:
                best, best_cost = j, table[i, j]
        if best < 0:
            lost += 1
        else:
            to[i] = best
            room[best] -= load[i]
    return lost


@njit(cache=True, nogil=True)
def place_lost(table, load, opened, room, to):
    """Make room for points that found none by moving one other; return how many are left."""
    left = 0
    for i in range(len(load)):
        if to[i] >= 0:
            continue
        best, best_k, best_to, best_at = FAR, -1, -1, -1
        for j in opened:
            if table[i, j] >= FAR:
                continue
            if room[j] >= load[i]:
                if table[i, j] < best:
                    best, best_k, best_at = table[i, j], -1, j
                continue
            for k in range(len(load)):
                if to[k] != j or room[j] + load[k] < load[i]:
                    continue
                for other in opened:
                    if other != j and room[other] >= load[k] and table[k, other] < FAR:
                        cost = table[i, j] + table[k, other] - table[k, j]
                        if cost < best:
                            best, best_k, best_to, best_at = cost, k, other, j
        if best_at < 0:
            left += 1
            continue
        if best_k >= 0:
            move(best_k, best_to, load, room, to)
        to[i] = best_at
        room[best_at] -= load[i]
    return left


@njit(cache=True, nogil=True)
def move(i, j, load, room, to):
    """Send a point to another site."""
    room[to[i]] += load[i]
    room[j] -= load[i]
    to[i] = j


@njit(cache=True, nogil=True)
def exchange(table, load, opened, room, to):
    """Shift points to cheaper sites, and swap two points, while that saves; every point must go somewhere."""
    better = True
    while better:
        better = False
        start, members = members_of(to, table.shape[1])
        for i in range(len(load)):
            for j in opened:
                a = to[i]
                saving = table[i, a] - table[i, j]
                if saving <= 0:
                    continue
                if room[j] >= load[i]:
                    move(i, j, load, room, to)
                    better = True
                    continue
                best, best_k = np.int64(0), -1
                for at in range(start[j], start[j + 1]):
                    k = members[at]
                    if to[k] == j and room[j] + load[k] >= load[i] and room[a] + load[i] >= load[k]:
                        gain = saving + table[k, j] - table[k, a]
                        if gain > best:
                            best, best_k = gain, k
                if best_k >= 0:
                    room[a] += load[i] - load[best_k]
                    room[j] += load[best_k] - load[i]
                    to[i], to[best_k] = j, a
                    better = True


@njit(cache=True, nogil=True)
def members_of(to, sites):
    """Return (start, points) of each site."""
    start = np.zeros(sites + 1, np.int64)
    for i in range(len(to)):
        start[to[i] + 1] += 1
    for j in range(sites):
        start[j + 1] += start[j]
    fill, members = start[:-1].copy(), np.empty(len(to), np.int64)
    for i in range(len(to)):
        members[fill[to[i]]] = i
        fill[to[i]] += 1
    return start, members


@njit(cache=True, nogil=True)
def relocate(table, capacity, is_open, room, to, closed, rules):
    """Move each open site with all its points to the candidate where they cost least; return whether any moved."""
    moved = False
    start, members = members_of(to, len(capacity))
    cost = np.empty(len(capacity), np.int64)
    for a in np.flatnonzero(is_open):
        used = capacity[a] - room[a]
        cost[:] = 0
        for at in range(start[a], start[a + 1]):
            i = members[at]
            for j in range(len(capacity)):
                cost[j] = min(FAR, cost[j] + table[i, j])
        best, best_cost = -1, cost[a]
        for j in range(len(capacity)):
            if cost[j] < best_cost and not is_open[j] and not closed[j] and capacity[j] >= used and may_swap(j, a, rules):
                best, best_cost = j, cost[j]
        if best < 0:
            continue
        take(best, 1, rules)
        take(a, -1, rules)
        is_open[a], is_open[best] = False, True
        room[a], room[best] = capacity[a], capacity[best] - used
        for at in range(start[a], start[a + 1]):
            to[members[at]] = best
        moved = True
    return moved


@njit(cache=True, nogil=True)
def settle(table, load, capacity, is_open, to, closed, rules):
    """Assign, exchange and relocate until nothing saves; return the cost, FAR when some point finds no room."""
    room, opened = capacity.copy(), np.flatnonzero(is_open)
    if assign(table, load, opened, room, to) > 0 and place_lost(table, load, opened, room, to) > 0:
        return FAR
    for _ in range(50):
        exchange(table, load, opened, room, to)
        if not relocate(table, capacity, is_open, room, to, closed, rules):
            break
        opened = np.flatnonzero(is_open)
    total = np.int64(0)
    for i in range(len(to)):
        total += table[i, to[i]]
    return total


@njit(cache=True, nogil=True)
def gather(rows, u, sites):
    """Return (start, points, profit) of the points that each site would take under multipliers: those that cost less than ``u``."""
    indptr, site, cost, _ = rows
    start = np.zeros(sites + 1, np.int64)
    for i in range(len(u)):
        for at in range(indptr[i], indptr[i + 1]):
            if cost[at] >= u[i]:
                break
            start[site[at] + 1] += 1
    for j in range(sites):
        start[j + 1] += start[j]
    fill, point, profit = start[:-1].copy(), np.empty(start[-1], np.int64), np.empty(start[-1], u.dtype)
    for i in range(len(u)):
        for at in range(indptr[i], indptr[i + 1]):
            if cost[at] >= u[i]:
                break
            point[fill[site[at]]], profit[fill[site[at]]] = i, u[i] - cost[at]
            fill[site[at]] += 1
    return start, point, profit


@njit(cache=True, nogil=True)
def fill_knapsacks(start, point, profit, load, capacity):
    """Return (value, share of each item, rate of a unit of capacity) of the continuous knapsack of each site."""
    value, share, rate = np.zeros(len(capacity)), np.zeros(len(point)), np.zeros(len(capacity))
    for j in range(len(capacity)):
        first, last = start[j], start[j + 1]
        if first == last:
            continue
        per = np.empty(last - first)
        for at in range(first, last):
            per[at - first] = -profit[at] / max(load[point[at]], 1e-9)
        room = float(capacity[j])
        for k in np.argsort(per):
            need = float(load[point[first + k]])
            part = 1.0 if need <= room else room / need
            value[j] += part * profit[first + k]
            share[first + k] = part
            if need > room:
                rate[j] = -per[k]
                break
            room -= need
    return value, share, rate


@njit(cache=True, nogil=True)
def ascend(rows, load, capacity, u, state, quotas, p, target, rounds, step):
    """Raise the bound by subgradient steps; return (best bound, its multipliers, sites it chose, last multipliers, step)."""
    beyond = rows[3]
    best, best_u, best_chosen, stale = -1e300, u.copy(), state == 1, 0
    slope = np.zeros(len(u))
    for _ in range(rounds):
        start, point, profit = gather(rows, u, len(capacity))
        value, share, _ = fill_knapsacks(start, point, profit, load, capacity)
        total, chosen = select(-value, state, quotas[0], quotas[1], quotas[2], p)
        bound = total + u.sum()
        if bound > best:
            best, best_u, best_chosen, stale = bound, u.copy(), chosen, 0
        else:
            stale += 1
            if stale >= 15:
                step, stale, u = step / 2, 0, best_u.copy()
                slope[:] = 0.0
                continue
        served = np.zeros(len(u))
        for j in np.flatnonzero(chosen):
            for at in range(start[j], start[j + 1]):
                served[point[at]] += share[at]
        slope = 0.7 * (1.0 - served) + 0.3 * slope
        norm = (slope * slope).sum()
        if norm < 1e-12:  # every point exactly once: nothing is above this
            return best, best_u, best_chosen, u, 0.0
        u = np.minimum(np.maximum(u + step * (1.01 * target - bound) / norm * slope, 0.0), beyond)
    return best, best_u, best_chosen, u, step


@njit(cache=True, nogil=True)
def dual_values(rows, load, capacity, u, rate):
    """Return what each site saves at most (<= 0) under whole multipliers and rates: capacity × rate + sum of what profit exceeds load × rate."""
    start, point, profit = gather(rows, u, len(capacity))
    saving = np.zeros(len(capacity), np.int64)
    for j in range(len(capacity)):
        if start[j] == start[j + 1]:
            continue
        saving[j] = -capacity[j] * rate[j]
        for at in range(start[j], start[j + 1]):
            saving[j] -= max(0, profit[at] - load[point[at]] * rate[j])
    return saving
