"""The p-center problem: open p sites so that whoever goes farthest goes as short a way as possible."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.siting import median_kernel
from gridmgmt.siting.center_cover import Cover, prove_uncoverable, solve_cover
from gridmgmt.siting.clock import Clock
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.distance_run import DistanceRun
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.model import Cancel, Rules, Watch
from gridmgmt.siting.near import near_from_any
from gridmgmt.siting.units import Flags, Ints, weight_parts

MOST_NODES = 2_000
CERTAIN_S = 1e9


def solve_p_center(
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
    """Return the plan of at most ``p`` new sites with the least distance of the demand point that is worst off.

    Model: minimise the maximum over i with weight > 0 of min(d_i(standing), min over open j of d_ij); weights decide only who counts. Arguments
    and distances as in ``solve_p_median``. Found by halving the list of distances, each asking whether p sites cover all within it (HiGHS);
    the proof is that p sites cannot within the next shorter one, by whole dual multipliers and, where they do not suffice, a tree of cases.
    ``seed`` changes nothing. A time limit or ``cancel`` returns the best plan and bound so far.
    """
    clock = Clock(time_limit_s, None, cancel)
    near = near_from_any(demand_xy, candidate_xy, standing_xy, distances=distances, beyond_m=beyond_m, standing_m=standing_m)
    weight, _ = weight_parts(demand_weight, len(near.beyond))
    limits = Limits.of(rules, near.sites, p, candidate_xy, standing_xy)
    run = _Run(near, limits, min(p, near.sites), 1, clock, on_progress, weight > 0)
    run.begin(start)
    run.halve()
    run.prove()
    return run.plan({"p": p, "seed": seed, "time_limit_s": time_limit_s, "distance": "straight" if distances is None else "given"})


@dataclasses.dataclass
class _Run(DistanceRun):
    """One solve of the p-center problem; ``counts``: who must be served."""

    counts: Flags

    def __post_init__(self) -> None:
        super().__post_init__()
        row = np.repeat(np.arange(len(self.counts)), np.diff(self.near.indptr))
        self.lengths: Ints = np.unique(np.concatenate([[0], self.near.units[self.counts[row]], self.near.beyond[self.counts]]))
        self.certificate = {"kind": "cover_tree", "radius": -1, "nodes": []}

    def left_s(self) -> float:
        """Return the seconds left; below 0 when somebody cancelled."""
        left = self.clock.left()
        return -1.0 if self.clock.cancelled() else CERTAIN_S if left is None else left

    def worst(self, is_open: Flags) -> int:
        """Return the distance of the point worst off."""
        return int(self.near.served(is_open)[1][self.counts].max(initial=0))

    def begin(self, start: Sequence[int] | None) -> None:
        """Open the sites given, else the one that helps the point worst off, again and again."""
        is_open = self.limits.state == 1
        is_open[list(start or ())] = True
        if is_open.sum() > self.p or not self.limits.keeps(is_open):
            is_open = self.limits.first_choice(self.p, np.zeros(self.near.sites))
        rules = self.limits.arrays(is_open)
        while is_open.sum() < self.p:
            far = np.where(self.counts, self.near.served(is_open)[1], -1)
            i = int(far.argmax())
            row = self.near.site[self.near.indptr[i] : self.near.indptr[i + 1]]
            usable = [j for j in row.tolist() if not is_open[j] and not self.limits.closed[j] and median_kernel.may_swap(j, -1, rules)]
            if not usable:
                break
            is_open[usable[0]] = True
            median_kernel.take(usable[0], 1, rules)
        self.best, self.value = is_open, self.worst(is_open)
        self.tell("greedy")

    def cover(self, length: int) -> Cover:
        """Return who must be covered within a length and by which sites."""
        return Cover.within(self.near, self.counts, self.limits.closed, length)

    def halve(self) -> None:
        """Halve the list of lengths by asking HiGHS, until two neighbours are left."""
        low, high = -1, int(np.searchsorted(self.lengths, self.value))
        while high - low > 1 and self.left_s() > 0:
            middle = (low + high) // 2
            is_open = solve_cover(self.cover(int(self.lengths[middle])), self.limits, self.p, seconds=self.left_s())
            if is_open is not None and self.worst(is_open) < self.value:
                self.best, self.value = is_open, self.worst(is_open)
                high = int(np.searchsorted(self.lengths, self.value))
                self.tell("cover")
            else:
                low = middle

    def prove(self) -> None:
        """Prove that the next shorter length is impossible; else find the longest that dual multipliers alone prove impossible."""
        high = int(np.searchsorted(self.lengths, self.value))
        if self._is_impossible(high - 1, MOST_NODES):
            return
        low = -1
        while high - low > 1 and self.left_s() > 0:
            middle = (low + high) // 2
            if self._is_impossible(middle, 1):
                low = middle
            else:
                high = middle

    def _is_impossible(self, at: int, most_nodes: int) -> bool:
        """Whether it is proven that p sites cannot cover all within a length; then the next one is the bound."""
        if at < 0:
            return True
        nodes = prove_uncoverable(self.cover(int(self.lengths[at])), self.limits.state, self.p, most_nodes, self.left_s)
        if nodes is None:
            return False
        self.bound = max(self.bound, int(self.lengths[at + 1]) if at + 1 < len(self.lengths) else int(self.lengths[at]))
        self.certificate = {"kind": "cover_tree", "radius": int(self.lengths[at]), "nodes": nodes}
        self.tell("bound")
        return True

    def plan(self, settings: dict[str, Any]) -> DistancePlan:
        """Return the best plan with its proof."""
        first, _ = self.near.served(self.best)
        return self.finish("p_center", first, settings)
