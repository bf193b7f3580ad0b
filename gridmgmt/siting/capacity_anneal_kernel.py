"""The compiled annealing of the capacitated problem: close one site, open another, send everybody concerned on; too full costs a price.

``town`` and ``now`` are what never changes and what does. Loads beyond a site's capacity are allowed at a ``rate`` of cost a unit of load, so that
the way from one good plan to another may lead over plans that are none; the best that is one is kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from gridmgmt.siting.capacity_kernel import FAR
from gridmgmt.siting.median_kernel import change, may_swap
from gridmgmt.siting.units import Flags, Ints, Words

OPTIONS = 10  # the nearest open sites that are kept of each point
CLOSE_OPTIONS, SHIFTS, PASSES = 4, 4, 2
FROM_NEARBY = 0.7  # of the swaps tried close a site near the one that opens, the rest any
COST, OVER, BEST = 0, 1, 2


class Town(NamedTuple):
    """Rows of candidates (start, site; nearest first), costs (points × sites), loads, capacities, and the points nearest to each site (-1: no more)."""

    indptr: Ints
    site: Words
    table: Ints
    load: Ints
    capacity: Ints
    points: Words


class Now(NamedTuple):
    """Open sites, where each point goes, loads, the points of each site as linked lists, options of each point with costs, changes, marks, sums, the best."""

    is_open: Flags
    to: Ints
    used: Ints
    first: Ints
    after: Ints
    before: Ints
    option: Words
    option_cost: Ints
    log: Ints
    mark: Ints
    sums: Ints
    best_open: Flags
    best_to: Ints


@njit(cache=True, nogil=True)
def settle_in(town, now):
    """Fill in what follows from the open sites and from where each point goes, which is a plan; it is the best so far."""
    now.first[:] = -1
    now.sums[:] = 0
    for i in range(len(now.to)):
        join(i, now.to[i], now)
        now.used[now.to[i]] += town.load[i]
        now.sums[COST] += town.table[i, now.to[i]]
        list_options(i, town, now)
    keep_best(now, FAR)


@njit(cache=True, nogil=True)
def keep_best(now, than):
    """Note the plan when nothing is too full and it costs less."""
    if now.sums[OVER] == 0 and now.sums[COST] < than:
        now.sums[BEST] = now.sums[COST]
        now.best_open[:] = now.is_open
        now.best_to[:] = now.to


@njit(cache=True, nogil=True)
def join(i, j, now):
    """Put a point on the list of a site."""
    now.after[i], now.before[i] = now.first[j], -1
    if now.first[j] >= 0:
        now.before[now.first[j]] = i
    now.first[j] = i


@njit(cache=True, nogil=True)
def list_options(i, town, now):
    """List the nearest open sites of a point."""
    found = 0
    for at in range(town.indptr[i], town.indptr[i + 1]):
        if found == OPTIONS:
            return
        if now.is_open[town.site[at]]:
            now.option[i, found], now.option_cost[i, found] = town.site[at], town.table[i, town.site[at]]
            found += 1
    now.option[i, found:], now.option_cost[i, found:] = -1, FAR


@njit(cache=True, nogil=True)
def more_over(j, more, town, now):
    """Return how much more of a site's load is too much when some is added."""
    over = now.used[j] - town.capacity[j]
    return max(np.int64(0), over + more) - max(np.int64(0), over)


@njit(cache=True, nogil=True)
def move(i, j, town, now):
    """Send a point to another site and keep the sums."""
    a, load = now.to[i], town.load[i]
    now.sums[OVER] += more_over(a, -load, town, now) + more_over(j, load, town, now)
    now.sums[COST] += town.table[i, j] - town.table[i, a]
    if now.before[i] >= 0:
        now.after[now.before[i]] = now.after[i]
    else:
        now.first[a] = now.after[i]
    if now.after[i] >= 0:
        now.before[now.after[i]] = now.before[i]
    join(i, j, now)
    now.used[a] -= load
    now.used[j] += load
    now.to[i] = j


@njit(cache=True, nogil=True)
def best_place(i, f, out, rate, town, now):
    """Return (site, price) of the cheapest place of a point other than its own: a site near it or ``f``, not ``out``; -1 for none."""
    mine, best, least = now.to[i], -1, np.inf
    if f != mine and town.table[i, f] < FAR:
        best, least = f, town.table[i, f] + rate * more_over(f, town.load[i], town, now)
    for k in range(OPTIONS):
        j = now.option[i, k]
        if j < 0 or now.option_cost[i, k] >= least:
            break
        if j not in (out, mine):
            price = now.option_cost[i, k] + rate * more_over(j, town.load[i], town, now)
            if price < least:
                best, least = j, price
    return best, least


