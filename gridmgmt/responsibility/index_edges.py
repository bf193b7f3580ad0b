"""The edges of unit grids as integers, a shared border once."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.responsibility.index_compile import compiled
from gridmgmt.responsibility.index_frame import Frame, Ints, Words, on_the_grid, to_units

# Odd 64-bit constants (splitmix64 and its kin): equal edges get equal keys, others hardly ever.
MIX = tuple(np.int64(value - (1 << 64)) for value in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x94D049BB133111EB, 0xBF58476D1CE4E5B9))


@dataclasses.dataclass(frozen=True)
class Edges:
    """Edges a→b in units from the frame's origin, running upward (level ones to the right); ``other`` is -1 where only one grid has it."""

    ax: Ints
    ay: Ints
    bx: Ints
    by: Ints
    owner: Words
    other: Words

    def take(self, which: npt.NDArray[Any]) -> Edges:
        """Return some of them."""
        return Edges(*(values[which] for values in dataclasses.astuple(self)))


def ring_edges(polygons: npt.NDArray[Any], frame: Frame) -> tuple[Edges, bool]:
    """Return all edges of all rings, by polygon, and whether units hold them exactly; holes and parts are rings like any other."""
    parts, of_part = shapely.get_parts(polygons, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    xy, of_point = shapely.get_coordinates(rings, return_index=True)
    x, y = to_units(xy[:, 0], frame.x0), to_units(xy[:, 1], frame.y0)
    same = of_point[1:] == of_point[:-1]
    same &= (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    ax, ay, bx, by = x[:-1][same], y[:-1][same], x[1:][same], y[1:][same]
    owner = of_part[of_ring].astype(np.int32)[of_point[:-1][same]]
    down = (ay > by) | ((ay == by) & (ax > bx))
    ax, bx, ay, by = np.where(down, bx, ax), np.where(down, ax, bx), np.where(down, by, ay), np.where(down, ay, by)
    return Edges(ax, ay, bx, by, owner, np.full(len(owner), -1, np.int32)), on_the_grid(xy)


def merge_shared(edges: Edges) -> Edges:
    """Return the edges with those that two grids share held once; the order along the rings is kept."""
    key = edges.ax * MIX[0] ^ edges.ay * MIX[1] ^ edges.bx * MIX[2] ^ edges.by * MIX[3]
    other = np.full(len(key), -1, np.int32)
    drop = np.zeros(len(key), np.bool_)
    _pair(np.argsort(key, kind="stable"), edges.ax, edges.ay, edges.bx, edges.by, edges.owner, other, drop)
    return dataclasses.replace(edges, other=other).take(np.flatnonzero(~drop))


@compiled
def _pair(order, ax, ay, bx, by, owner, other, drop):
    i = 0
    while i + 1 < order.shape[0]:
        e, f = order[i], order[i + 1]
        if ax[e] == ax[f] and ay[e] == ay[f] and bx[e] == bx[f] and by[e] == by[f] and owner[e] != owner[f]:
            other[e] = owner[f]
            drop[f] = True
            i += 1
        i += 1
