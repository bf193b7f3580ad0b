"""Compiled local search: greedy choice and annealing by swaps, with the gain of every site kept up to date."""

from __future__ import annotations

import numpy as np
from numba import njit

NEAR_SHARE = 0.7  # of the swaps tried, to a site nearby; the rest to any
STEPS_PER_DEGREE = 1_000


@njit(cache=True, nogil=True)
def worth_of(first, second, row, count):
    """Return what one more cover brings to a row that has ``count``."""
    if count == 0:
        return first[row]
    return second[row] if count == 1 else 0


@njit(cache=True, nogil=True)
def recount(sites, site_items, first, second, inside, count, gain):
    """Set the covers of each row by the sites inside, and what each site brings (outside) or takes with it (inside)."""
    count[:] = 0
    for j in range(len(inside)):
        if inside[j]:
            for at in range(sites[j], sites[j + 1]):
                count[site_items[at]] += 1
    for j in range(len(inside)):
        gain[j] = 0
        for at in range(sites[j], sites[j + 1]):
            gain[j] += worth_of(first, second, site_items[at], count[site_items[at]] - inside[j])


@njit(cache=True, nogil=True)
def change(j, by, sites, site_items, rows, row_items, first, second, inside, count, gain):
    """Put a site in (``by`` 1) or take it out (-1), and bring the gains of all sites beside it up to date."""
    inside[j] += by
    for at in range(sites[j], sites[j + 1]):
        i = site_items[at]
        old, new = count[i], count[i] + by
        count[i] = new
        outside = worth_of(first, second, i, new) - worth_of(first, second, i, old)
        within = (worth_of(first, second, i, new - 1) if new > 0 else 0) - (worth_of(first, second, i, old - 1) if old > 0 else 0)
        if outside == 0 and within == 0:
            continue
        for to in range(rows[i], rows[i + 1]):
            other = row_items[to]
            if other != j:
                gain[other] += within if inside[other] else outside


@njit(cache=True, nogil=True)
def greedy(sites, site_items, rows, row_items, first, second, price, most, inside, count, gain):
    """Put the site that brings most in, again and again, up to ``most`` sites or while it pays."""
    for _ in range(most):
        best, at_best = 0, -1
        for j in range(len(inside)):
            if not inside[j] and gain[j] - price[j] > best:
                best, at_best = gain[j] - price[j], j
        if at_best < 0:
            return
        change(at_best, 1, sites, site_items, rows, row_items, first, second, inside, count, gain)


@njit(cache=True, nogil=True)
def shared_worth(a, b, sites, site_items, first, second, count):
    """Return what a swap of a for b is worth more than gain less loss, for the rows both cover."""
    s, t, total = sites[a], sites[b], 0
    s_end, t_end = sites[a + 1], sites[b + 1]
    while s < s_end and t < t_end:
        if site_items[s] == site_items[t]:
            i = site_items[s]
            total += worth_of(first, second, i, count[i] - 1) - worth_of(first, second, i, count[i])
            s += 1
            t += 1
        elif site_items[s] < site_items[t]:
            s += 1
        else:
            t += 1
    return total


@njit(cache=True, nogil=True)
def rules_allow(a, b, held, held_rules, held_factors, used, limits):
    """Move what a uses of the rules to b; return whether all still hold, else move it back."""
    for at in range(held[a], held[a + 1]):
        used[held_rules[at]] -= held_factors[at]
    for at in range(held[b], held[b + 1]):
        used[held_rules[at]] += held_factors[at]
    fits = True
    for one in (a, b):
        for at in range(held[one], held[one + 1]):
            fits = fits and used[held_rules[at]] <= limits[held_rules[at]]
    if not fits:
        for at in range(held[a], held[a + 1]):
            used[held_rules[at]] += held_factors[at]
        for at in range(held[b], held[b + 1]):
            used[held_rules[at]] -= held_factors[at]
    return fits


@njit(cache=True, nogil=True)
def anneal(
    sites, site_items, rows, row_items, first, second, price, beside, beside_items, held, held_rules, held_factors, used, limits,
    chosen, inside, count, gain, value, best_value, best, moves, hot, cold, seed,
):  # fmt: skip
    """Try swaps at falling temperature (parts); ``chosen`` and its tables change in place, ``best`` keeps the best choice; return both values."""
    np.random.seed(seed)
    heat = hot
    fall = (cold / hot) ** (1.0 / max(1, moves // STEPS_PER_DEGREE))
    for move in range(moves):
        if move % STEPS_PER_DEGREE == 0:
            heat *= fall
        k = np.random.randint(len(chosen))
        a = chosen[k]
        b = np.random.randint(len(inside))
        if beside[a + 1] > beside[a] and np.random.random() < NEAR_SHARE:
            b = beside_items[beside[a] + np.random.randint(beside[a + 1] - beside[a])]
        if inside[b]:
            continue
        least = heat * np.log(np.random.random())
        if gain[b] - price[b] + price[a] < least:
            continue
        worth = gain[b] - price[b] - gain[a] + price[a] + shared_worth(a, b, sites, site_items, first, second, count)
        if worth < least or not rules_allow(a, b, held, held_rules, held_factors, used, limits):
            continue
        change(a, -1, sites, site_items, rows, row_items, first, second, inside, count, gain)
        change(b, 1, sites, site_items, rows, row_items, first, second, inside, count, gain)
        chosen[k] = b
        value += worth
        if value > best_value:
            best_value = value
            best[:] = chosen
    return value, best_value
