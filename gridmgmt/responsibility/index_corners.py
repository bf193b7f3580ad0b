"""Which unit grids hold the lower left corner of each block.

The corner stands half a unit left of and below the block's first point, and a hair (+0 in y) above that: no vertex is ever on a height or a
column that a ray runs along, so a polygon's crossings can be counted without special cases. Heights and columns are doubled to stay whole.
"""

from __future__ import annotations

import numpy as np

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_edges import Edges
from gridmgmt.responsibility.index_frame import Frame, Words

MOST_OWNERS = 2  # of a corner; grids that overlap three deep are answered the slow way


def corner_owners(edges: Edges, polygons: int, frame: Frame) -> tuple[Words, Words]:
    """Return up to two owners per block corner, shape (2, blocks), -1 = none, and the blocks whose corner has more."""
    owners = np.full((MOST_OWNERS, frame.blocks), -1, np.int32)
    first_edge = np.searchsorted(edges.owner, np.arange(polygons + 1))
    crowded = np.zeros(frame.blocks, np.bool_)
    _fill(edges.ax, edges.ay, edges.bx, edges.by, first_edge, frame.shift, frame.cols, frame.rows, owners, crowded)
    return owners, np.flatnonzero(crowded).astype(np.int32)


@compiled
def is_right_of(ax, ay, bx, by, x2, y2):
    """Say whether the point (x2/2, y2/2 + a hair) lies right of an upward edge's crossing of its height."""
    turn = (bx - ax) * (y2 - 2 * ay) - (by - ay) * (x2 - 2 * ax)
    if turn != 0:
        return turn < 0
    return bx < ax  # on it: a hair higher, the edge has moved away to the left


@compiled
def _first_column_right(ax, ay, bx, by, y2, shift, cols):
    """Return the first column whose corner lies right of the edge's crossing of height y2/2, ``cols`` when none does."""
    guess = (ax + (bx - ax) * ((y2 * 0.5 - ay) / (by - ay)) + 0.5) / (1 << shift)
    col = min(max(int(np.floor(guess)), 0), cols)
    while col > 0 and is_right_of(ax, ay, bx, by, 2 * ((col - 1) << shift) - 1, y2):
        col -= 1
    while col < cols and not is_right_of(ax, ay, bx, by, 2 * (col << shift) - 1, y2):
        col += 1
    return col


@compiled
def _fill(ax, ay, bx, by, first_edge, shift, cols, rows, owners, crowded):
    for polygon in range(first_edge.shape[0] - 1):
        lo, hi = first_edge[polygon], first_edge[polygon + 1]
        if lo == hi:
            continue
        bottom, top = max(0, ay[lo:hi].min() >> shift), min(rows - 1, by[lo:hi].max() >> shift)
        # an edge crosses the corner height of row r (r * size - 1/2) where ay < r * size <= by
        starts = np.zeros(max(0, top - bottom + 1) + 1, np.int64)
        for e in range(lo, hi):
            for row in range(max(bottom, (ay[e] >> shift) + 1), min(top, by[e] >> shift) + 1):
                starts[row - bottom + 1] += 1
        starts = np.cumsum(starts)
        crossings, free = np.empty(starts[-1], np.int64), starts[:-1].copy()
        for e in range(lo, hi):
            for row in range(max(bottom, (ay[e] >> shift) + 1), min(top, by[e] >> shift) + 1):
                crossings[free[row - bottom]] = _first_column_right(ax[e], ay[e], bx[e], by[e], 2 * (row << shift) - 1, shift, cols)
                free[row - bottom] += 1
        for i in range(starts.shape[0] - 1):
            line = np.sort(crossings[starts[i] : starts[i + 1]])
            for k in range(0, line.shape[0] - 1, 2):
                for col in range(line[k], line[k + 1]):
                    _own(owners, crowded, (bottom + i) * cols + col, polygon)


@compiled
def _own(owners, crowded, block, polygon):
    if owners[0, block] < 0:
        owners[0, block] = polygon
    elif owners[1, block] < 0:
        owners[1, block] = polygon
    else:
        crowded[block] = True
