"""The road pieces of each block: every one that may be the nearest within its limit at some point of the block.

A piece is one straight part of a road segment, ``(ax, ay, bx, by, segment)`` in units from the frame's origin. A record is
``[pieces, piece numbers…]``; a piece that another one beats everywhere in the block by more than the rounding of distances is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_frame import UNITS_PER_M, Floats, Frame, Words, on_the_grid, to_units
from gridmgmt.responsibility.index_nearest import squared_distance

NONE = -1
SLACK_UNITS = 4.0  # more than 1 mm of rounding and what shapes off the grid may move


def road_pieces(lines: npt.NDArray[Any], frame: Frame) -> tuple[Words, bool]:
    """Return the pieces of all segments, shape (n, 5), and whether units hold them exactly."""
    parts, of_part = shapely.get_parts(lines, return_index=True)
    xy, of_point = shapely.get_coordinates(parts, return_index=True)
    x, y = to_units(xy[:, 0], frame.x0), to_units(xy[:, 1], frame.y0)
    same = of_point[1:] == of_point[:-1]
    segment = of_part[of_point[:-1][same]]
    pieces = np.stack([x[:-1][same], y[:-1][same], x[1:][same], y[1:][same], segment], axis=1)
    return pieces.astype(np.int32), on_the_grid(xy)


def road_words(pieces: Words, limits_m: Floats, widest_m: float, frame: Frame) -> tuple[Words, Words]:
    """Return the head of every block (NONE or the place of a record) and the records; pieces count up to ``widest_m`` or their own limit."""
    limits = limits_m * UNITS_PER_M
    reach = np.maximum(limits, widest_m * UNITS_PER_M)
    surest = np.full(frame.blocks, np.inf)
    raster = (frame.shift, frame.cols, frame.rows)
    _surest(pieces, limits, *raster, surest)
    counts = np.zeros(frame.blocks + 1, np.int64)
    _near(pieces, reach, *raster, surest, counts[1:], np.empty(0, np.int32))
    sizes = counts + (counts > 0)
    places = np.cumsum(sizes)
    records = np.empty(places[-1], np.int32)
    heads = np.where(counts[1:] > 0, places[:-1], NONE).astype(np.int32)
    records[places[:-1][counts[1:] > 0]] = counts[1:][counts[1:] > 0]
    _near(pieces, reach, *raster, surest, places[:-1] + 1, records)
    return heads, records


@compiled
def _farthest(ax, ay, bx, by, west, south, size):
    """Return the greatest squared distance of a block's points from a piece: that of a corner, for distance is convex."""
    east, north = west + size, south + size
    lower = max(squared_distance(west, south, ax, ay, bx, by), squared_distance(east, south, ax, ay, bx, by))
    upper = max(squared_distance(west, north, ax, ay, bx, by), squared_distance(east, north, ax, ay, bx, by))
    return max(lower, upper)


@compiled
def _nearest(ax, ay, bx, by, west, south, size):
    """Return the least squared distance of a block's points from a piece."""
    east, north = west + size, south + size
    dx, dy = bx - ax, by - ay
    if max(ax, bx) >= west and min(ax, bx) <= east and max(ay, by) >= south and min(ay, by) <= north:
        turns = (dx * (south - ay) - dy * (west - ax), dx * (south - ay) - dy * (east - ax),
                 dx * (north - ay) - dy * (west - ax), dx * (north - ay) - dy * (east - ax))  # fmt: skip
        if min(turns) <= 0 <= max(turns):
            return 0.0
    best = np.inf
    for x, y in ((ax, ay), (bx, by)):
        aside, above = max(west - x, x - east, 0.0), max(south - y, y - north, 0.0)
        best = min(best, aside * aside + above * above)
    for x, y in ((west, south), (east, south), (west, north), (east, north)):
        best = min(best, squared_distance(x, y, ax, ay, bx, by))
    return best


@compiled
def _reach(piece, limit, shift, cols, rows):
    """Return the blocks (columns from, to; rows from, to) within the limit's box around a piece."""
    wide = int(np.ceil(limit + SLACK_UNITS))
    left, right = (min(piece[0], piece[2]) - wide) >> shift, (max(piece[0], piece[2]) + wide) >> shift
    low, high = (min(piece[1], piece[3]) - wide) >> shift, (max(piece[1], piece[3]) + wide) >> shift
    return max(left, 0), min(right, cols - 1) + 1, max(low, 0), min(high, rows - 1) + 1


@compiled
def _surest(pieces, limits, shift, cols, rows, surest):
    """Note for each block the least distance (squared) within which some piece lies of all its points, inside its own limit."""
    size = float(1 << shift)
    for piece in pieces:
        limit = limits[piece[4]]
        ax, ay, bx, by = float(piece[0]), float(piece[1]), float(piece[2]), float(piece[3])
        left, right, low, high = _reach(piece, limit, shift, cols, rows)
        for row in range(low, high):
            for col in range(left, right):
                far = _farthest(ax, ay, bx, by, float(col << shift), float(row << shift), size)
                if far <= limit * limit:
                    surest[row * cols + col] = min(surest[row * cols + col], far)


@compiled
def _near(pieces, limits, shift, cols, rows, surest, places, records):
    """Count (``records`` empty) or fill in the pieces of each block."""
    size = float(1 << shift)
    for number in range(pieces.shape[0]):
        piece = pieces[number]
        reach = limits[piece[4]] + SLACK_UNITS
        ax, ay, bx, by = float(piece[0]), float(piece[1]), float(piece[2]), float(piece[3])
        left, right, low, high = _reach(piece, limits[piece[4]], shift, cols, rows)
        for row in range(low, high):
            for col in range(left, right):
                near = _nearest(ax, ay, bx, by, float(col << shift), float(row << shift), size)
                block = row * cols + col
                if near <= reach * reach and near <= (np.sqrt(surest[block]) + SLACK_UNITS) ** 2:
                    if records.shape[0]:
                        records[places[block]] = number
                    places[block] += 1
