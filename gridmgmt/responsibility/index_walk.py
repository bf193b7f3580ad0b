"""The unit grids that hold a point of a block, from the edges that run through the block.

Walk from the block's corner, whose grids are known, up its left side to the point's height (plus a hair), then right to the point: each edge
crossed on the way flips its grids; an edge the point lies on adds them. Products of coordinates stay below 2**63: every sign is exact.
As in ``index_nearest``, no comparison steers the processor.
"""

from __future__ import annotations

import numpy as np

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_grids import EDGE_WORDS, NONE


@compiled
def _edge(records, at):
    return np.int64(records[at]), np.int64(records[at + 1]), np.int64(records[at + 2]), np.int64(records[at + 3]), np.int64(records[at + 4])


@compiled
def grid_at(records, at, px, py):
    """Return (lowest grid that covers a point, whether others do too), (NONE, False) where none does; units from the block's first point."""
    edges, count = records[at] & 0xFFFFFF, records[at] >> 24
    inside, on_edge = np.int64(records[at + 1]), np.int64(0)
    grids = at + 2
    first = grids + count
    for k in range(edges):
        ax, ay, bx, by, bits = _edge(records, first + k * EDGE_WORDS)
        dx, dy = bx - ax, by - ay
        turn = dx * (py - ay) - dy * (px - ax)
        from_side = 2 * dx * (py - ay) + dy * (1 + 2 * ax)  # the same turn, doubled, of (-1/2, py)
        from_corner = dy * (1 + 2 * ax) - dx * (1 + 2 * ay)  # and of the corner
        lies_on = (turn == 0) & (ay <= py) & (py <= by) & (min(ax, bx) <= px) & (px <= max(ax, bx))
        to_the_right = (ay <= py) & (py < by) & (turn < 0) & ((from_side > 0) | ((from_side == 0) & (dx > 0)))
        up_rising, up_falling = (from_side >= 0) & (from_corner < 0), (from_side <= 0) & (from_corner > 0)
        up_the_side = ((ax < 0) != (bx < 0)) & (((dx > 0) & up_rising) | ((dx <= 0) & up_falling))
        on_edge |= bits if lies_on else 0
        inside ^= bits if to_the_right != up_the_side else 0
    inside |= on_edge
    if inside == 0:
        return np.int32(NONE), False
    lowest = 0
    while (inside >> lowest) & 1 == 0:
        lowest += 1
    return records[grids + lowest], (inside & (inside - 1)) != 0


@compiled
def is_near_edge(records, at, px, py, loose):
    """Say whether a point may lie on an edge once both move by ``loose`` units."""
    edges, count = records[at] & 0xFFFFFF, records[at] >> 24
    first = at + 2 + count
    for k in range(edges):
        ax, ay, bx, by, _ = _edge(records, first + k * EDGE_WORDS)
        dx, dy = bx - ax, by - ay
        turn = dx * (py - ay) - dy * (px - ax)
        near = min(ax, bx) - loose <= px <= max(ax, bx) + loose and ay - loose <= py <= by + loose
        if near and abs(turn) <= loose * (abs(dx) + dy + 2 * loose):
            return True
    return False
