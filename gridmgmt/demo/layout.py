"""Which atom belongs to which unit grid, community and street office, with their codes."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from gridmgmt.demo.atoms import NOT_REAL, Atoms
from gridmgmt.demo.divisions import District, Division
from gridmgmt.demo.grow import Graph, build_graph, partition
from gridmgmt.demo.mesh import Floats, Ints, piece_lengths, shared_borders
from gridmgmt.errors import InvalidInputError

# The real list uses community suffixes below 600; shapes without a known name take theirs from here up.
UNNAMED_FROM, UNNAMED_TO = 600, 1000
LARGEST_SEQUENCE = 999


@dataclasses.dataclass(frozen=True)
class PlacedCommunity:
    """A community with atoms; ``real`` is the number of its real polygon or -1."""

    code: str
    name: str
    office_code: str
    real: int = NOT_REAL


@dataclasses.dataclass(frozen=True)
class Layout:
    """The codes of the city: ``community`` and ``office`` are positions per atom, ``sequence`` the number within the community.

    ``unplaced`` are real communities (with the code of their street office) that are known by code and name only.
    """

    offices: tuple[Division, ...]
    communities: tuple[PlacedCommunity, ...]
    unplaced: tuple[Division, ...]
    office: Ints
    community: Ints
    sequence: Ints

    def grid_code(self, atom: int) -> str:
        """Return the 15 digits of the unit grid that an atom is."""
        return f"{self.communities[self.community[atom]].code}{self.sequence[atom]:03d}"


def lay_out(rng: np.random.Generator, atoms: Atoms, districts: Sequence[District]) -> Layout:
    """Cut districts into street offices and these into communities, in the real numbers."""
    offices = [office for district in districts for office in district.division.parts]
    office = _offices(rng, atoms, districts)
    drawn = np.where(atoms.real == NOT_REAL, office, -1)
    keep = _kept_numbers(offices, office, drawn)
    graph = _graph(atoms)
    community = partition(rng, graph, drawn, [[1.0] * number for number in keep], 4)
    placed = [PlacedCommunity(c.code, c.name, o.code) for o, number in zip(offices, keep, strict=True) for c in o.parts[:number]]
    unplaced = [c for o, number in zip(offices, keep, strict=True) for c in o.parts[number:]]
    real, first = np.unique(atoms.real, return_index=True)
    next_suffix = dict.fromkeys(range(len(offices)), UNNAMED_FROM)
    for number, atom in zip(real.tolist(), first.tolist(), strict=True):
        if number != NOT_REAL:
            where = int(office[atom])
            community[atoms.real == number] = len(placed)
            placed.append(_unnamed(offices[where], next_suffix[where], number))
            next_suffix[where] += 1
    sequence = number_in_rows(atoms.points, community)
    return Layout(tuple(offices), tuple(placed), tuple(unplaced), office, community, sequence)


def number_in_rows(points: Floats, community: Ints) -> Ints:
    """Return the number of each unit grid in its community, given like words on a page: rows from north to south, each from west to east, from 1."""
    sequence = np.zeros(len(community), dtype=np.int64)
    order = np.argsort(community, kind="stable")
    bounds = np.searchsorted(community[order], np.arange(community.max() + 2))
    for start, end in itertools.pairwise(bounds.tolist()):
        members = order[start:end]
        if len(members) > LARGEST_SEQUENCE:
            message = f"a community of {len(members)} unit grids cannot be numbered with three digits"
            raise InvalidInputError("unit_grids", message, zh=f"一个社区有 {len(members)} 个单元网格，三位顺序码不够编")
        across = max(1, round(len(members) ** 0.5))
        south = members[np.lexsort((points[members, 0], -points[members, 1]))]
        row = np.arange(len(south)) // across
        sequence[south[np.lexsort((points[south, 0], row))]] = np.arange(1, len(south) + 1)
    return sequence


def _graph(atoms: Atoms) -> Graph:
    low, high, _ = shared_borders(atoms.mesh.first, atoms.mesh.second, piece_lengths(atoms.mesh))
    return build_graph(atoms.points, np.ones(len(atoms)), atoms.areas, low, high)


def _offices(rng: np.random.Generator, atoms: Atoms, districts: Sequence[District]) -> Ints:
    """Cut each district into its street offices, sized by their communities; a real community stays whole."""
    block, count = _blocks(atoms)
    sizes = np.bincount(block, minlength=count).astype(np.float64)
    points = np.stack([np.bincount(block, atoms.points[:, axis], count) / sizes for axis in (0, 1)], axis=1)
    lengths = piece_lengths(atoms.mesh)
    lookup = np.append(block, -1)
    low, high, _ = shared_borders(lookup[atoms.mesh.first], lookup[atoms.mesh.second], lengths)
    district = np.zeros(count, dtype=np.int64)
    district[block] = atoms.district
    weights = [[float(len(office.parts)) for office in item.division.parts] for item in districts]
    _refuse_too_few(sizes, district, weights, districts)
    graph = build_graph(points, sizes, _totals(block, atoms.areas, count), low, high)
    return np.asarray(partition(rng, graph, district, weights, 12)[block])


def _blocks(atoms: Atoms) -> tuple[Ints, int]:
    """Return a number for what may not be cut (each real community, each other atom) and how many there are."""
    name = np.where(atoms.real == NOT_REAL, np.arange(len(atoms)), len(atoms) + atoms.real)
    names, block = np.unique(name, return_inverse=True)
    return np.asarray(block), len(names)


def _totals(label: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(label, values, count).astype(np.float64)


def _refuse_too_few(sizes: Floats, district: Ints, weights: list[list[float]], districts: Sequence[District]) -> None:
    for index, item in enumerate(districts):
        have, need = int(sizes[district == index].sum()), 2 * sum(map(int, weights[index]))
        if have < need:
            message = f"{have} unit grids are too few for {item.division.name} with {need // 2} communities; ask for more"
            raise InvalidInputError("unit_grids", message, zh=f"{item.division.name}有 {need // 2} 个社区，{have} 个单元网格太少")


def _kept_numbers(offices: Sequence[Division], office: Ints, drawn: Ints) -> list[int]:
    """Return how many named communities each street office keeps: its real number, less the share its real polygons take."""
    everything = np.bincount(office, minlength=len(offices))
    left = np.bincount(drawn[drawn >= 0], minlength=len(offices))
    has_real = bool((drawn < 0).any())
    numbers = []
    for item, total, spare in zip(offices, everything.tolist(), left.tolist(), strict=True):
        wanted = max(1, round(len(item.parts) * spare / total)) if spare else 0
        if not has_real and spare < wanted:
            message = f"{spare} unit grids are too few for the {len(item.parts)} communities of {item.name}; ask for more"
            raise InvalidInputError(
                "unit_grids", message, zh=f"{spare} 个单元网格不够{item.name}的 {len(item.parts)} 个社区；请增加单元网格数"
            )
        numbers.append(min(wanted, spare, len(item.parts)))
    return numbers


def _unnamed(office: Division, suffix: int, number: int) -> PlacedCommunity:
    if suffix >= UNNAMED_TO:
        message = f"{office.name} has more unnamed communities than codes {UNNAMED_FROM}-{UNNAMED_TO - 1}"
        raise InvalidInputError("communities", message, zh=f"{office.name}未命名的社区多于可用编码 {UNNAMED_FROM}–{UNNAMED_TO - 1}")
    return PlacedCommunity(f"{office.code}{suffix:03d}", f"2015年社区面 #{number}", office.code, number)
