"""The compiled loops of the p-median problem: nearest two, greedy start, fast interchange, Lagrangian bound.

Costs are int64, rows (CSR) are demand points with their sites in ascending cost; ``beyond`` is what a row costs when none of its sites is open.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def transpose(indptr, site, cost, sites):
    """Return (start, row, cost) of the columns of sparse rows."""
    start = np.zeros(sites + 1, np.int64)
    for at in range(len(site)):
        start[site[at] + 1] += 1
    for j in range(sites):
        start[j + 1] += start[j]
    fill = start[:-1].copy()
    row, turned = np.empty(len(site), np.int32), np.empty(len(site), np.int64)
    for i in range(len(indptr) - 1):
        for at in range(indptr[i], indptr[i + 1]):
            row[fill[site[at]]], turned[fill[site[at]]] = i, cost[at]
            fill[site[at]] += 1
    return start, row, turned


@njit(cache=True, nogil=True)
def nearest_two(rows, is_open):
    """Return (nearest open site or -1, its cost, cost of the second) of each row."""
    indptr, site, cost, beyond = rows
    first = np.full(len(beyond), -1, np.int64)
    one, two = beyond.copy(), beyond.copy()
    for i in range(len(beyond)):
        for at in range(indptr[i], indptr[i + 1]):
            if not is_open[site[at]]:
                continue
            if first[i] < 0:
                first[i], one[i] = site[at], cost[at]
            else:
                two[i] = cost[at]
                break
    return first, one, two


@njit(cache=True, nogil=True)
def may_swap(f, out, rules):
    """Whether site ``f`` may open when ``out`` closes (-1: none does): no row of the rules goes over its limit.

    ``rules``: forced sites, rows by site (where they start, row, factor), what is used of each row, its limit.
    """
    forced, start, row, _, used, limit = rules
    if out >= 0 and forced[out]:
        return False
    take(f, 1, rules)
    take(out, -1, rules)
    kept = True
    for at in range(start[f], start[f + 1]):
        kept = kept and used[row[at]] <= limit[row[at]]
    for at in range(start[out] if out >= 0 else 0, start[out + 1] if out >= 0 else 0):
        kept = kept and used[row[at]] <= limit[row[at]]
    take(f, -1, rules)
    take(out, 1, rules)
    return kept


@njit(cache=True, nogil=True)
def take(site, times, rules):
    """Count a site ``times`` in every row of the rules."""
    if site >= 0:
        for at in range(rules[1][site], rules[1][site + 1]):
            rules[4][rules[2][at]] += times * rules[3][at]


@njit(cache=True, nogil=True)
def greedy(rows, columns, is_open, closed, rules, p, noise):
    """Open sites one at a time, each the one that saves most (times its ``noise``) and keeps the rules, until ``p`` are open."""
    opened = np.sum(is_open)
    _, one, _ = nearest_two(rows, is_open)
    while opened < p:
        best, best_gain = -1, -1.0
        for f in range(len(is_open)):
            if is_open[f] or closed[f]:
                continue
            gain = 0
            for at in range(columns[0][f], columns[0][f + 1]):
                gain += max(0, one[columns[1][at]] - columns[2][at])
            if gain * noise[f] > best_gain and may_swap(f, -1, rules):
                best, best_gain = f, gain * noise[f]
        if best < 0:
            break
        is_open[best] = True
        take(best, 1, rules)
        opened += 1
        for at in range(columns[0][best], columns[0][best + 1]):
            one[columns[1][at]] = min(one[columns[1][at]], columns[2][at])


@njit(cache=True, nogil=True)
def best_swap(rows, columns, is_open, rules):
    """Return (saving, site in, site out) of the best swap of one open site for one closed."""
    first, one, two = nearest_two(rows, is_open)
    loss, extra = np.zeros(len(is_open), np.int64), np.zeros(len(is_open), np.int64)
    for i in range(len(first)):
        if first[i] >= 0:
            loss[first[i]] += two[i] - one[i]
    opened = np.flatnonzero(is_open)
    best, best_in, best_out = np.int64(0), -1, -1
    for f in range(len(is_open)):
        if is_open[f]:
            continue
        gain = np.int64(0)
        for at in range(columns[0][f], columns[0][f + 1]):
            i, cost = columns[1][at], columns[2][at]
            if cost < two[i]:
                gain += max(0, one[i] - cost)
                if first[i] >= 0:
                    extra[first[i]] += two[i] - max(cost, one[i])
        for out in opened:
            saving = gain - loss[out] + extra[out]
            if saving > best and may_swap(f, out, rules):
                best, best_in, best_out = saving, f, out
            extra[out] = 0
    return best, best_in, best_out


@njit(cache=True, nogil=True)
def change(is_open, rules, f, out):
    """Open ``f``, close ``out``."""
    is_open[f], is_open[out] = True, False
    take(f, 1, rules)
    take(out, -1, rules)


@njit(cache=True, nogil=True)
def interchange(rows, columns, is_open, rules, most_swaps):
    """Swap while it saves; return the cost of the plan (Whitaker's fast interchange, best swap first)."""
    for _ in range(most_swaps):
        saving, f, out = best_swap(rows, columns, is_open, rules)
        if saving <= 0:
            break
        change(is_open, rules, f, out)
    return nearest_two(rows, is_open)[1].sum()


@njit(cache=True, nogil=True)
def reduced_costs(rows, u, sites):
    """Return what each site saves under multipliers ``u`` <= beyond: the sum of min(0, cost - u), in the type of ``u``."""
    indptr, site, cost, _ = rows
    saving = np.zeros(sites, u.dtype)
    for i in range(len(u)):
        for at in range(indptr[i], indptr[i + 1]):
            if cost[at] >= u[i]:
                break
            saving[site[at]] += cost[at] - u[i]
    return saving


@njit(cache=True, nogil=True)
def select(saving, state, group, least, most, p):
    """Return (sum, chosen) of the cheapest choice of at most ``p`` sites: those forced (state 1), none closed (state -1), quotas of groups kept.

    Groups are disjoint, so taking each group's cheapest up to its least and then the cheapest of all is exact.
    """
    chosen, count, total, taken = np.zeros(len(saving), np.bool_), np.zeros(len(least) + 1, np.int64), saving[0] * 0, 0
    for j in range(len(saving)):
        if state[j] == 1:
            chosen[j] = True
            taken += 1
            total += saving[j]
            count[group[j]] += 1
    order = np.argsort(saving)
    if len(least) > 0:
        for j in order:
            if state[j] == 0 and group[j] >= 0 and count[group[j]] < least[group[j]]:
                chosen[j] = True
                taken += 1
                total += saving[j]
                count[group[j]] += 1
    for j in order:
        if taken >= p or saving[j] >= 0:
            break
        if state[j] == 0 and not chosen[j] and (group[j] < 0 or count[group[j]] < most[group[j]]):
            chosen[j] = True
            taken += 1
            total += saving[j]
            count[group[j]] += 1
    return total, chosen


@njit(cache=True, nogil=True)
def turn(rows, u, chosen, slope):
    """Turn the slope towards what the choice leaves unserved or serves twice; return its squared length."""
    indptr, site, cost, beyond = rows
    norm = 0.0
    for i in range(len(u)):
        served = 0
        for at in range(indptr[i], indptr[i + 1]):
            if cost[at] >= u[i]:
                break
            served += chosen[site[at]]
        slope[i] = 0.7 * (1 - served) + 0.3 * slope[i]
        if slope[i] > 0 and u[i] >= beyond[i]:
            slope[i] = 0.0
        norm += slope[i] * slope[i]
    return norm


@njit(cache=True, nogil=True)
def ascend(rows, u, state, quotas, p, target, unit, rounds, patience, step):
    """Raise the bound by subgradient steps from ``u`` (float64); return (bound, its multipliers, how often each site was chosen, step).

    ``quotas``: group, least, most. Stops when the bound passes ``target`` - ``unit``: the next multiple is proof.
    """
    best, best_u, share = -1e300, u.copy(), np.zeros(len(state))
    stale, slope = 0, np.zeros(len(u))
    for _ in range(rounds):
        saving = reduced_costs(rows, u, len(state))
        total, chosen = select(saving, state, quotas[0], quotas[1], quotas[2], p)
        bound = total + u.sum()
        share = 0.9 * share + 0.1 * chosen
        if bound > best:
            best, best_u, stale = bound, u.copy(), 0
        else:
            stale += 1
        if best > target - unit * 0.99 or step < 1e-4:
            return best, best_u, share, 0.0
        if stale >= patience:
            step, stale, u = step / 2, 0, best_u.copy()
            slope[:] = 0.0
            continue
        norm = turn(rows, u, chosen, slope)
        if norm < 1e-12:
            return best, best_u, share, 0.0
        move = step * (target * 1.01 - bound + 1e-6) / norm
        u = np.minimum(np.maximum(u + move * slope, 0.0), rows[3])
    return best, best_u, share, step


@njit(cache=True, nogil=True)
def shake(is_open, rules, closed, swaps, seed):
    """Swap some open sites for closed ones by chance, as the rules allow."""
    np.random.seed(seed)
    opened = np.flatnonzero(is_open)
    for _ in range(swaps if len(opened) > 0 else 0):
        for _ in range(50):
            at, f = np.random.randint(len(opened)), np.random.randint(len(is_open))
            out = opened[at]
            if not is_open[f] and not closed[f] and may_swap(f, out, rules):
                change(is_open, rules, f, out)
                opened[at] = f
                break
