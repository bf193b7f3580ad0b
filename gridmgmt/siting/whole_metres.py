"""Whole units of 1/1024 m: every distance of a plan is an integer, so "not farther than" is exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.errors import InvalidInputError

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FARTHEST_M = 1_000_000.0  # no city is wider; products of coordinates stay below 2**63


def to_units(values: npt.ArrayLike, field: str, *, at_least: float = -FARTHEST_M * 100) -> Integers:
    """Round metres to whole units.

    Raises InvalidInputError with the row (1 = first) of the first value that is no finite number or lies below ``at_least`` metres.
    """
    metres = np.asarray(values, np.float64)
    bad = ~(np.isfinite(metres) & (metres >= at_least) & (metres <= FARTHEST_M * 100))
    if bad.any():
        row = int(np.argwhere(bad.reshape(len(metres), -1).any(axis=1))[0, 0]) + 1 if metres.ndim else None
        raise InvalidInputError(field, "not a usable number of metres", row=row, zh="不是可用的米数")
    return np.rint(metres * GRID_PER_METRE).astype(np.int64)


def points_in_units(points: npt.ArrayLike, field: str) -> Integers:
    """Return points (n × 2, metres) in whole units; raise InvalidInputError for another shape, for NaN and for points beyond any CRS in metres."""
    array = np.asarray(points, np.float64)
    if array.size == 0:
        return np.empty((0, 2), np.int64)
    if array.ndim != 2 or array.shape[1] != 2:  # noqa: PLR2004
        raise InvalidInputError(field, "expected one x and one y a row", zh="每行应为一个 x 和一个 y")
    return to_units(array, field)


def to_metres(units: npt.NDArray[Any]) -> Floats:
    """Return metres, exactly."""
    return np.asarray(units, np.float64) / GRID_PER_METRE


def whole_root(squares: Integers) -> Integers:
    """Return the root of each, rounded down, exactly (int64, not negative)."""
    root = np.sqrt(squares.astype(np.float64)).astype(np.int64)
    root -= root * root > squares
    root += (root + 1) * (root + 1) <= squares
    return root
