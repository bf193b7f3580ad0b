"""The p-median problem: open p sites so that everybody's distance to the nearest, times their weight, is least in all."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.siting import median_kernel, median_tree
from gridmgmt.siting.clock import Clock
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.distance_run import DistanceRun
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.model import Cancel, Rules, Watch
from gridmgmt.siting.near import near_from_any
from gridmgmt.siting.units import Flags, Floats, Ints, weight_parts

MOST_SWAPS, MOST_NODES = 100_000, 20_000
SHORT, LONG = 20, 200  # rounds of disturbance and repair without a better plan


def solve_p_median(
    demand_xy: npt.ArrayLike | None,
    demand_weight: npt.ArrayLike,
    candidate_xy: npt.ArrayLike | None,
    *,
    p: int,
    standing_xy: npt.ArrayLike | None = None,
    distances: Any = None,  # noqa: ANN401
    beyond_m: float | None = None,
    standing_m: npt.ArrayLike | None = None,
    rules: Rules | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
    on_progress: Watch | None = None,
    cancel: Cancel | None = None,
    start: Sequence[int] | None = None,
) -> DistancePlan:
    """Return the plan of at most ``p`` new sites with the least sum of weight × distance to the nearest open or standing site.

    Model: minimise sum_i w_i min(d_i(standing), min over open j of d_ij). Coordinates are metres in one CRS; a distance is straight and rounded
    down to 1/1024 m, or taken from ``distances`` (see ``near_from_matrix``; then the points may be None). Weights count in whole
    parts (see ``weight_parts``). The bound is Lagrangian with whole multipliers and holds by integer arithmetic; a tree of choices closes what is left of the gap.
    A time limit or ``cancel`` returns the best plan and bound so far. Raises InvalidInputError for bad input, ConflictError for rules that
    contradict each other.
    """
    clock = Clock(time_limit_s, None, cancel)
    near = near_from_any(demand_xy, candidate_xy, standing_xy, distances=distances, beyond_m=beyond_m, standing_m=standing_m)
    weight, parts = weight_parts(demand_weight, len(near.beyond))
    kept = Limits.of(rules, near.sites, p, candidate_xy, standing_xy)
    run = _Run(near, kept, min(p, near.sites), parts, clock, on_progress, weight, seed)
    run.begin(start)
    run.prove()
    settings = {
        "p": p,
        "weight_parts": parts,
        "seed": seed,
        "time_limit_s": time_limit_s,
        "distance": "given" if distances is not None else "straight",
    }
    return run.plan(settings)


@dataclasses.dataclass
class _Run(DistanceRun):
    """One solve of the p-median problem."""

    weight: Ints
    seed: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.chance = np.random.default_rng(self.seed)
        self.rows = self.near.rows(self.weight, ~self.limits.closed)
        self.columns = median_kernel.transpose(*self.rows[:3], self.near.sites)
        self.value = int(self.rows[3].sum())

    def begin(self, start: Sequence[int] | None) -> None:
        """Find a first plan: the one given, else greedy; then improve it for a while."""
        is_open = self.limits.state == 1
        is_open[list(start or ())] = True
        if is_open.sum() > self.p or not self.limits.keeps(is_open):
            saving = median_kernel.reduced_costs(self.rows, self.rows[3], self.near.sites)
            is_open = self.limits.first_choice(self.p, -saving.astype(np.float64))
        rules, noise = self.limits.arrays(is_open), np.ones(self.near.sites)
        median_kernel.greedy(self.rows, self.columns, is_open, self.limits.closed, rules, self.p, noise)
        self.value = self._cost(is_open)
        self.best = is_open
        self._improve(is_open)
        self.disturb(SHORT)

    def _cost(self, is_open: Flags) -> int:
        return int(median_kernel.nearest_two(self.rows, is_open)[1].sum())

    def _improve(self, is_open: Flags) -> int:
        """Swap while it saves and keep the plan when it is the best; return the best value."""
        value = int(median_kernel.interchange(self.rows, self.columns, is_open, self.limits.arrays(is_open), MOST_SWAPS))
        if value < self.value:
            self.value, self.best = value, is_open.copy()
            self.tell("interchange")
        return self.value

    def disturb(self, patience: int) -> None:
        """Change some sites of the best plan by chance and improve again, until ``patience`` rounds bring nothing."""
        stale = 0
        while stale < patience and self.clock.goes_on() and 0 < self.p < self.near.sites:
            before, is_open = self.value, self.best.copy()
            arrays = self.limits.arrays(is_open)
            median_kernel.shake(
                is_open, arrays, self.limits.closed, int(self.chance.integers(2, 3 + max(2, self.p // 4))), int(self.chance.integers(2**31))
            )
            self._improve(is_open)
            stale = 0 if self.value < before else stale + 1

    def prove(self) -> None:
        """Grow trees until the best plan is proven best or time is up."""
        instance = median_tree.Instance(self.rows, self.p, self.limits.state, self.limits.group, self.limits.least, self.limits.most)
        u: Floats = median_kernel.nearest_two(self.rows, self.best)[2].astype(np.float64)
        searched, proven = False, -1
        while True:
            target = self.value
            tree = median_tree.grow(
                instance,
                target,
                u,
                try_plan=self._try,
                goes_on=self.clock.goes_on,
                on_bound=self._raise,
                most_nodes=MOST_NODES if searched else 1,
            )
            if tree.bound > proven:
                proven = self.bound = tree.bound
                self.certificate = tree.certificate()
            u = np.array(tree.nodes[0]["u"], np.float64) / tree.scale
            if self.bound >= self.value or not self.clock.goes_on():
                return
            if searched and self.value == target:
                return
            self.disturb(LONG)
            searched = True

    def _raise(self, bound: int) -> None:
        self.bound = max(self.bound, bound)
        self.tell("bound")

    def _try(self, share: Floats) -> int:
        """Try the sites that the bound chose most often; return the value of the best plan known."""
        is_open = median_tree.best_of(share, self.p, self.limits.closed)
        if not self.limits.keeps(is_open):
            return self.value
        return self._improve(is_open)

    def plan(self, settings: dict[str, Any]) -> DistancePlan:
        """Return the best plan with its proof."""
        first, units = self.near.served(self.best)
        self.value = sum((units * self.weight).tolist())
        return self.finish("p_median", first, settings)