@njit(cache=True, nogil=True)
def logged(i, j, count, town, now):
    """Move a point and note where it came from; return how many changes there are."""
    now.log[count, 0], now.log[count, 1] = i, now.to[i]
    move(i, j, town, now)
    return count + 1


@njit(cache=True, nogil=True)
def empty(out, f, rate, town, now):
    """Send the points of a site that closes on; return how many changes, -1 - changes when one finds no place."""
    count = 0
    while now.first[out] >= 0:
        i = now.first[out]
        j, _ = best_place(i, f, out, rate, town, now)
        if j < 0:
            return -1 - count
        count = logged(i, j, count, town, now)
    return count


@njit(cache=True, nogil=True)
def fill(f, count, rate, town, now):
    """Draw points near a site that opens to it where that saves; return how many changes."""
    for i in town.points[f]:
        if i < 0:
            break
        a = now.to[i]
        if a != f:
            over = more_over(f, town.load[i], town, now) + more_over(a, -town.load[i], town, now)
            if town.table[i, f] - town.table[i, a] + rate * over < 0:
                count = logged(i, f, count, town, now)
    return count


@njit(cache=True, nogil=True)
def relax(f, out, count, rate, town, now):
    """Send points of the sites that changed to cheaper places; return how many changes."""
    for _ in range(PASSES):
        now.mark[0] += 1
        before = count
        for at in range(before):
            for a in (now.log[at, 1], now.to[now.log[at, 0]]):
                if now.mark[1 + a] == now.mark[0] or a == out:
                    continue
                now.mark[1 + a] = now.mark[0]
                i = now.first[a]
                while i >= 0 and count < len(now.log):
                    following = now.after[i]
                    stay = town.table[i, a] - rate * more_over(a, -town.load[i], town, now)
                    j, price = best_place(i, f, out, rate, town, now)
                    if j >= 0 and price < stay:
                        count = logged(i, j, count, town, now)
                    i = following
        if count == before:
            break
    return count


@njit(cache=True, nogil=True)
def swap(f, out, heat, rate, hopeless, town, now):
    """Try to open ``f`` and close ``out``; return whether it was done. A rise of ``hopeless`` is not looked into further."""
    energy = now.sums[COST] + rate * now.sums[OVER]
    count = empty(out, f, rate, town, now)
    fits = count >= 0
    count = fill(f, count, rate, town, now) if fits else -1 - count
    rise = now.sums[COST] + rate * now.sums[OVER] - energy
    if fits and rise < hopeless:
        count = relax(f, out, count, rate, town, now)
        rise = now.sums[COST] + rate * now.sums[OVER] - energy
    if fits and (rise <= 0 or np.random.random() < np.exp(-rise / heat)):
        return True
    for at in range(count - 1, -1, -1):
        move(now.log[at, 0], now.log[at, 1], town, now)
    return False


@njit(cache=True, nogil=True)
def list_again(f, out, town, now):
    """List the options anew of the points that a swap concerns."""
    for i in range(len(now.to)):
        concerned = town.table[i, f] < now.option_cost[i, OPTIONS - 1]
        for k in range(OPTIONS):
            concerned = concerned or now.option[i, k] == out
        if concerned:
            list_options(i, town, now)


@njit(cache=True, nogil=True)
def shift(heat, rate, town, now):
    """Try to send a point, by chance, to one of its nearest open sites."""
    i = np.random.randint(len(now.to))
    j, a = now.option[i, np.random.randint(CLOSE_OPTIONS)], now.to[i]
    if j < 0 or j == a:
        return
    over = more_over(j, town.load[i], town, now) + more_over(a, -town.load[i], town, now)
    rise = town.table[i, j] - town.table[i, a] + rate * over
    if rise <= 0 or np.random.random() < np.exp(-rise / heat):
        move(i, j, town, now)


@njit(cache=True, nogil=True)
def anneal(town, now, rules, heat, rate, hopeless, reach, tries, seed):
    """Try swaps and shifts at one heat (a rise of cost that is taken with chance 1/e); ``reach``: candidates near a point that may open."""
    np.random.seed(seed)
    for _ in range(tries):
        i = np.random.randint(len(now.to))
        length = town.indptr[i + 1] - town.indptr[i]
        f = town.site[town.indptr[i] + np.random.randint(min(reach, length))]
        out = now.option[i, np.random.randint(CLOSE_OPTIONS)]
        if np.random.random() > FROM_NEARBY:
            out = now.to[np.random.randint(len(now.to))]
        if out < 0 or now.is_open[f] or not may_swap(f, out, rules):
            continue
        if swap(f, out, heat, rate, hopeless, town, now):
            change(now.is_open, rules, f, out)
            list_again(f, out, town, now)
        for _ in range(SHIFTS):
            shift(heat, rate, town, now)
        keep_best(now, now.sums[BEST])
