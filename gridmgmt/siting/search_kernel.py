"""Compiled local search: greedy choice and annealing, with the gain of every site kept up to date."""

from __future__ import annotations

import numpy as np
from numba import njit

FAR = 8  # sites anywhere that are looked at beside those near
HOPELESS = 8.0  # degrees below the best at which a site is not looked at


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
def use_rules(site, by, held, held_rules, held_factors, used):
    """Add what a site uses of the rules (``by`` 1) or take it off (-1)."""
    for at in range(held[site], held[site + 1]):
        used[held_rules[at]] += by * held_factors[at]


@njit(cache=True, nogil=True)
def rules_allow(a, b, held, held_rules, held_factors, used, limits):
    """Return whether b may come where a, which is off the rules already, was."""
    use_rules(b, 1, held, held_rules, held_factors, used)
    fits = True
    for one in (a, b):
        for at in range(held[one], held[one + 1]):
            fits = fits and used[held_rules[at]] <= limits[held_rules[at]]
    use_rules(b, -1, held, held_rules, held_factors, used)
    return fits


@njit(cache=True, nogil=True)
def drawn(wish, gain, price, least, heat):
    """Return one of the sites wished for, each by ``exp(worth / heat)``; those worth no more than ``least`` are left aside."""
    best, found = -np.inf, wish[0]
    for site in wish:
        worth = gain[site] - price[site]
        if worth > least or len(wish) == 1:
            luck = worth - heat * np.log(-np.log(np.random.random()))
            if luck > best:
                best, found = luck, site
    return found


@njit(cache=True, nogil=True)
def anneal(
    sites, site_items, rows, row_items, first, second, price, beside, beside_items, held, held_rules, held_factors, used, limits,
    chosen, inside, count, gain, value, best_value, best, moves, heat, seed,
):  # fmt: skip
    """Take a site out and draw its successor by worth among itself, those beside it and some anywhere; so many times at one heat (parts).

    ``chosen`` and its tables change in place, ``best`` keeps the best choice; return both values.
    """
    np.random.seed(seed)
    wish = np.empty(1 + FAR + np.max(beside[1:] - beside[:-1]), np.int64)
    for _ in range(moves):
        k = np.random.randint(len(chosen))
        a = chosen[k]
        change(a, -1, sites, site_items, rows, row_items, first, second, inside, count, gain)
        use_rules(a, -1, held, held_rules, held_factors, used)
        near, wished = beside[a + 1] - beside[a], 1
        wish[0], loss = a, gain[a] - price[a]
        top = loss
        for at in range(near + FAR):
            b = beside_items[beside[a] + at] if at < near else np.random.randint(len(inside))
            worth = gain[b] - price[b]
            if inside[b] or worth <= top - HOPELESS * heat or b == a:
                continue
            if rules_allow(a, b, held, held_rules, held_factors, used, limits):
                wish[wished] = b
                wished, top = wished + 1, max(top, worth)
        b = drawn(wish[:wished], gain, price, top - HOPELESS * heat, heat)
        value += gain[b] - price[b] - loss
        change(b, 1, sites, site_items, rows, row_items, first, second, inside, count, gain)
        use_rules(b, 1, held, held_rules, held_factors, used)
        chosen[k] = b
        if value > best_value:
            best_value = value
            best[:] = chosen
    return value, best_value
