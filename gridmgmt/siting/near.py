"""Who is how far from which site: sparse rows in whole units, from points, from a matrix or from walking distances."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.errors import InvalidInputError
from gridmgmt.siting import median_kernel
from gridmgmt.siting.units import Flags, Ints, lengths_in_units, to_units, whole_root

DENSE_PAIRS = 30_000_000  # more pairs than that and only each point's nearest candidates are listed
BLOCK_PAIRS = 4_000_000
UNSERVED = 1 << 40  # units; farther than any two points
MOST_COST = 1 << 61


@dataclasses.dataclass(frozen=True)
class Near:
    """Rows (CSR), one a demand point: candidates and whole units (1/1024 m), ascending by (units, position).

    ``beyond``: units to what serves the point when none of its row is open: the nearest standing site, the limit, or a distance that every
    candidate left out reaches at least; else a metre more than the longest listed. Every candidate nearer than ``beyond`` is listed.
    """

    indptr: Ints
    site: npt.NDArray[np.int32]
    units: Ints
    beyond: Ints
    sites: int
    points: tuple[Ints, Ints, Ints] | None = None  # demand, candidates, units to a standing site: where some pairs are not listed

    def rows(self, weight: Ints, used: Flags) -> tuple[Ints, npt.NDArray[np.int32], Ints, Ints]:
        """Return (indptr, site, cost, beyond cost) with costs = weight × units, of the sites in use; points without weight cost nothing."""
        if int(weight.sum()) * (int(self.beyond.max()) if len(self.beyond) else 0) >= MOST_COST:
            raise InvalidInputError(
                "demand_weight", "weight times distance is too large to count exactly", zh="权重与距离之积过大，无法精确计算"
            )
        kept = used[self.site]
        row = np.repeat(np.arange(len(weight)), np.diff(self.indptr))[kept]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(weight)))]).astype(np.int64)
        return indptr, self.site[kept], self.units[kept] * weight[row], self.beyond * weight

    def within(self, reach: int) -> Near:
        """Return the pairs at most ``reach`` units apart; points stay beyond everything that is farther."""
        kept = self.units <= reach
        row = np.repeat(np.arange(len(self.beyond)), np.diff(self.indptr))[kept]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(self.beyond)))]).astype(np.int64)
        return dataclasses.replace(self, indptr=indptr, site=self.site[kept], units=self.units[kept])

    def served(self, is_open: Flags) -> tuple[Ints, Ints]:
        """Return (candidate that serves each demand point, -1: a standing site or nobody; whole units) under a plan, pairs not listed too."""
        first, units, _ = median_kernel.nearest_two((self.indptr, self.site, self.units, self.beyond), is_open)
        lost = np.flatnonzero(first < 0) if self.points is not None else first[:0]
        if len(lost) and is_open.any():
            demand, candidates, standing = self.points  # type: ignore[misc]
            selected = np.flatnonzero(is_open)
            which, far = nearest_units(demand[lost], candidates[selected])
            first[lost] = np.where(far < standing[lost], selected[which], -1)
            units[lost] = np.minimum(far, standing[lost])
        return first, units


def near_from_points(demand_xy: npt.ArrayLike, candidate_xy: npt.ArrayLike, standing_xy: npt.ArrayLike | None) -> Near:
    """Return straight-line distances, rounded down to whole units (monotone, so order is kept)."""
    demand, candidates = to_units(demand_xy, "demand_xy"), to_units(candidate_xy, "candidate_xy")
    standing = to_units(standing_xy if standing_xy is not None else [], "standing_xy")
    beyond = nearest_units(demand, standing)[1]
    listed = min(len(candidates), max(1, DENSE_PAIRS // max(1, len(demand))))
    if listed == len(candidates):
        return _sorted_rows(*_all_pairs(demand, candidates, beyond), beyond, len(candidates))
    _, site = cKDTree(candidates).query(demand, k=listed, workers=-1)
    offset = demand[:, None, :] - candidates[site]
    units = whole_root((offset * offset).sum(axis=2))
    standing_units, beyond = beyond, np.minimum(beyond, units[:, -1] - 1)  # the tree ranks by floats: one unit for what rounding may hide
    row, column = np.nonzero(units < beyond[:, None])
    near = _sorted_rows(row, site[row, column], units[row, column], beyond, len(candidates))
    return dataclasses.replace(near, points=(demand, candidates, standing_units))


def near_from_matrix(distances: Any, *, beyond_m: float | None, standing_m: npt.ArrayLike | None) -> Near:  # noqa: ANN401
    """Return distances given as metres: an array (points × candidates; infinity: no way) or a scipy CSR matrix (no entry: no way).

    ``beyond_m`` is what a point counts that nothing serves (the walking limit); ``standing_m`` metres to the nearest standing site.
    """
    if sparse.issparse(distances):
        found = sparse.coo_array(distances)
        row, site, metres = found.coords[0], found.coords[1], found.data
        shape = found.shape
    else:
        table = np.asarray(distances, np.float64)
        if table.ndim != 2:  # noqa: PLR2004
            raise InvalidInputError("distances", "expected one row a demand point", zh="应为每个需求点一行")
        row, site = np.nonzero(np.isfinite(table))
        metres, shape = table[row, site], table.shape
        if np.isnan(table).any():
            raise InvalidInputError("distances", "not a number", row=int(np.argwhere(np.isnan(table))[0, 0]) + 1, zh="不是数")
    beyond = np.full(shape[0], UNSERVED if beyond_m is None else int(lengths_in_units([beyond_m], "beyond_m")[0]), np.int64)
    if standing_m is not None:
        to_standing = np.asarray(standing_m, np.float64)
        beyond = np.minimum(beyond, lengths_in_units(np.where(np.isinf(to_standing), 1e8, to_standing), "standing_m"))
    units = lengths_in_units(metres, "distances")
    kept = units < beyond[row]
    return _sorted_rows(row[kept], site[kept], units[kept], beyond, shape[1])


def near_from_any(
    demand_xy: npt.ArrayLike | None,
    candidate_xy: npt.ArrayLike | None,
    standing_xy: npt.ArrayLike | None,
    *,
    distances: Any,  # noqa: ANN401
    beyond_m: float | None,
    standing_m: npt.ArrayLike | None,
) -> Near:
    """Return the distances given, else those between points."""
    if distances is not None:
        return near_from_matrix(distances, beyond_m=beyond_m, standing_m=standing_m)
    return near_from_points(demand_xy if demand_xy is not None else [], candidate_xy if candidate_xy is not None else [], standing_xy)


def nearest_units(points: Ints, sites: Ints) -> tuple[Ints, Ints]:
    """Return (nearest site or -1, whole units or UNSERVED) of each point; the lower position of two as near."""
    which, units = np.full(len(points), -1, np.int64), np.full(len(points), UNSERVED, np.int64)
    step = max(1, BLOCK_PAIRS // max(1, len(sites)))
    for start in range(0, len(points) if len(sites) else 0, step):
        offset = points[start : start + step, None, :] - sites[None, :, :]
        squared = (offset * offset).sum(axis=2)
        which[start : start + step] = squared.argmin(axis=1)
        units[start : start + step] = whole_root(squared.min(axis=1))
    return which, units


def _all_pairs(demand: Ints, candidates: Ints, beyond: Ints) -> tuple[Ints, Ints, Ints]:
    parts = []
    step = max(1, BLOCK_PAIRS // max(1, len(candidates)))
    for start in range(0, len(demand), step):
        offset = demand[start : start + step, None, :] - candidates[None, :, :]
        units = whole_root((offset * offset).sum(axis=2))
        row, column = np.nonzero(units < beyond[start : start + step, None])
        parts.append((row + start, column, units[row, column]))
    if not parts:
        return tuple(np.empty(0, np.int64) for _ in range(3))  # type: ignore[return-value]
    row, site, units = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, site, units


def _sorted_rows(row: Ints, site: Ints, units: Ints, beyond: Ints, sites: int) -> Near:
    longest = int(units.max()) if len(units) else 0
    beyond = np.where(beyond == UNSERVED, longest + GRID_PER_METRE, beyond)
    order = np.lexsort((site, units, row))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(beyond)))]).astype(np.int64)
    return Near(indptr, site[order].astype(np.int32), units[order].astype(np.int64), beyond.astype(np.int64), sites)
