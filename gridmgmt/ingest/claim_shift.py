"""The constant displacement under which linework lies best on linework."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.ingest.claim_evidence import CAPS_M, Evidence, Floats

REACH_M, CELL_M = 800.0, 20.0
STARTS, SEARCHED, FINEST_M = 2, 500, 1.0
APART_M = 3 * CELL_M
MOST_CELLS = 150_000_000  # a byte each; a larger city gets larger cells


def best_shift(evidence: Evidence) -> tuple[float, float]:
    """Return metres east and north to add to the layer so that it lies best on the reference, within 800 m each way.

    The reference is drawn into cells and every displacement by whole cells is tried; from the best few, which lie apart, a search in
    halving steps down to 1 m goes by true distances.
    """
    sign = 1.0 if evidence.of_layer else -1.0
    found = [_descend(evidence, start, sign) for start in _starts(evidence, sign)]
    misfit, east, north = min(found)
    return (east, north) if misfit < _misfit(evidence, (0.0, 0.0), sign) else (0.0, 0.0)


def _starts(evidence: Evidence, sign: float) -> list[tuple[float, float]]:
    """Return the displacements by whole cells that bring most samples onto drawn cells, best first, none close to a better one."""
    drawn, corner, cell = _draw(evidence)
    reach = int(REACH_M // cell)
    column, row = ((evidence.samples - corner) / cell).astype(np.int64).T
    ticks, width = range(-reach, reach + 1), drawn.shape[1]
    # A displacement of all samples is one number added to where each stands among the cells: only the cells' beginning moves.
    cells, stands = drawn.ravel(), (row - reach) * width + column - reach
    shares = {(i, j): np.count_nonzero(cells[(j + reach) * width + i + reach :].take(stands)) for i, j in itertools.product(ticks, ticks)}
    starts: list[tuple[float, float]] = []
    for i, j in sorted(shares, key=shares.__getitem__, reverse=True):
        if all(np.hypot(i * cell - sign * east, j * cell - sign * north) > APART_M for east, north in starts):
            starts.append((sign * i * cell, sign * j * cell))
        if len(starts) == STARTS:
            break
    return starts


def _draw(evidence: Evidence) -> tuple[npt.NDArray[np.bool_], Floats, float]:
    """Draw the lines around the samples into cells, each cell with its neighbours; return them, their corner and their size."""
    west, south = evidence.samples.min(axis=0) - REACH_M - 2 * CELL_M
    east, north = evidence.samples.max(axis=0) + REACH_M + 2 * CELL_M
    cell = max(CELL_M, float(np.sqrt((east - west) * (north - south) / MOST_CELLS)))
    size = int((north - south) / cell) + 3, int((east - west) / cell) + 3
    lines = evidence.lines.geometries[evidence.lines.query(shapely.box(west, south, east, north))]
    points = shapely.get_coordinates(shapely.segmentize(lines, cell / 2))
    points = points[((points > (west + cell, south + cell)) & (points < (east, north))).all(axis=1)]
    column, row = ((points - (west, south)) / cell).astype(np.int64).T
    drawn = np.zeros(size, dtype=bool)
    for i, j in itertools.product((-1, 0, 1), repeat=2):
        drawn[row + j, column + i] = True
    return drawn, np.array([west, south]), cell


def _descend(evidence: Evidence, start: tuple[float, float], sign: float) -> tuple[float, float, float]:
    """Walk downhill from a displacement in halving steps; return the misfit and where it ended."""
    misfit = functools.cache(lambda shift: _misfit(evidence, shift, sign))  # neighbours of a neighbour are often our own
    best = (misfit(start), *start)
    step = CELL_M / 2
    while step >= FINEST_M:
        around = [(best[1] + i * step, best[2] + j * step) for i, j in itertools.product((-1, 0, 1), repeat=2) if (i, j) != (0, 0)]
        nearest = min((misfit(shift), *shift) for shift in around)
        if nearest < best:
            best = nearest
        else:
            step /= 2
    return best


def _misfit(evidence: Evidence, shift: tuple[float, float], sign: float) -> float:
    samples = evidence.samples[:: max(1, len(evidence.samples) // SEARCHED)]
    distances = evidence.distances(samples + sign * np.array(shift), limit=CAPS_M[0])
    return float(distances.mean())
