"""Exact integers: metres on the 1/1024 m grid, radii as squared units, weights as whole parts, so that ``<=`` is decided without rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.errors import InvalidInputError

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

WIDEST_M = 1_000_000  # products of two differences stay below 2**62
LONGEST_M = 100 * WIDEST_M  # what coordinates and lengths may be
DECIMALS = 6
HEAVIEST = 1 << 50  # all weights together, in parts; what is left to 2**62 is for the fractions of multipliers


def to_units(xy: npt.ArrayLike, field: str) -> Ints:
    """Return points (n × 2, metres) as whole units of 1/1024 m, the nearest; raise InvalidInputError naming the row of a bad point."""
    metres = np.asarray(xy, np.float64)
    if metres.size == 0:
        return np.empty((0, 2), np.int64)
    if metres.ndim != 2 or metres.shape[1] != 2:  # noqa: PLR2004 - x and y
        raise InvalidInputError(field, f"has the shape {metres.shape}, not n × 2", zh=f"数组形状为 {metres.shape}，应为 n × 2")
    wrong = np.flatnonzero(~np.isfinite(metres).all(axis=1))
    if len(wrong):
        raise InvalidInputError(field, "a coordinate is not finite", row=int(wrong[0]) + 1, zh="坐标不是有限数")
    if np.ptp(metres, axis=0).max() > WIDEST_M or np.abs(metres).max() > LONGEST_M:
        raise InvalidInputError(field, "the points spread over more than 1,000 km; metres of one system are meant", zh="点的范围超过 1000 公里，坐标系不一致")  # fmt: skip
    return np.rint(metres * GRID_PER_METRE).astype(np.int64)


def lengths_in_units(metres: npt.ArrayLike, field: str) -> Ints:
    """Return lengths (metres, a row each) as whole units, the nearest; raise InvalidInputError naming the row of one that is no length."""
    given = np.asarray(metres, np.float64)
    wrong = np.flatnonzero(~((given >= 0) & (given <= LONGEST_M)))
    if len(wrong):
        raise InvalidInputError(field, "not a usable number of metres", row=int(wrong[0]) + 1, zh="不是可用的米数")
    return np.rint(given * GRID_PER_METRE).astype(np.int64)


def to_metres(units: Ints) -> Floats:
    """Return metres, exactly."""
    return np.asarray(units, np.float64) / GRID_PER_METRE


def whole_root(squares: Ints) -> Ints:
    """Return the root of each, rounded down, exactly (int64, not negative)."""
    root = np.sqrt(squares.astype(np.float64)).astype(np.int64)
    root -= root * root > squares
    root += (root + 1) * (root + 1) <= squares
    return root


def reach_limit(distance_m: float, field: str) -> int:
    """Return the greatest squared distance (units²) that is still within a distance (metres, the border included)."""
    if not (np.isfinite(distance_m) and 0 <= distance_m <= WIDEST_M):
        raise InvalidInputError(field, f"{distance_m} is no distance in metres", zh=f"{distance_m} 不是以米计的距离")
    return int(Fraction(distance_m) ** 2 * GRID_PER_METRE**2)


def closer_limit(distance_m: float, field: str) -> int:
    """Return the greatest squared distance (units²) that is less than a distance (metres, the border excluded); -1: none."""
    squared = Fraction(distance_m) ** 2 * GRID_PER_METRE**2
    limit = reach_limit(distance_m, field)
    return limit - 1 if limit == squared else limit


def weight_parts(weights: npt.ArrayLike, count: int) -> tuple[Ints, int]:
    """Return weights as whole parts and how many parts make 1: the least power of ten (to 10⁶) at which all are whole.

    A float counts as the decimal it prints as. Raises InvalidInputError naming the row of a weight that is negative, not finite, or has more
    decimals, and when all together exceed 2⁵⁰ parts.
    """
    given = np.asarray(weights)
    if given.shape != (count,):
        raise InvalidInputError("demand_weight", f"{given.size} values for {count} points", zh=f"{given.size} 个值，点有 {count} 个")
    values = given.astype(np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        raise InvalidInputError("demand_weight", "is not a number from 0 on", row=int(wrong[0]) + 1, zh="不是非负数")
    for power in range(DECIMALS + 1):
        parts = np.rint(values * 10**power)
        uneven = np.flatnonzero(parts / 10**power != values)
        if not len(uneven):
            if parts.sum() > HEAVIEST:
                raise InvalidInputError("demand_weight", "all together are too much for exact arithmetic; give larger units", zh="合计过大，无法精确计算，请改用较大的单位")  # fmt: skip
            return parts.astype(np.int64), 10**power
    raise InvalidInputError("demand_weight", f"has more than {DECIMALS} decimals; round it", row=int(uneven[0]) + 1, zh=f"小数超过 {DECIMALS} 位，请取舍")  # fmt: skip
