"""Walking distances (步行距离): from each demand point to every candidate within a limit, over a network of ways."""

from __future__ import annotations

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.errors import InvalidInputError
from gridmgmt.siting import walking_kernel
from gridmgmt.siting.units import Flags, Floats, Ints, lengths_in_units, to_metres, to_units

SNAP_LIMIT_M = 300.0  # a point farther from every way has no walking distance
CHUNK = 512  # sources a thread takes at a time


@dataclasses.dataclass(frozen=True)
class WalkingReach:
    """Sparse rows (CSR), one a demand point: the candidates within the limit, ascending by position, and how far each is.

    ``units`` are whole 1/1024 m, so that "<= limit" is exact; ``metres`` are the same. A demand point is *off the network* when it lies
    farther from every way than the snap limit, *unreached* when it is on the network and no candidate lies within the walking limit.
    """

    indptr: Ints
    indices: npt.NDArray[np.int32]
    units: Ints
    limit_m: float
    demand_off_network: Flags
    candidate_off_network: Flags

    @property
    def metres(self) -> Floats:
        """Return the metres of each pair."""
        return to_metres(self.units)

    @property
    def demand_unreached(self) -> Flags:
        """Return which demand points stand on the network and reach no candidate."""
        is_empty: Flags = np.diff(self.indptr) == 0
        return is_empty & ~self.demand_off_network

    def nearest_m(self, selected: npt.ArrayLike | None = None) -> Floats:
        """Return metres from each demand point to the nearest candidate (of those selected), infinity where none is within the limit."""
        pairs = self.units
        if selected is not None:
            is_open = np.zeros(len(self.candidate_off_network), np.bool_)
            is_open[np.asarray(selected, np.int64)] = True
            pairs = np.where(is_open[self.indices], pairs, walking_kernel.FAR)
        # a last entry for empty rows at the end; what an empty row reads is overwritten
        least = np.minimum.reduceat(np.append(pairs, walking_kernel.FAR), self.indptr[:-1]) if len(self.indptr) > 1 else pairs[:0]
        return np.where((np.diff(self.indptr) == 0) | (least >= walking_kernel.FAR), np.inf, to_metres(least))


@dataclasses.dataclass(frozen=True)
class _Snapped:
    """Points on ways: edge (-1: off the network), units to its first and second node along it, units from the point to the way."""

    edge: Ints
    to_first: Ints
    to_second: Ints
    access: Ints

    def columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.edge, self.to_first, self.to_second, self.access


def walking_reach(
    nodes_xy: npt.ArrayLike,
    edges: npt.ArrayLike,
    edge_length_m: npt.ArrayLike,
    demand_xy: npt.ArrayLike,
    candidate_xy: npt.ArrayLike,
    *,
    limit_m: float,
    snap_limit_m: float = SNAP_LIMIT_M,
    threads: int | None = None,
) -> WalkingReach:
    """Return every pair of demand point and candidate at most ``limit_m`` metres apart on foot.

    Coordinates are metres in one CRS. ``edges`` (e × 2) are pairs of node positions, walked both ways; a way lies straight between its nodes
    and is ``edge_length_m`` long (a bend longer than straight is met by its share). Each point goes straight to the nearest way (the lower
    position of two as near) and on from there; both legs count. All is rounded to 1/1024 m before it is added. An edge from a node to itself
    is left out. Raises InvalidInputError with the row of an unknown node, a negative length or a coordinate that is no number.
    """
    network = _network(nodes_xy, edges, edge_length_m)
    limit = _limit(limit_m)
    snap_limit = int(lengths_in_units([snap_limit_m], "snap_limit_m")[0])
    demand = _snap(network, to_units(demand_xy, "demand_xy"), snap_limit)
    candidate = _snap(network, to_units(candidate_xy, "candidate_xy"), snap_limit)
    turned = len(demand.edge) < len(candidate.edge)  # search from the fewer side: ways are walked both ways
    sources, targets = (demand, candidate) if turned else (candidate, demand)
    counts, met, units = _search(network, sources, targets, limit, threads)
    from_source = np.repeat(np.arange(len(counts)), counts)
    row, column = (from_source, met) if turned else (met, from_source)
    order = np.lexsort((column, row))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(demand.edge)))]).astype(np.int64)
    return WalkingReach(
        indptr, column[order].astype(np.int32), units[order].astype(np.int64), limit / GRID_PER_METRE, demand.edge < 0, candidate.edge < 0
    )


