"""Compiled loops over points and sparse sets."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def count_near(ax, ay, bx, by, order, starts, cell, x0, y0, cols, rows, limit):
    """Return ``starts`` of the sets of points b whose squared distance from each a is ``limit`` at most; b lie sorted by cell."""
    out = np.zeros(len(ax) + 1, np.int64)
    for a in range(len(ax)):
        column, row = (ax[a] - x0) // cell, (ay[a] - y0) // cell
        found = 0
        for y in range(max(row - 1, 0), min(row + 2, rows)):
            for at in range(starts[y * cols + max(column - 1, 0)], starts[y * cols + min(column + 1, cols - 1) + 1]):
                dx, dy = ax[a] - bx[order[at]], ay[a] - by[order[at]]
                if dx * dx + dy * dy <= limit:
                    found += 1
        out[a + 1] = out[a] + found
    return out


@njit(cache=True, nogil=True)
def list_near(ax, ay, bx, by, order, starts, cell, x0, y0, cols, rows, limit, out):
    """Return the items of those sets, each rising."""
    items = np.empty(out[-1], np.int32)
    for a in range(len(ax)):
        column, row = (ax[a] - x0) // cell, (ay[a] - y0) // cell
        to = out[a]
        for y in range(max(row - 1, 0), min(row + 2, rows)):
            for at in range(starts[y * cols + max(column - 1, 0)], starts[y * cols + min(column + 1, cols - 1) + 1]):
                dx, dy = ax[a] - bx[order[at]], ay[a] - by[order[at]]
                if dx * dx + dy * dy <= limit:
                    items[to] = order[at]
                    to += 1
        items[out[a] : to].sort()
    return items


@njit(cache=True, nogil=True)
def turn(starts, items, size):
    """Return the transposed sets: for each of ``size`` items, the sets that hold it, rising."""
    out = np.zeros(size + 1, np.int64)
    for item in items:
        out[item + 1] += 1
    for item in range(size):
        out[item + 1] += out[item]
    to = out[:-1].copy()
    back = np.empty(len(items), np.int32)
    for one in range(len(starts) - 1):
        for at in range(starts[one], starts[one + 1]):
            back[to[items[at]]] = one
            to[items[at]] += 1
    return out, back


@njit(cache=True, nogil=True)
def pick(starts, items, chosen, rename):
    """Return the sets ``chosen`` with items renamed; those renamed to -1 are left out. ``rename`` must rise."""
    out = np.zeros(len(chosen) + 1, np.int64)
    for k in range(len(chosen)):
        found = 0
        for at in range(starts[chosen[k]], starts[chosen[k] + 1]):
            found += rename[items[at]] >= 0
        out[k + 1] = out[k] + found
    kept = np.empty(out[-1], np.int32)
    for k in range(len(chosen)):
        to = out[k]
        for at in range(starts[chosen[k]], starts[chosen[k] + 1]):
            if rename[items[at]] >= 0:
                kept[to] = rename[items[at]]
                to += 1
    return out, kept


@njit(cache=True, nogil=True)
def fingerprints(starts, items, keys):
    """Return one 64-bit sum of keys a set: equal sets have equal sums."""
    out = np.zeros(len(starts) - 1, np.uint64)
    for one in range(len(starts) - 1):
        for at in range(starts[one], starts[one + 1]):
            out[one] += keys[items[at]]
    return out


@njit(cache=True, nogil=True)
def follow_equal(starts, items, order, prints):
    """Return for each place in ``order`` (sorted by print) whether its set equals the one before, item by item."""
    same = np.zeros(len(order), np.bool_)
    for k in range(1, len(order)):
        a, b = order[k - 1], order[k]
        size = starts[a + 1] - starts[a]
        if prints[a] != prints[b] or starts[b + 1] - starts[b] != size:
            continue
        same[k] = True
        for at in range(size):
            if items[starts[a] + at] != items[starts[b] + at]:
                same[k] = False
                break
    return same


@njit(cache=True, nogil=True)
def gather(starts, items, values, out):
    """Sum values over each set into ``out``."""
    for one in range(len(starts) - 1):
        total = out.dtype.type(0)
        for at in range(starts[one], starts[one + 1]):
            total += values[items[at]]
        out[one] = total
