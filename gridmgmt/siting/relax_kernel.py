"""Compiled steps of the saddle-point method for the linear relaxation."""

from __future__ import annotations

import numpy as np
from numba import njit

from gridmgmt.siting.cover_kernel import gather

EVEN = 1e-9


@njit(cache=True, nogil=True)
def price_of_room(wish, step, most, guess):
    """Return the price t at which ``sum(clip(wish - t * step, 0, 1))`` is ``most``; 0 where there is room enough."""
    total, low, high = 0.0, 0.0, 0.0
    for j in range(len(wish)):
        total += min(1.0, max(0.0, wish[j]))
        high = max(high, wish[j] / step[j])
    if total <= most:
        return 0.0
    t = guess
    for _ in range(100):
        if not low < t < high:
            t = 0.5 * (low + high)
        total, slope = 0.0, 0.0
        for j in range(len(wish)):
            x = wish[j] - t * step[j]
            if x >= 1.0:
                total += 1.0
            elif x > 0.0:
                total += x
                slope += step[j]
        if abs(total - most) <= EVEN * most or high - low <= EVEN * EVEN * high:
            break
        if total > most:
            low = t
        else:
            high = t
        t = t + (total - most) / slope if slope > 0.0 else -1.0
    return t


@njit(cache=True, nogil=True)
def advance(
    steps, rows, row_items, sites, site_items, side, side_items, factors, limits, first, second, price, most, counted, weight, tau, sigma,
    side_sigma, x, lam, nu, cover, used, sums, guess,
):  # fmt: skip
    """Take some steps from (x; lam, nu) in place; add the points passed to ``sums``; return the last price of room.

    Only the first ``counted`` sites count among ``most``. ``cover`` holds the covers of each row by x, ``used`` what x uses of each rule; ``weight`` is the ratio of dual to primal steps.
    """
    gain, wish, step = np.empty(len(x)), np.empty(len(x)), tau / weight
    old_cover, old_used = np.empty(len(lam)), np.empty(len(nu))
    for _ in range(steps):
        gather(sites, site_items, lam, gain)
        for r in range(len(nu)):
            for at in range(side[r], side[r + 1]):
                gain[side_items[at]] -= factors[at] * nu[r]
        for j in range(len(x)):
            wish[j] = x[j] + step[j] * (gain[j] - price[j])
        guess = price_of_room(wish[:counted], step[:counted], most, guess)
        for j in range(len(x)):
            x[j] = min(1.0, max(0.0, wish[j] - guess * step[j] if j < counted else wish[j]))
            sums[0][j] += x[j]
        old_cover[:] = cover
        old_used[:] = used
        gather(rows, row_items, x, cover)
        for i in range(len(lam)):
            move = sigma[i] * weight
            ahead = 2.0 * cover[i] - old_cover[i]
            lower = lam[i] - move * (ahead - 2.0)
            if lower > second[i]:
                lower = max(second[i], lam[i] - move * (ahead - 1.0))
            lam[i] = min(first[i], max(0.0, lower))
            sums[1][i] += lam[i]
        use(side, side_items, factors, x, used)
        for r in range(len(nu)):
            nu[r] = max(0.0, nu[r] + side_sigma[r] * weight * (2.0 * used[r] - old_used[r] - limits[r]))
            sums[2][r] += nu[r]
    return guess


@njit(cache=True, nogil=True)
def use(side, side_items, factors, x, used):
    """Sum what x uses of each rule into ``used``."""
    for r in range(len(used)):
        total = 0.0
        for at in range(side[r], side[r + 1]):
            total += factors[at] * x[side_items[at]]
        used[r] = total
