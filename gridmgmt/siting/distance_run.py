"""What the solves that minimise distance have in common: the instance, the time, the best plan and the proven bound so far."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.siting.clock import Clock
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.model import Progress, Watch
from gridmgmt.siting.near import Near
from gridmgmt.siting.units import Flags, Ints

UNSOLVED = 1 << 60  # the value while there is no plan


@dataclasses.dataclass
class DistanceRun:
    """One solve. ``best`` is the best choice of sites so far, worth ``value``; ``bound`` is proven by ``certificate``.

    ``parts``: parts of a weight of 1 in ``value`` and ``bound``, both of them times 1/1024 m.
    """

    near: Near
    limits: Limits
    p: int
    parts: int
    clock: Clock
    on_progress: Watch | None

    def __post_init__(self) -> None:
        """Begin with nothing open and nothing proven."""
        self.best: Flags = np.zeros(self.near.sites, np.bool_)
        self.value, self.bound = UNSOLVED, 0
        self.certificate: dict[str, Any] = {}

    @property
    def selected(self) -> tuple[int, ...]:
        """Return the positions of the best choice so far."""
        return tuple(np.flatnonzero(self.best).tolist())

    def tell(self, step: str) -> None:
        """Report where the solve stands."""
        if self.on_progress is not None:
            scale = GRID_PER_METRE * self.parts
            value = None if self.value >= UNSOLVED else self.value / scale
            self.on_progress(Progress(step, value, self.bound / scale, self.clock.seconds, self.selected))

    def finish(self, problem: str, assigned: Ints, settings: dict[str, Any]) -> DistancePlan:
        """Return the best plan with its proof; ``assigned``: the candidate each demand point goes to, or -1."""
        self.tell("done")
        return DistancePlan(
            problem, self.selected, tuple(assigned.tolist()), self.value, min(self.bound, self.value), self.clock.seconds, settings,
            self.certificate,
        )  # fmt: skip
