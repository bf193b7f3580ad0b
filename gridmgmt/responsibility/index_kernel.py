"""The compiled loop that answers points from the words of an index, exactly: integers only decide."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_frame import UNITS_PER_M
from gridmgmt.responsibility.index_grids import NONE, SLOW
from gridmgmt.responsibility.index_nearest import is_near_segment, segment_at
from gridmgmt.responsibility.index_walk import grid_at, is_near_edge

DOUBT = -2  # instead of a grid or segment: to be decided from the shapes themselves
BATCH = 256  # points whose words are fetched ahead of use
LINE_WORDS = 16  # a line of cache
LOOSE = 3  # units: what rounding may move a point and an edge against each other


class Raster(NamedTuple):
    """What the loop reads: the frame (``x0``, ``y0`` in units) and the words of an index."""

    x0: float
    y0: float
    shift: int
    cols: int
    rows: int
    heads: Any  # two words a block: unit grids, roads
    grids: Any
    roads: Any
    pieces: Any
    limits_m: Any
    loose: int  # 0 where units hold all shapes exactly


class Batch(NamedTuple):
    """Working space for ``BATCH`` points: their block and place in units; who waits for a record of grids or roads, and where it is."""

    block: Any
    px: Any
    py: Any
    loose: Any
    in_grids: Any
    grids_at: Any
    near_roads: Any
    roads_at: Any


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


@compiled
def assign(x, y, own_limits_m, raster, answer):
    """Answer every point (metres) into the arrays of ``answer``; return how many are left in DOUBT.

    ``own_limits_m`` is empty or one a point. Each step asks for the words that the next one reads, for a batch of points at a time.
    """
    doubts, space = 0, np.empty((8, BATCH), np.int64)
    batch = Batch(space[0], space[1], space[2], space[3], space[4], space[5], space[6], space[7])
    for start in range(0, x.shape[0], BATCH):
        stop = min(start + BATCH, x.shape[0])
        _find_blocks(x, y, start, stop, raster, batch)
        in_grids, near_roads, crowded = _read_heads(start, stop, raster, batch, answer)
        _fetch_pieces(near_roads, raster, batch)
        doubts += crowded + _answer_grids(start, in_grids, raster, batch, answer)
        doubts += _answer_roads(start, near_roads, own_limits_m, raster, batch, answer)
    return doubts


@compiled
def _find_blocks(x, y, start, stop, raster, batch):
    """Find the block and the units of each point; outside (nan too) it is the empty block after the last."""
    wide, high = raster.cols << raster.shift, raster.rows << raster.shift
    for j in range(stop - start):
        units_x, units_y = x[start + j] * UNITS_PER_M, y[start + j] * UNITS_PER_M
        px, py = np.rint(units_x) - raster.x0, np.rint(units_y) - raster.y0
        block, batch.px[j], batch.py[j], batch.loose[j] = raster.cols * raster.rows, 0, 0, raster.loose
        if 0 <= px < wide and 0 <= py < high:
            batch.px[j], batch.py[j] = np.int64(px), np.int64(py)
            block = (batch.py[j] >> raster.shift) * raster.cols + (batch.px[j] >> raster.shift)
            if px != units_x - raster.x0 or py != units_y - raster.y0:
                batch.loose[j] = LOOSE
        batch.block[j] = block
        fetch(raster.heads, 2 * block)


@compiled
def _read_heads(start, stop, raster, batch, answer):
    """Answer what heads say alone; return how many points wait for a record of grids, of roads, and how many are in DOUBT."""
    in_grids = near_roads = crowded = 0
    for j in range(stop - start):
        grid, road = np.int64(raster.heads[2 * batch.block[j]]), np.int64(raster.heads[2 * batch.block[j] + 1])
        answer.grid[start + j], answer.shared[start + j] = grid, False
        answer.segment[start + j], answer.distance_m[start + j] = NONE, np.nan
        if grid == SLOW:
            answer.grid[start + j] = DOUBT
            crowded += 1
        elif grid < NONE:
            batch.in_grids[in_grids], batch.grids_at[in_grids] = j, NONE - 2 - grid
            fetch(raster.grids, NONE - 2 - grid)
            fetch(raster.grids, NONE - 2 - grid + LINE_WORDS)
            in_grids += 1
        if road >= 0:
            batch.near_roads[near_roads], batch.roads_at[near_roads] = j, road
            fetch(raster.roads, road)
            near_roads += 1
    return in_grids, near_roads, crowded


@compiled
def _fetch_pieces(near_roads, raster, batch):
    words, wide = raster.pieces.reshape(-1), raster.pieces.shape[1]
    for k in range(near_roads):
        at = batch.roads_at[k]
        for i in range(at + 1, at + 1 + raster.roads[at]):
            fetch(words, np.int64(raster.roads[i]) * wide)


@compiled
def _answer_grids(start, in_grids, raster, batch, answer):
    """Answer the points whose block has edges; return how many are in DOUBT."""
    doubts, low = 0, (1 << raster.shift) - 1
    for k in range(in_grids):
        j, at = batch.in_grids[k], batch.grids_at[k]
        px, py = batch.px[j] & low, batch.py[j] & low
        if batch.loose[j] and is_near_edge(raster.grids, at, px, py, batch.loose[j]):
            answer.grid[start + j] = DOUBT
            doubts += 1
        else:
            answer.grid[start + j], answer.shared[start + j] = grid_at(raster.grids, at, px, py)
    return doubts


@compiled
def _answer_roads(start, near_roads, own_limits_m, raster, batch, answer):
    """Answer the points whose block has road pieces; return how many are in DOUBT."""
    doubts = 0
    for k in range(near_roads):
        j, at = batch.near_roads[k], batch.roads_at[k]
        own_limit_m = own_limits_m[start + j] if own_limits_m.shape[0] else np.nan
        near = (raster.roads, at, raster.pieces, raster.limits_m, own_limit_m, batch.px[j], batch.py[j])
        if batch.loose[j]:
            if is_near_segment(*near, batch.loose[j]):
                answer.segment[start + j] = DOUBT
                doubts += 1
        else:
            answer.segment[start + j], answer.distance_m[start + j] = segment_at(*near)
    return doubts
