"""The raster of blocks that a point index lies on, and its integers: 1 unit = 1/1024 m, as in ``gridmgmt.crs.snap``."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from gridmgmt.errors import InvalidInputError

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

UNITS_PER_M = 1024
SMALLEST_SHIFT = 15  # blocks of 2**15 units: 32 m
MOST_BLOCKS = 16_000_000
WIDEST_UNITS = 1 << 30  # about 1,048 km: products of two doubled differences stay below 2**63


@dataclasses.dataclass(frozen=True)
class Frame:
    """Square blocks of ``2**shift`` units from ``x0``, ``y0`` (units) on; block number = row * cols + column."""

    x0: int
    y0: int
    shift: int
    cols: int
    rows: int

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return self.cols * self.rows

    @property
    def block_m(self) -> float:
        """Width of a block in metres."""
        return (1 << self.shift) / UNITS_PER_M


def frame_around(bounds: tuple[float, float, float, float], *, margin_m: float) -> Frame:
    """Return the frame of bounds (west, south, east, north in metres) widened by a margin; blocks grow with the area.

    Raises InvalidInputError for an area of more than 1,000 km, which is no metric system.
    """
    if not np.isfinite(bounds).all():
        return Frame(0, 0, SMALLEST_SHIFT, 1, 1)
    x0, y0 = (int(np.floor((low - margin_m) * UNITS_PER_M)) - 2 for low in bounds[:2])
    wide, high = (int(np.ceil((top + margin_m) * UNITS_PER_M)) + 2 - low for top, low in zip(bounds[2:], (x0, y0), strict=True))
    if max(wide, high) >= WIDEST_UNITS:
        raise InvalidInputError(
            "shapes",
            f"they spread over {max(wide, high) / UNITS_PER_M / 1000:,.0f} km; one metric system is meant",
            zh="范围超过 1000 公里，坐标系不一致",
        )
    shift = SMALLEST_SHIFT
    while ((wide >> shift) + 1) * ((high >> shift) + 1) > MOST_BLOCKS:
        shift += 1
    return Frame(x0, y0, shift, (wide >> shift) + 1, (high >> shift) + 1)


def to_units(values_m: Floats, origin: int) -> Ints:
    """Return metres as units from an origin, rounded."""
    return np.rint(values_m * UNITS_PER_M).astype(np.int64) - origin


def on_the_grid(values_m: Floats) -> bool:
    """Say whether every value is a whole number of units, so that integers lose nothing."""
    return bool((np.mod(values_m, 1 / UNITS_PER_M) == 0).all())
