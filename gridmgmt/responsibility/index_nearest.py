"""The nearest road piece of a record, by whole millimetres, then position.

No comparison here steers the processor: every candidate is measured the same way and the better one is kept, so it never guesses wrong.
"""

from __future__ import annotations

import numpy as np

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_frame import UNITS_PER_M

NONE = -1
MILLIMETRES = 1000.0
HAIR_M = 1e-6  # a limit is kept to the micrometre: no rounding of the last digits decides at exactly 50 m; as in resolve.sql


@compiled
def squared_distance(px, py, ax, ay, bx, by):
    """Return the squared distance of a point from a piece."""
    dx, dy, qx, qy, rx, ry = bx - ax, by - ay, px - ax, py - ay, px - bx, py - by
    along, length2, across = qx * dx + qy * dy, dx * dx + dy * dy, float(dx * qy - dy * qx)
    squared = across * across / length2  # 0 / 0 where both ends are one: the last line replaces it
    squared = float(rx * rx + ry * ry) if along >= length2 else squared
    return float(qx * qx + qy * qy) if along <= 0 else squared


@compiled
def _measure(records, i, pieces, limits_m, own_limit_m, px, py):
    """Return (segment, metres to it, its limit) of the piece with the number ``records[i]``."""
    piece = pieces[records[i]]
    ax, ay, bx, by = np.int64(piece[0]), np.int64(piece[1]), np.int64(piece[2]), np.int64(piece[3])
    limit_m = limits_m[piece[4]]
    limit_m = limit_m if np.isnan(own_limit_m) else own_limit_m
    return piece[4], np.sqrt(squared_distance(px, py, ax, ay, bx, by)) * (1 / UNITS_PER_M), limit_m


@compiled
def segment_at(records, at, pieces, limits_m, own_limit_m, px, py):
    """Return (segment within its limit by whole millimetres, then position; distance in metres) or (NONE, nan).

    ``px``, ``py`` are units from the frame's origin, as the pieces are; ``own_limit_m`` takes the place of every segment's limit unless nan.
    """
    best, best_mm, best_m = np.int32(NONE), np.inf, np.nan
    for i in range(at + 1, at + 1 + records[at]):
        segment, metres, limit_m = _measure(records, i, pieces, limits_m, own_limit_m, px, py)
        mm = np.rint(metres * MILLIMETRES)
        nearer = (mm < best_mm) | ((mm == best_mm) & ((segment < best) | ((segment == best) & (metres < best_m))))
        better = nearer & (metres <= limit_m + HAIR_M)
        best, best_mm, best_m = segment if better else best, mm if better else best_mm, metres if better else best_m
    return best, best_m


@compiled
def is_near_segment(records, at, pieces, limits_m, own_limit_m, px, py, loose):
    """Say whether a segment may lie within its limit once point and shapes move by ``loose`` units."""
    for i in range(at + 1, at + 1 + records[at]):
        _, metres, limit_m = _measure(records, i, pieces, limits_m, own_limit_m, px, py)
        if metres <= limit_m + loose / UNITS_PER_M:
            return True
    return False
