"""Compiled local search: greedy choice and annealing, with the gain of every site outside kept up to date."""

from __future__ import annotations

import numpy as np
from numba import njit

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
def lift(a, sites, site_items, rows, row_items, first, second, count, extra, touched):
    """Put into ``extra`` what all sites beside ``a`` would bring more without it; return its loss and how many were ``touched``."""
    loss, found = 0, 0
    for at in range(sites[a], sites[a + 1]):
        i = site_items[at]
        now = worth_of(first, second, i, count[i] - 1)
        more = now - worth_of(first, second, i, count[i])
        loss += now
        if more > 0:
            for to in range(rows[i], rows[i + 1]):
                other = row_items[to]
                touched[found] = other
                found += extra[other] == 0
                extra[other] += more
    return loss, found


@njit(cache=True, nogil=True)
def swap(a, b, sites, site_items, rows, row_items, first, second, count, gain):
    """Count ``a`` out (the gains beside it are up to date) and ``b`` in, with the gains beside it."""
    for at in range(sites[a], sites[a + 1]):
        count[site_items[at]] -= 1
    for at in range(sites[b], sites[b + 1]):
        i = site_items[at]
        less = worth_of(first, second, i, count[i] + 1) - worth_of(first, second, i, count[i])
        count[i] += 1
        if less < 0:
            for to in range(rows[i], rows[i + 1]):
                gain[row_items[to]] += less


@njit(cache=True, nogil=True)
def luck(worth, heat):
    """Return a worth with noise: the largest of several is each with chance ``exp(worth / heat)``, up to a common factor."""
    return worth - heat * np.log(-np.log(np.random.random()))


@njit(cache=True, nogil=True)
def successor(a, loss, wish, gain, extra, price, inside, held, held_rules, held_factors, used, limits, heat):
    """Return which of ``a``, which is off the rules, and the sites wished for comes next: each by ``exp(worth / heat)``."""
    top, b = loss - price[a], a
    for other in wish:
        if not inside[other]:
            top = max(top, gain[other] + extra[other] - price[other])
    luckiest = luck(loss - price[a], heat)
    for at in range(len(wish)):
        other = np.int64(wish[at])
        worth = gain[other] + extra[other] - price[other]
        if inside[other] or worth <= top - HOPELESS * heat:
            continue
        if rules_allow(a, other, held, held_rules, held_factors, used, limits):
            lucky = luck(worth, heat)
            if lucky > luckiest:
                luckiest, b = lucky, other
    return b


@njit(cache=True, nogil=True)
def anneal(
    sites, site_items, rows, row_items, first, second, price, held, held_rules, held_factors, used, limits, wanted,
    chosen, inside, count, gain, value, best_value, best, moves, heat, seed,
):  # fmt: skip
    """Take a site out and draw its successor by worth among itself, those beside it and two anywhere; so many times at one heat (parts).

    One of the two is drawn from ``wanted``. ``chosen`` and its tables change in place (``gain`` of sites outside only), ``best`` keeps the
    best choice; return both values.
    """
    np.random.seed(seed)
    touched, extra = np.empty(len(inside) + 3, np.int32), np.zeros(len(inside), gain.dtype)
    for _ in range(moves):
        k = np.random.randint(len(chosen))
        a = chosen[k]
        loss, found = lift(a, sites, site_items, rows, row_items, first, second, count, extra, touched)
        touched[found] = wanted[np.random.randint(len(wanted))]
        touched[found + 1] = np.random.randint(len(inside))
        use_rules(a, -1, held, held_rules, held_factors, used)
        b = successor(a, loss, touched[: found + 2], gain, extra, price, inside, held, held_rules, held_factors, used, limits, heat)
        use_rules(b, 1, held, held_rules, held_factors, used)
        if b == a:
            extra[touched[:found]] = 0
            continue
        value += gain[b] + extra[b] - price[b] - loss + price[a]
        for other in touched[:found]:
            gain[other] += extra[other]
            extra[other] = 0
        gain[a] = loss
        swap(a, b, sites, site_items, rows, row_items, first, second, count, gain)
        inside[a], inside[b], chosen[k] = 0, 1, b
        if value > best_value:
            best_value = value
            best[:] = chosen
    return value, best_value
