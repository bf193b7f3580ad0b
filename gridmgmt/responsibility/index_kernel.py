"""The compiled loop that answers points from the words of an index, exactly: integers only decide."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from gridmgmt.responsibility.index_frame import UNITS_PER_M
from gridmgmt.responsibility.index_grids import EDGE_WORDS, SLOW
from gridmgmt.responsibility.index_roads import squared_distance

NONE, DOUBT = -1, -2  # no grid or segment; to be decided from the shapes themselves
BATCH = 256  # points whose words are fetched ahead of use
LINE_WORDS = 16  # a line of cache
MILLIMETRES = 1000.0
LOOSE = 3  # units: what rounding may move a point and an edge against each other


@intrinsic
def fetch(_context, words, at):
    """Ask the processor for the line of cache that holds ``words[at]``; it goes on meanwhile."""

    def generate(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        pointer = builder.bitcast(builder.gep(array.data, [args[1]]), ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, flag, flag, flag])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [pointer, flag(0), flag(3), flag(1)])  # to read, to be kept, data
        return context.get_dummy_value()

    return types.void(words, at), generate


@njit(cache=True, nogil=True)
def grid_at(records, at, px, py, loose):
    """Return (lowest grid that covers a point of the block, whether others do too); DOUBT when ``loose`` units decide.

    Walk from the block's corner up its left side to the point's height (plus a hair), then right to the point: each edge crossed on the way
    flips its grids; an edge the point lies on adds them.
    """
    edges, count = records[at] & 0xFFFFFF, records[at] >> 24
    inside, on_edge = np.int64(records[at + 1]), np.int64(0)
    grids = at + 2
    at = grids + count
    for _ in range(edges):
        ax, ay, bx, by = np.int64(records[at]), np.int64(records[at + 1]), np.int64(records[at + 2]), np.int64(records[at + 3])
        bits = np.int64(records[at + 4])
        at += EDGE_WORDS
        dx, dy = bx - ax, by - ay
        turn = dx * (py - ay) - dy * (px - ax)
        if loose and _is_close(turn, ax, ay, bx, by, px, py, loose):
            return np.int32(DOUBT), False
        from_side = 2 * dx * (py - ay) + dy * (1 + 2 * ax)  # the same turn, doubled, of (-1/2, py)
        crossed = False
        if ay <= py <= by:
            if turn == 0 and min(ax, bx) <= px <= max(ax, bx):
                on_edge |= bits
            crossed = py < by and turn < 0 and (from_side > 0 or (from_side == 0 and dx > 0))
        if (ax < 0) != (bx < 0):  # it crosses the left side's line: between the corner and the point's height?
            from_corner = dy * (1 + 2 * ax) - dx * (1 + 2 * ay)
            if dx > 0:
                crossed ^= from_side >= 0 and from_corner < 0
            else:
                crossed ^= from_side <= 0 and from_corner > 0
        if crossed:
            inside ^= bits
    inside |= on_edge
    if inside == 0:
        return np.int32(NONE), False
    first = 0
    while (inside >> first) & 1 == 0:
        first += 1
    return records[grids + first], (inside & (inside - 1)) != 0


@njit(cache=True, nogil=True)
def _is_close(turn, ax, ay, bx, by, px, py, loose):
    """Say whether a point may lie on an edge once both move by some units."""
    near = min(ax, bx) - loose <= px <= max(ax, bx) + loose and ay - loose <= py <= by + loose
    return near and abs(turn) <= loose * (abs(bx - ax) + by - ay + 2 * loose)


@njit(cache=True, nogil=True)
def segment_at(records, at, pieces, limits_m, own_limit_m, px, py, loose):
    """Return (segment within its limit by whole millimetres, then position; distance in metres), (NONE, nan) or (DOUBT, nan).

    ``px``, ``py`` are units from the frame's origin, as the pieces are; ``own_limit_m`` takes the place of every segment's limit unless nan.
    """
    best, best_mm, best_m, bound = np.int32(NONE), np.inf, np.nan, np.inf
    for i in range(at + 1, at + 1 + records[at]):
        piece = pieces[records[i]]
        ax, ay, bx, by = np.int64(piece[0]), np.int64(piece[1]), np.int64(piece[2]), np.int64(piece[3])
        squared = squared_distance(px, py, ax, ay, bx, by)
        if squared > bound:
            continue
        segment, distance_m = piece[4], np.sqrt(squared) / UNITS_PER_M
        limit_m = limits_m[segment] if np.isnan(own_limit_m) else own_limit_m
        if loose and distance_m <= limit_m + loose / UNITS_PER_M:
            return np.int32(DOUBT), np.nan
        if distance_m > limit_m:
            continue
        mm = np.rint(distance_m * MILLIMETRES)
        if (mm, segment) < (best_mm, best) or (segment == best and distance_m < best_m):
            best, best_mm, best_m = segment, mm, distance_m
            bound = (np.sqrt(squared) + 2.0) ** 2  # 2 units are more than a millimetre
    return best, best_m


@njit(cache=True, nogil=True)
def assign(x, y, x0, y0, shift, cols, rows, heads, grids, roads, pieces, limits_m, own_limits_m, loose, grid, shared, segment, distance_m):
    """Answer every point (metres); return how many are left in DOUBT.

    ``own_limits_m`` is empty or one a point; ``loose`` is 0 where units hold all shapes exactly.
    """
    doubts, low = 0, (1 << shift) - 1
    block, px, py, off = np.empty(BATCH, np.int64), np.empty(BATCH, np.int64), np.empty(BATCH, np.int64), np.empty(BATCH, np.bool_)
    for start in range(0, x.shape[0], BATCH):
        size = min(BATCH, x.shape[0] - start)
        for j in range(size):
            block[j], px[j], py[j], off[j] = _place(x[start + j] * UNITS_PER_M, y[start + j] * UNITS_PER_M, x0, y0, shift, cols, rows)
            fetch(heads, 2 * block[j])
        for j in range(size):
            if heads[2 * block[j]] < NONE and heads[2 * block[j]] != SLOW:
                at = np.int64(NONE - 2 - heads[2 * block[j]])
                fetch(grids, at)
                fetch(grids, at + LINE_WORDS)
            if heads[2 * block[j] + 1] >= 0:
                fetch(roads, np.int64(heads[2 * block[j] + 1]))
        for j in range(size):
            loosely = LOOSE if off[j] else loose
            found, many = _grid(heads[2 * block[j]], grids, px[j] & low, py[j] & low, loosely)
            grid[start + j], shared[start + j] = found, many
            road, metres = np.int32(NONE), np.nan
            if heads[2 * block[j] + 1] >= 0:
                own_m = own_limits_m[start + j] if own_limits_m.shape[0] else np.nan
                road, metres = segment_at(roads, np.int64(heads[2 * block[j] + 1]), pieces, limits_m, own_m, px[j], py[j], loosely)
            segment[start + j], distance_m[start + j] = road, metres
            doubts += (found == DOUBT) | (road == DOUBT)
    return doubts


@njit(cache=True, nogil=True)
def _grid(head, grids, px, py, loose):
    """Return (grid, whether shared) of a point in a block with this head."""
    if head >= NONE:
        return head, False
    if head == SLOW:
        return np.int32(DOUBT), False
    return grid_at(grids, np.int64(NONE - 2 - head), px, py, loose)


@njit(cache=True, nogil=True)
def _place(x, y, x0, y0, shift, cols, rows):
    """Return (block, column and row in units, whether the point is off the grid of units); outside, the empty block after the last."""
    px, py = np.rint(x) - x0, np.rint(y) - y0
    if not (0 <= px < cols << shift and 0 <= py < rows << shift):  # nan is outside too
        return cols * rows, 0, 0, False
    col, row = np.int64(px), np.int64(py)
    return (row >> shift) * cols + (col >> shift), col, row, px != x - x0 or py != y - y0
