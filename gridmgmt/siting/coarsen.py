"""Fewer demand points where few people are: cells of a thinly settled unit grid are joined, those of the dense city stay fine."""

from __future__ import annotations

import numpy as np

from gridmgmt.siting.ground import Floats, Integers

LEVELS = 4  # a cell is 1, 2, 4, 8 or 16 times as wide
WIDER = 1.25


def coarsen(area: Integers, xy: Floats, weight: Integers, *, cell_m: float, most: int) -> tuple[Integers, Integers]:
    """Return for each point the number of its cell, and for each cell how many times as wide as ``cell_m`` it is.

    Points of different areas are never joined. An area's cells double in width while a cell holds less than a threshold; the threshold is the
    least (in steps of a quarter) at which ``most`` cells are enough, or as many as the widest cells need.
    """
    if not len(area):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    cells = np.stack([_cells(area, xy, cell_m * 2**level) for level in range(LEVELS + 1)])
    areas, which = np.unique(area, return_inverse=True)
    counts = np.stack([_cells_of_areas(row, which, len(areas)) for row in cells])
    people = np.bincount(which, weights=weight, minlength=len(areas))
    level = np.zeros(len(areas), np.int64)
    threshold = 1.0
    while counts[level, np.arange(len(areas))].sum() > most and (level < LEVELS).any():
        threshold *= WIDER
        level = np.minimum(LEVELS, (people[None, :] < threshold * counts).cumprod(axis=0).sum(axis=0))
    mine = level[which]
    key = cells[mine, np.arange(len(area))] + mine * (cells.max() + 1)
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    return number.ravel(), 2 ** mine[first]


def _cells(area: Integers, xy: Floats, width: float) -> Integers:
    """Return a number for the cell of each point, different in different areas."""
    cell = np.floor((xy - xy.min(axis=0)) / width).astype(np.int64)
    return np.asarray(np.unique((area << 40) | (cell[:, 0] << 20) | cell[:, 1], return_inverse=True)[1].ravel(), np.int64)


def _cells_of_areas(cells: Integers, which: Integers, areas: int) -> Integers:
    """Return how many cells each area has."""
    _, first = np.unique(cells, return_index=True)
    return np.bincount(which[first], minlength=areas)
