"""What the second edition changes: in two street offices unit grids are joined, split and handed over, under new codes."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from gridmgmt.demo.atoms import NOT_REAL, Atoms
from gridmgmt.demo.boundaries import Grid, grids_of
from gridmgmt.demo.layout import Layout
from gridmgmt.demo.mesh import Floats, Ints, piece_lengths, shared_borders

STREET_OFFICES, JOINED, SPLIT = 2, 4, 4


@dataclasses.dataclass(frozen=True)
class Recut:
    """Unit grids before (the whole city) and after (only the street offices that were re-cut)."""

    before: tuple[Grid, ...]
    after: tuple[Grid, ...]
    offices: tuple[str, ...]


def recut(rng: np.random.Generator, atoms: Atoms, layout: Layout) -> Recut:
    """Choose street offices and change pairs of neighbours in them; a city too small for that changes nothing."""
    offices = _large_offices(rng, layout)
    joined, split, moved = [], [], []
    borders = shared_borders(atoms.mesh.first, atoms.mesh.second, piece_lengths(atoms.mesh))
    for office in offices:
        pairs = list(_free_pairs(rng, borders, layout, office))
        inside = [pair for pair in pairs if layout.community[pair[0]] == layout.community[pair[1]]]
        across = [pair for pair in pairs if layout.community[pair[0]] != layout.community[pair[1]]]
        joined += inside[:JOINED]
        split += inside[JOINED : JOINED + SPLIT]
        moved += across[:1]
    before = _before(layout, split)
    changed = {atom for pair in (*joined, *split) for atom in pair} | {atom for atom, _ in moved}
    numbers = Counter(
        {c: int(layout.sequence[layout.community == c].max()) for c in np.unique(layout.community[_members(layout, offices)])}
    )
    after = [grid for grid in before if layout.office[grid.atoms[0]] in offices and not changed & set(grid.atoms)]
    new: list[tuple[int, tuple[int, ...]]] = [(int(layout.community[a]), (a, b)) for a, b in joined]
    new += [(int(layout.community[atom]), (atom,)) for pair in split for atom in pair]
    new += [(int(layout.community[to]), (atom,)) for atom, to in moved]
    for community, parts in new:
        numbers[community] += 1
        after.append(Grid(community, numbers[community], parts))
    return Recut(tuple(before), tuple(after), tuple(layout.offices[office].code for office in offices))


def _large_offices(rng: np.random.Generator, layout: Layout) -> list[int]:
    """Choose among the street offices with at least five communities of at least six unit grids each on average."""
    grids = Counter(layout.office.tolist())
    communities: defaultdict[int, set[int]] = defaultdict(set)
    for office, community in zip(layout.office.tolist(), layout.community.tolist(), strict=True):
        if layout.communities[community].real == NOT_REAL:
            communities[office].add(community)
    large = [office for office in sorted(grids) if len(communities[office]) >= 5 and grids[office] >= 6 * len(communities[office])]
    return sorted(rng.choice(large, min(STREET_OFFICES, len(large)), replace=False).tolist()) if large else []


def _free_pairs(rng: np.random.Generator, borders: tuple[Ints, Ints, Floats], layout: Layout, office: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of neighbours of drawn communities that share a good piece of border, no atom and no community twice."""
    low, high, metres = borders
    here = np.flatnonzero((layout.office[low] == office) & (layout.office[high] == office) & (metres > 30.0))
    sizes = Counter(layout.community.tolist())
    taken: set[int] = set()
    for index in rng.permutation(here).tolist():
        a, b = int(low[index]), int(high[index])
        communities = {int(layout.community[a]), int(layout.community[b])}
        drawn = all(layout.communities[c].real == NOT_REAL for c in communities)
        if drawn and not communities & taken and all(sizes[c] >= 5 for c in communities):
            taken |= communities
            yield a, b


def _before(layout: Layout, split: Sequence[tuple[int, int]]) -> list[Grid]:
    partner = {max(pair): min(pair) for pair in split}
    whole = {min(pair): pair for pair in split}
    grids = [grid for grid in grids_of(layout) if grid.atoms[0] not in partner]
    return [dataclasses.replace(grid, atoms=whole.get(grid.atoms[0], grid.atoms)) for grid in grids]


def _members(layout: Layout, offices: Sequence[int]) -> np.ndarray:
    return np.isin(layout.office, offices)
