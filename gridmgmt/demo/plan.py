"""How large a demo city is, and by which seed."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import numpy as np

SEED = 20_261_101
TODAY = datetime.date(2026, 11, 1)  # fixed, so that a build can be repeated; --today moves it
FULL_UNIT_GRIDS = 40_000
FULL_INCIDENTS = 30_000


@dataclasses.dataclass(frozen=True)
class DemoPlan:
    """What to draw.

    ``districts`` keeps only some districts (by code), for a small city; ``communities`` and ``roads`` are GeoJSON files (EPSG:4326,
    may be gzipped) of real shapes that take the place of drawn ones. The same plan draws the same city.
    """

    seed: int = SEED
    unit_grids: int = FULL_UNIT_GRIDS
    incidents: int = FULL_INCIDENTS
    today: datetime.date = TODAY
    districts: tuple[str, ...] | None = None
    communities: Path | None = None
    roads: Path | None = None

    @property
    def scale(self) -> float:
        """Return the share of the full city, by which facilities are counted out."""
        return self.unit_grids / FULL_UNIT_GRIDS

    def rng(self, step: str) -> np.random.Generator:
        """Return the chance of one step; steps do not disturb each other."""
        return np.random.default_rng([self.seed, *step.encode()])