@dataclasses.dataclass(frozen=True)
class _Network:
    nodes: Ints
    edges: Ints
    length: Ints


def _network(nodes_xy: npt.ArrayLike, edges: npt.ArrayLike, edge_length_m: npt.ArrayLike) -> _Network:
    nodes = to_units(nodes_xy, "nodes_xy")
    ends = np.asarray(edges, np.int64).reshape(-1, 2)
    length = lengths_in_units(edge_length_m, "edge_length_m").reshape(-1)
    if len(length) != len(ends):
        raise InvalidInputError(
            "edge_length_m", f"{len(length)} lengths for {len(ends)} edges", zh=f"{len(ends)} 条边有 {len(length)} 个长度"
        )
    unknown = ((ends < 0) | (ends >= len(nodes))).any(axis=1)
    if unknown.any():
        raise InvalidInputError("edges", "names an unknown node", row=int(np.argmax(unknown)) + 1, zh="引用了不存在的节点")
    kept = (ends[:, 0] != ends[:, 1]) & (length < walking_kernel.FAR)  # longer than any limit: nobody gets to its end
    if not kept.any():
        raise InvalidInputError("edges", "the network has no edge", zh="路网没有边")
    return _Network(nodes, np.ascontiguousarray(ends[kept]), np.ascontiguousarray(length[kept]))


def _limit(limit_m: float) -> int:
    limit = int(lengths_in_units([limit_m], "limit_m")[0])
    if limit >= walking_kernel.FAR:
        raise InvalidInputError("limit_m", "must be below 2,097 km", zh="应小于 2097 公里")
    return limit


def _snap(network: _Network, points: Ints, snap_limit: int) -> _Snapped:
    """Bring points to their nearest edge within the snap limit (units); the lower of two as near."""
    at = shapely.points(points.astype(np.float64))
    lines = np.asarray(shapely.linestrings(network.nodes[network.edges].astype(np.float64)))
    found, distance = shapely.STRtree(lines).query_nearest(at, max_distance=snap_limit + 1.0, return_distance=True, all_matches=True)
    order = np.lexsort((found[1], found[0]))
    point, first = np.unique(found[0][order], return_index=True)
    edge = np.full(len(points), -1, np.int64)
    access = np.zeros(len(points), np.int64)
    edge[point], access[point] = found[1][order][first], np.rint(distance[order][first]).astype(np.int64)
    edge[access > snap_limit] = -1
    one, other = (network.nodes[network.edges[edge, end]].astype(np.float64) for end in (0, 1))
    along, offset = other - one, points - one
    squared = (along * along).sum(axis=1)
    share = np.clip((along * offset).sum(axis=1) / np.where(squared > 0, squared, 1.0), 0.0, 1.0)
    to_first = np.rint(share * network.length[edge]).astype(np.int64)
    return _Snapped(edge, to_first, network.length[edge] - to_first, access)


def _search(
    network: _Network, sources: _Snapped, targets: _Snapped, limit: int, threads: int | None
) -> tuple[Ints, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return (targets met by each source, those targets, units) of all sources in order."""
    graph = walking_kernel.adjacency(len(network.nodes), network.edges, network.length)
    placed = np.flatnonzero(targets.edge >= 0)
    order = placed[np.argsort(targets.edge[placed], kind="stable")]
    on_edge = np.concatenate([[0], np.cumsum(np.bincount(targets.edge[placed], minlength=len(network.edges)))]).astype(np.int64)
    table = (order, targets.to_first, targets.to_second, targets.access, on_edge)
    starts = range(0, len(sources.edge), CHUNK)
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        parts = list(
            pool.map(
                lambda start: walking_kernel.search(
                    start, min(start + CHUNK, len(sources.edge)), graph, network.edges, sources.columns(), table, np.int64(limit)
                ),
                starts,
            )
        )
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32)
    counts, met, units = (np.concatenate(column) for column in zip(*parts, strict=True))
    return counts, met, units
