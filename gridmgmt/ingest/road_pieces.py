"""Lines of a road network cut at junctions and joined where nothing but the drawing changes."""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt
import shapely

NODE_DIGITS = 7  # degrees to a centimetre; lines that meet share a node exactly in OpenStreetMap
THROUGH = 2  # a node with two arms is a bend, not a junction

Ints = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class RoadPiece:
    """A piece between two junctions and the indices of the lines it comes from, lowest first."""

    line: shapely.LineString
    sources: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class _Fragment:
    source: int
    coordinates: npt.NDArray[np.float64]
    nodes: Ints


def pieces_between_junctions(lines: Sequence[shapely.LineString], keys: Sequence[Hashable]) -> list[RoadPiece]:
    """Cut lines (degrees) where three or more arms meet, and join those with equal keys where only two do.

    Lines that cross without a shared vertex (a bridge) do not meet. The order of the result follows the order of the lines.
    """
    coordinates, owner = shapely.get_coordinates(np.asarray(lines, dtype=object), return_index=True)
    if not len(coordinates):
        return []
    _, nodes = np.unique(np.round(coordinates, NODE_DIGITS), axis=0, return_inverse=True)
    nodes = nodes.reshape(-1).astype(np.int64)
    breaks = _breaks(nodes, owner, keys)
    fragments = _cut(coordinates, nodes, owner, breaks)
    by_end: dict[int, list[int]] = collections.defaultdict(list)
    for index, fragment in enumerate(fragments):
        for end in (fragment.nodes[0], fragment.nodes[-1]):
            if not breaks[end]:
                by_end[int(end)].append(index)
    used: set[int] = set()
    # Chains that end somewhere are walked from an end; what is left then are rings.
    order = sorted(range(len(fragments)), key=lambda index: not _has_end(fragments[index], breaks))
    pieces = [_chain(start, fragments, by_end, used) for start in order if start not in used]
    return sorted(pieces, key=lambda piece: piece.sources[0])


def _breaks(nodes: Ints, owner: Ints, keys: Sequence[Hashable]) -> npt.NDArray[np.bool_]:
    """Say for each node whether a piece ends there: not two arms, or two of different keys."""
    numbers: dict[Hashable, int] = {}
    line_keys = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    inner = (owner[1:] == owner[:-1]) & (nodes[1:] != nodes[:-1])
    arms = np.concatenate([nodes[:-1][inner], nodes[1:][inner]])
    arm_keys = np.tile(line_keys[owner[1:][inner]], 2)
    size = int(nodes.max()) + 1
    count = np.bincount(arms, minlength=size)
    lowest, highest = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(lowest, arms, arm_keys)
    np.maximum.at(highest, arms, arm_keys)
    return np.asarray((count != THROUGH) | (lowest != highest))


def _cut(coordinates: npt.NDArray[np.float64], nodes: Ints, owner: Ints, breaks: npt.NDArray[np.bool_]) -> list[_Fragment]:
    fragments: list[_Fragment] = []
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1], True])
    starts[-1] = len(owner)
    for first, last in itertools.pairwise(starts):
        inside = np.flatnonzero(breaks[nodes[first + 1 : last - 1]]) + first + 1
        cuts = [first, *inside.tolist(), last - 1]
        fragments.extend(
            _Fragment(int(owner[first]), coordinates[a : b + 1], nodes[a : b + 1])
            for a, b in itertools.pairwise(cuts)
            if (nodes[a : b + 1] != nodes[a]).any()
        )
    return fragments


def _has_end(fragment: _Fragment, breaks: npt.NDArray[np.bool_]) -> bool:
    return bool(breaks[fragment.nodes[0]] or breaks[fragment.nodes[-1]])


def _chain(start: int, fragments: Sequence[_Fragment], by_end: dict[int, list[int]], used: set[int]) -> RoadPiece:
    """Walk from a fragment over every bend to the next break, or around a ring."""
    first = fragments[start]
    used.add(start)
    sources = {first.source}
    parts, tail = [first.coordinates], int(first.nodes[-1])
    if tail not in by_end:  # the break is at its end: walk the other way
        parts, tail = [first.coordinates[::-1]], int(first.nodes[0])
    while (following := next((index for index in by_end.get(tail, ()) if index not in used), None)) is not None:
        used.add(following)
        fragment = fragments[following]
        forward = int(fragment.nodes[0]) == tail
        parts.append((fragment.coordinates if forward else fragment.coordinates[::-1])[1:])
        tail = int(fragment.nodes[-1] if forward else fragment.nodes[0])
        sources.add(fragment.source)
    return RoadPiece(shapely.LineString(np.concatenate(parts)), tuple(sorted(sources)))
