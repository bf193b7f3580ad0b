"""How far a point lies from the border of its unit grid: a search over rings of blocks, nearest ring first."""

from __future__ import annotations

import numpy as np

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_frame import UNITS_PER_M
from gridmgmt.responsibility.index_grids import EDGE_WORDS, NONE, SLOW
from gridmgmt.responsibility.index_nearest import squared_distance


@compiled
def border_distances(x, y, grid, x0, y0, shift, cols, rows, heads, grids, distance_m):
    """Fill in metres from each point to the border of grid ``grid[i]``, nan where that is negative; points in metres.

    A point whose search meets a crowded block gets -1: the shapes must say.
    """
    for i in range(x.shape[0]):
        distance_m[i] = np.nan
        if grid[i] >= 0:
            px, py = x[i] * UNITS_PER_M - x0, y[i] * UNITS_PER_M - y0
            squared = _search(px, py, grid[i], shift, cols, rows, heads, grids)
            distance_m[i] = np.sqrt(squared) / UNITS_PER_M if squared >= 0 else -1.0


@compiled
def _search(px, py, grid, shift, cols, rows, heads, grids):
    size = 1 << shift
    col, row = np.int64(px) >> shift, np.int64(py) >> shift
    spare = min(px - (col << shift), ((col + 1) << shift) - px, py - (row << shift), ((row + 1) << shift) - py)
    best, ring = np.inf, 0
    while best > max(0.0, spare + (ring - 1) * size) ** 2 and ring <= max(cols, rows):
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            step = 1 if abs(r - row) == ring or ring == 0 else 2 * ring  # the middle rows of a ring have two blocks
            for c in range(col - ring, col + ring + 1, step):
                if 0 <= c < cols:
                    head = heads[2 * (r * cols + c)]
                    if head == SLOW:
                        return -1.0
                    if head < NONE:
                        best = min(best, _in_block(px - (c << shift), py - (r << shift), grid, grids, np.int64(NONE - 2 - head)))
        ring += 1
    return best


@compiled
def _in_block(px, py, grid, grids, at):
    """Return the least squared distance to the edges of a grid that run through a block."""
    edges, count = grids[at] & 0xFFFFFF, grids[at] >> 24
    local = np.searchsorted(grids[at + 2 : at + 2 + count], grid)
    if local == count or grids[at + 2 + local] != grid:
        return np.inf
    best = np.inf
    first = at + 2 + count
    for at_edge in range(first, first + edges * EDGE_WORDS, EDGE_WORDS):
        if (grids[at_edge + 4] >> local) & 1:
            ax, ay, bx, by = grids[at_edge], grids[at_edge + 1], grids[at_edge + 2], grids[at_edge + 3]
            best = min(best, squared_distance(px, py, float(ax), float(ay), float(bx), float(by)))
    return best
