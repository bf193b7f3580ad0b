"""A drawn city for siting: three towns on two rivers with satellites, 12 million people; integer metres, seeded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SIDE_M, CELL_M, PEOPLE = 64_000, 100, 12_000_000
TOWNS = ((30_000, 36_000, 5_200, 1.0), (37_000, 31_500, 6_000, 1.1), (27_500, 28_500, 4_400, 0.8))  # x, y, spread in metres, weight
SATELLITES = ((12_000, 45_000), (50_000, 47_000), (54_000, 22_000), (20_000, 12_000), (41_000, 10_000), (8_000, 24_000), (38_000, 55_000))


class City(NamedTuple):
    """Demand points (cell centres, people), candidates (frontages) and standing facilities, all in integer metres."""

    demand_xy: Integers
    people: Integers
    candidate_xy: Integers
    standing_xy: Integers


def draw_city(demand: int, candidates: int, standing: int, *, seed: int = 20_210_501) -> City:
    """Draw a city: the densest ``demand`` cells, candidates on street frontages, standing facilities where people already are."""
    chance = np.random.default_rng(seed)
    density = _density(chance)
    flat = density.reshape(-1)
    cells = np.sort(np.argsort(-flat, kind="stable")[:demand])
    people = np.maximum(1, np.floor(flat[cells] / flat[cells].sum() * PEOPLE)).astype(np.int64)
    cols = SIDE_M // CELL_M
    corner = np.stack([cells % cols, cells // cols], axis=1) * CELL_M
    return City(
        corner + CELL_M // 2, people, _frontages(chance, corner, people**0.5, candidates), _frontages(chance, corner, people**0.7, standing)
    )


def _density(chance: np.random.Generator) -> Floats:
    cols = SIDE_M // CELL_M
    ys, xs = np.meshgrid(*[(np.arange(cols) + 0.5) * CELL_M] * 2, indexing="ij")
    density = np.zeros((cols, cols))
    for x, y, spread, weight in TOWNS:
        density += weight * np.exp(-np.hypot(xs - x, ys - y) / spread)
    for x, y in SATELLITES:
        density += 0.5 * np.exp(-np.hypot(xs - x, ys - y) / 1_500)
    for block in (32, 8, 2):  # districts, quarters, courts: what one census shows at three sizes
        rough = np.exp(0.35 * chance.standard_normal((cols // block, cols // block)))
        density *= np.kron(rough, np.ones((block, block)))
    density *= np.exp(0.5 * chance.standard_normal(density.shape))
    wide = np.abs(xs - 33_000 - 5_500 * np.sin((ys - 4_000) / 9_000)) < 650
    narrow = (np.abs(ys - 32_500 - 2_500 * np.sin(xs / 6_000)) < 180) & (xs < 33_500)
    lakes = _lakes(chance, xs, ys)
    return np.where(wide | narrow | lakes, 0.0, density)


def _lakes(chance: np.random.Generator, xs: Floats, ys: Floats) -> npt.NDArray[np.bool_]:
    wet = np.zeros(xs.shape, np.bool_)
    for x, y, radius in zip(
        chance.uniform(15_000, 50_000, 25), chance.uniform(15_000, 50_000, 25), chance.uniform(300, 1_800, 25), strict=True
    ):
        wet |= np.hypot(xs - x, (ys - y) * chance.uniform(0.7, 1.8)) < radius
    return wet


def _frontages(chance: np.random.Generator, corner: Integers, weight: Floats, count: int) -> Integers:
    """Return distinct points on streets: one axis of each lies on a street line of its cell."""
    found = np.empty((0, 2), np.int64)
    while len(found) < count:
        cell = chance.choice(len(corner), 2 * count + 10, p=weight / weight.sum())
        along = chance.integers(0, CELL_M, (len(cell), 2))
        axis = chance.integers(0, 2, len(cell))
        along[np.arange(len(cell)), axis] = chance.integers(0, 2, len(cell)) * (CELL_M // 2)
        found = np.unique(np.concatenate([found, corner[cell] + along]), axis=0)
    return found[np.sort(chance.permutation(len(found))[:count])]
