"""The unit grids of each block as words: one owner, or a record of the edges that run through.

A record is ``[edges | locals << 24, mask, local grids…, (ax, ay, bx, by, bits)…]``: the grids that come near (ascending), which of them hold
the block's corner, and each edge relative to the block's first point with the bits of the one or two grids it bounds.
"""

from __future__ import annotations

import numpy as np

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_corners import corner_owners
from gridmgmt.responsibility.index_edges import Edges, merge_shared
from gridmgmt.responsibility.index_frame import Frame, Ints, Words

NONE = -1  # a head: nothing here; a head >= 0 is the one owner, NONE - 2 - head the place of a record
SLOW = -(1 << 31)  # a head: too crowded for a record; the answer comes from the shapes
MOST_LOCALS = 31
EDGE_WORDS = 5


def grid_words(edges: Edges, polygons: int, frame: Frame) -> tuple[Words, Words]:
    """Return the head of every block and the records; ``edges`` as ``ring_edges`` gives them, by polygon."""
    owners, crowded = corner_owners(edges, polygons, frame)
    edges = merge_shared(edges)
    starts, through = edges_by_block(edges, frame)
    sizes = np.empty(frame.blocks, np.int64)
    _size(starts, through, owners, edges.owner, edges.other, sizes)
    sizes[crowded] = -1
    slow = sizes < 0
    sizes[slow] = 0
    places = np.concatenate([[0], np.cumsum(sizes)])
    heads, records = owners[0].copy(), np.empty(places[-1], np.int32)
    _write(heads, places, starts, through, owners, *edges_as_tuple(edges), frame.shift, frame.cols, records)
    heads[slow] = SLOW
    return heads, records


def edges_as_tuple(edges: Edges) -> tuple[Ints, Ints, Ints, Ints, Words, Words]:
    """Return the columns, for a compiled function."""
    return edges.ax, edges.ay, edges.bx, edges.by, edges.owner, edges.other


def edges_by_block(edges: Edges, frame: Frame) -> tuple[Ints, Words]:
    """Return, block by block, the edges that run through it or within a few units of it (first places, edge numbers)."""
    counts = np.zeros(frame.blocks + 1, np.int64)
    corners = (edges.ax, edges.ay, edges.bx, edges.by, frame.shift, frame.cols, frame.rows)
    _touch(*corners, counts[1:], np.empty(0, np.int32))
    starts = np.cumsum(counts)
    through = np.empty(starts[-1], np.int32)
    _touch(*corners, starts[:-1].copy(), through)
    return starts, through


@compiled
def _touch(ax, ay, bx, by, shift, cols, rows, places, through):
    """Count (``through`` empty) or fill in the edges of each block, the block widened by what rounding may move."""
    wide, size = 4, 1 << shift
    for e in range(ax.shape[0]):
        left, right = (min(ax[e], bx[e]) - wide) >> shift, (max(ax[e], bx[e]) + wide) >> shift
        low, high = (ay[e] - wide) >> shift, (by[e] + wide) >> shift
        dx, dy = bx[e] - ax[e], by[e] - ay[e]
        for row in range(max(low, 0), min(high, rows - 1) + 1):
            for col in range(max(left, 0), min(right, cols - 1) + 1):
                if left < right and low < high:
                    west, south = (col << shift) - wide - ax[e], (row << shift) - wide - ay[e]
                    east, north = west + size + 2 * wide, south + size + 2 * wide
                    # an upward edge passes by a box whose corners all lie on one side
                    most = dx * (north if dx > 0 else south) - dy * west
                    least = dx * (south if dx > 0 else north) - dy * east
                    if least > 0 or most < 0:
                        continue
                block = row * cols + col
                if through.shape[0]:
                    through[places[block]] = e
                places[block] += 1


@compiled
def _locals(found, block, starts, through, owners, owner, other):
    """Collect the grids of a block, ascending; return how many, MOST_LOCALS + 1 when there are too many."""
    count = 0
    for k in range(2):
        count = _add(found, count, owners[k, block])
    for i in range(starts[block], starts[block + 1]):
        count = _add(found, count, owner[through[i]])
        count = _add(found, count, other[through[i]])
    return count


@compiled
def _add(found, count, grid):
    if grid < 0 or count > MOST_LOCALS:
        return count
    i = count
    while i > 0 and found[i - 1] > grid:
        i -= 1
    if i > 0 and found[i - 1] == grid:
        return count
    found[i + 1 : count + 1] = found[i:count].copy()
    found[i] = grid
    return count + 1


@compiled
def _size(starts, through, owners, owner, other, sizes):
    """Size each record in words: 0 where one owner says all, -1 where there are too many grids."""
    found = np.empty(MOST_LOCALS + 2, np.int32)
    for block in range(sizes.shape[0]):
        edges = starts[block + 1] - starts[block]
        sizes[block] = 0
        if edges or owners[1, block] >= 0:
            count = _locals(found, block, starts, through, owners, owner, other)
            sizes[block] = -1 if count > MOST_LOCALS else 2 + count + EDGE_WORDS * edges


@compiled
def _bit(found, count, grid):
    return 1 << np.searchsorted(found[:count], grid) if grid >= 0 else 0


@compiled
def _write(heads, places, starts, through, owners, ax, ay, bx, by, owner, other, shift, cols, records):
    found = np.empty(MOST_LOCALS + 2, np.int32)
    for block in range(heads.shape[0]):
        at = places[block]
        if places[block + 1] == at:
            continue
        heads[block] = NONE - 2 - at
        count = _locals(found, block, starts, through, owners, owner, other)
        records[at] = (starts[block + 1] - starts[block]) | (count << 24)
        records[at + 1] = _bit(found, count, owners[0, block]) | _bit(found, count, owners[1, block])
        records[at + 2 : at + 2 + count] = found[:count]
        at += 2 + count
        x, y = (block % cols) << shift, (block // cols) << shift
        for i in range(starts[block], starts[block + 1]):
            e = through[i]
            records[at], records[at + 1], records[at + 2], records[at + 3] = ax[e] - x, ay[e] - y, bx[e] - x, by[e] - y
            records[at + 4] = _bit(found, count, owner[e]) | _bit(found, count, other[e])
            at += EDGE_WORDS
