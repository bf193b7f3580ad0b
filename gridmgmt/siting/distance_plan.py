"""A plan that minimises distance (p-median, p-center, capacitated): what was chosen, who goes where, and the proof."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from gridmgmt.crs import GRID_PER_METRE


@dataclasses.dataclass(frozen=True)
class DistancePlan:
    """One plan. ``value`` and ``lower_bound`` are whole: weight parts × 1/1024 m (p-median, capacitated) or 1/1024 m (p-center).

    ``selected``: positions of the candidates that open, ascending. ``assigned``: for each demand point the candidate it goes to, -1 for a
    standing site or for nobody. ``certificate``: what the checker needs to recompute the bound without a solver.
    """

    problem: str
    selected: tuple[int, ...]
    assigned: tuple[int, ...]
    value: int
    lower_bound: int
    seconds: float
    settings: dict[str, Any]
    certificate: dict[str, Any]

    @property
    def gap(self) -> float:
        """Return how far the value may lie above the best possible, as a share of the value."""
        return (self.value - self.lower_bound) / self.value if self.value else 0.0

    @property
    def proved_optimal(self) -> bool:
        """Whether the bound proves that no plan is better."""
        return self.lower_bound >= self.value

    @property
    def value_m(self) -> float:
        """Return the value in metres (p-center) or weight × metres."""
        return self._in_metres(self.value)

    @property
    def lower_bound_m(self) -> float:
        """Return what no plan under these rules falls below, in the unit of ``value_m``."""
        return self._in_metres(self.lower_bound)

    def _in_metres(self, units: int) -> float:
        return float(units / (GRID_PER_METRE * int(self.settings.get("weight_parts", 1))))

    def to_json(self) -> str:
        """Return the plan as JSON text."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> DistancePlan:
        """Return the plan that ``to_json`` wrote."""
        told = json.loads(text)
        return cls(**{**told, "selected": tuple(told["selected"]), "assigned": tuple(told["assigned"])})
