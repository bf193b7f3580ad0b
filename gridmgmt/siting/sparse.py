"""Sparse sets in one array (CSR), and the sets of near points."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from gridmgmt.siting import cover_kernel
from gridmgmt.siting.units import Ints, Words

Number = TypeVar("Number", np.float64, np.int64)
MOST_CELLS = 2_000_000


@dataclasses.dataclass(frozen=True)
class Sparse:
    """Set k holds ``items[starts[k]:starts[k + 1]]``, rising; items are positions below ``width``."""

    starts: Ints
    items: Words
    width: int

    def __len__(self) -> int:
        """Return how many sets there are."""
        return len(self.starts) - 1

    def of(self, one: int) -> Words:
        """Return the items of one set."""
        return self.items[self.starts[one] : self.starts[one + 1]]

    def union(self, chosen: Ints) -> Words:
        """Return the items of several sets, one after the other (with repeats)."""
        return self.pick(chosen).items

    def sizes(self) -> Ints:
        """Return how many items each set holds."""
        return np.diff(self.starts)

    def turned(self) -> Sparse:
        """Return for each item the sets that hold it."""
        starts, items = cover_kernel.turn(self.starts, self.items, self.width)
        return Sparse(starts, items, len(self))

    def pick(self, chosen: Ints, rename: Ints | None = None, width: int | None = None) -> Sparse:
        """Return some sets; items are renamed (rising, -1: left out) when ``rename`` is given."""
        names = np.arange(self.width) if rename is None else rename
        starts, items = cover_kernel.pick(self.starts, self.items, np.asarray(chosen, np.int64), names)
        return Sparse(starts, items, self.width if width is None else width)

    def counts(self, chosen: Ints) -> Ints:
        """Return for each item how many of the chosen sets hold it."""
        return np.bincount(self.union(chosen), minlength=self.width)

    def sums(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Return the sum of the values of each set's items."""
        out: npt.NDArray[Number] = np.empty(len(self), values.dtype)
        cover_kernel.gather(self.starts, self.items, values, out)
        return out


def near(a: Ints, b: Ints, limit: int) -> Sparse:
    """Return for each point a (units) the points b whose squared distance is ``limit`` at most."""
    if not (len(a) and len(b)) or limit < 0:
        return Sparse(np.zeros(len(a) + 1, np.int64), np.empty(0, np.int32), len(b))
    low = np.minimum(a.min(axis=0), b.min(axis=0))
    wide, high = (int(size) for size in np.maximum(a.max(axis=0), b.max(axis=0)) - low)
    cell = int(limit**0.5) + 1
    while (wide // cell + 1) * (high // cell + 1) > MOST_CELLS:
        cell *= 2
    cols, rows = wide // cell + 1, high // cell + 1
    number = (b[:, 1] - low[1]) // cell * cols + (b[:, 0] - low[0]) // cell
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(cols * rows + 1))
    columns: Any = [np.ascontiguousarray(points[:, axis]) for points in (a, b) for axis in (0, 1)]
    fixed: Any = (*columns, order, starts, cell, int(low[0]), int(low[1]), cols, rows, limit)
    out = cover_kernel.count_near(*fixed)
    kernel: Any = cover_kernel.list_near
    return Sparse(out, kernel(*fixed, out), len(b))


def groups_of_equal(sets: Sparse) -> Ints:
    """Return for each set the lowest position of a set equal to it."""
    keys = np.random.default_rng(0).integers(0, 2**63, sets.width + 1, dtype=np.uint64)
    prints = cover_kernel.fingerprints(sets.starts, sets.items, keys)
    order = np.lexsort((np.arange(len(sets)), sets.sizes(), prints))
    first = ~cover_kernel.follow_equal(sets.starts, sets.items, order, prints)
    lowest = np.empty(len(sets), np.int64)
    lowest[order] = order[np.flatnonzero(first)][np.cumsum(first) - 1] if len(order) else 0
    return lowest
