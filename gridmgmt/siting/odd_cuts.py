"""Find odd cuts that a fractional solution breaks: elimination modulo 2 over the rows that hold it, one cluster of sites at a time."""

from __future__ import annotations

import dataclasses

import numpy as np

from gridmgmt.siting.problem import Problem
from gridmgmt.siting.units import Floats, Ints

WHOLE = 1e-6  # shares closer to 0 or 1 count as whole
LOOSE = 0.3  # rows further from equality help no cut
BROKEN = 0.02  # least violation worth a cut
ORDERS, MANY = 3, 2_000  # eliminations per cluster, each in another order of sites; one where rows are many
OFTEN = 2  # cuts through one row: more of them say the same again
PIECE = 400  # rows eliminated together where rows are many
LONGEST = 25  # rows in a cut

Tight = tuple[tuple[int, ...], float, int]  # sites in the support, distance from equality, row


@dataclasses.dataclass
class Held:
    """A row modulo 2: the sites it holds as bits, the rows it was added up from as bits, and their slack together."""

    sites: int
    rows: int
    slack: float


def broken_cuts(problem: Problem, x: Floats, *, most: int, seed: int, often: int = OFTEN) -> list[tuple[int, ...]]:
    """Return odd sets of rows whose cut the shares x break, the most broken first."""
    chance = np.random.default_rng(seed)
    found: dict[tuple[int, ...], float] = {}
    tight = _tight_rows(problem, x)
    many = len(tight) > MANY
    for rows in [piece for cluster in _clusters(tight) for piece in (_pieces(cluster, chance) if many else [cluster])]:
        for order in range(1 if many else ORDERS):
            noise = np.ones(len(x)) if order == 0 else chance.uniform(0.5, 1, len(x))
            _eliminate(rows, x, x * noise, found)
    return _apart(sorted(found, key=lambda rows: (-found[rows], rows)), len(problem.rows), often)[:most]


def _apart(sets: list[tuple[int, ...]], rows: int, often: int) -> list[tuple[int, ...]]:
    """Return the first sets that put no row into more than a few."""
    used, kept = np.zeros(rows, np.int64), []
    for one in sets:
        members = list(one)
        if used[members].max() < often:
            used[members] += 1
            kept.append(one)
    return kept


def _tight_rows(problem: Problem, x: Floats) -> list[Tight]:
    """Return (sites in the support, distance from equality, row) for rows that share two sites or more; of equal supports the tightest."""
    cover = np.asarray(problem.rows.sums(x))
    parts = np.flatnonzero((x > WHOLE) & (x < 1 - WHOLE))
    rows = np.unique(problem.sites.union(parts))
    slack = np.abs(1 - cover[rows])
    kept = (slack < LOOSE) & (problem.second[rows] == 0)
    held: dict[tuple[int, ...], tuple[float, int]] = {}
    for row, loose in zip(rows[kept].tolist(), slack[kept].tolist(), strict=True):
        sites = problem.rows.of(row)
        support = tuple(sites[x[sites] > WHOLE].tolist())
        if len(support) > 1 and loose < held.get(support, (1.0, 0))[0]:
            held[support] = (loose, row)
    return [(support, loose, row) for support, (loose, row) in held.items()]


def _clusters(rows: list[Tight]) -> list[list[Tight]]:
    """Return the rows by connected sites."""
    above: dict[int, int] = {}

    def top(site: int) -> int:
        above.setdefault(site, site)
        while above[site] != site:
            above[site] = above[above[site]]
            site = above[site]
        return site

    for support, _, _ in rows:
        for site in support[1:]:
            above[top(site)] = top(support[0])
    clusters: dict[int, list[Tight]] = {}
    for row in rows:
        clusters.setdefault(top(row[0][0]), []).append(row)
    return list(clusters.values())


def _pieces(rows: list[Tight], chance: np.random.Generator) -> list[list[Tight]]:
    """Return the rows of a cluster in pieces of neighbours, each grown from a row drawn: other pieces every time."""
    holders: dict[int, list[int]] = {}
    for number, (support, _, _) in enumerate(rows):
        for site in support:
            holders.setdefault(site, []).append(number)
    left, pieces = set(range(len(rows))), []
    for first in chance.permutation(len(rows)).tolist():
        if first not in left:
            continue
        left.discard(first)
        piece = [first]
        for one in piece:
            beside = [other for site in rows[one][0] for other in holders.pop(site, ()) if other in left]
            added = list(dict.fromkeys(beside))[: PIECE - len(piece)]
            left.difference_update(added)
            piece += added
            if len(piece) >= PIECE:
                break
        pieces.append([rows[one] for one in piece])
    return pieces


def _eliminate(rows: list[Tight], x: Floats, rank: Floats, found: dict[tuple[int, ...], float]) -> None:
    """Add rows modulo 2, the heaviest sites cancelled first; note each odd sum whose slack and odd sites stay below 1."""
    sites = sorted({site for support, _, _ in rows for site in support}, key=lambda site: (-rank[site], site))
    place = {site: k for k, site in enumerate(sites)}
    shares = [float(x[site]) for site in sites]
    slacks = [loose for _, loose, _ in rows]
    held = [Held(sum(1 << place[site] for site in support), 1 << k, loose) for k, (support, loose, _) in enumerate(rows)]
    for k in range(len(sites)):
        pool = [row for row in held if row.sites >> k & 1]
        if not pool:
            continue
        pivot = min(pool, key=lambda row: row.slack)
        held = [row for row in held if row is not pivot]
        for row in pool:
            if row is pivot:
                continue
            row.sites, row.rows = row.sites ^ pivot.sites, row.rows ^ pivot.rows
            row.slack = _weight(row.rows, slacks)
            broken = (1 - row.slack - _weight(row.sites, shares)) / 2 if row.rows.bit_count() % 2 else 0.0
            if broken > BROKEN:
                found[tuple(sorted(rows[bit][2] for bit in _bits(row.rows)))] = broken
        held = [row for row in held if row.slack < 1 and row.rows.bit_count() <= LONGEST]


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _weight(mask: int, weights: list[float]) -> float:
    return sum(weights[bit] for bit in _bits(mask))


def unmerged(sets: list[tuple[int, ...]], values: Ints, members: list[Ints], room: Ints) -> tuple[list[tuple[int, ...]], list[int]]:
    """Return cuts over single rows for cuts over groups of rows, with multipliers of the same sums.

    ``members`` are the rows of each group, ``room`` what multipliers each row can carry (taken from in place): a cut is split into layers,
    each through the member of every group that has most room left, until its multiplier is used up.
    """
    layers: dict[tuple[int, ...], int] = {}
    for groups, value in zip(sets, values.tolist(), strict=True):
        rest = value
        while rest > 0:
            through = [int(members[group][np.argmax(room[members[group]])]) for group in groups]
            part = min(rest, int(room[through].min()))
            part = part if part > 0 else rest
            room[through] -= part
            rest -= part
            key = tuple(sorted(through))
            layers[key] = layers.get(key, 0) + part
    return list(layers), list(layers.values())
