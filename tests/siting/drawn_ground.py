"""A ground of three areas drawn by hand: a street through the west, a lake in the middle, an empty east.

0      100      200      300
+--------+--------+--------+  100     A (community C1): street S1 at y = 50 from x 0 to 100
|   A    |   B    |   D    |          B (community C1): water
+--------+--------+--------+  0       D (community C2): nothing
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from shapely import LineString, MultiPolygon, box

from gridmgmt.siting.ground import Ground


def column(*values: Any) -> npt.NDArray[np.object_]:
    """Return an array of objects."""
    found = np.empty(len(values), object)
    found[:] = list(values)
    return found


def drawn_ground(*, roads: tuple[tuple[str, str, LineString], ...] = (("S1", "tertiary", LineString([(0, 50), (100, 50)])),)) -> Ground:
    """Return the drawn ground with 100 people in C1 and 30 in C2."""
    shapes = [MultiPolygon([box(x, 0, x + 100, 100)]) for x in (0, 100, 200)]
    return Ground(
        column("A", "B", "D"), column(*shapes), column("R2", "E1", ""), np.array([0, 0, 1]), column("S1", "S1", "S2"), column("Q", "Q", "Q"),
        column("C1", "C2"), np.array([100, 30]), column(*(r[0] for r in roads)), column(*(r[1] for r in roads)), column(*(r[2] for r in roads)),
    )  # fmt: skip
