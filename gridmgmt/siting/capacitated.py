"""The capacitated problem: open p sites and send every demand point to one of them, within capacity, at the least weight × distance."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting import capacity_kernel, median_kernel
from gridmgmt.siting.capacity_anneal import Annealing
from gridmgmt.siting.capacity_feasible import find_assignment, refuse_impossible
from gridmgmt.siting.capacity_windows import better_window
from gridmgmt.siting.clock import Clock
from gridmgmt.siting.distance_plan import DistancePlan
from gridmgmt.siting.distance_run import UNSOLVED, DistanceRun
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.model import Cancel, Rules, Watch
from gridmgmt.siting.near import Near, near_from_matrix, near_from_points
from gridmgmt.siting.units import Flags, Floats, Ints, lengths_in_units, weight_parts

ANNEAL_SHARE, SEARCH_SHARE = 0.7, 0.92  # of the time limit; the rest raises the bound once more
SWAPS = 12_000  # tried for each open site at most
MOST_PAIRS, MOST_LOAD = 60_000_000, 1e9
STEP_ROUNDS, MOST_TRIALS = 20, 60  # subgradient rounds between two trials of what the bound chose
LAST_STEP, AGAIN_STEP = 1e-3, 0.5
FIRST_TRIALS, FIRST_SWAPS = 20, 1000
SCALE, MOST_SUM = 1024, 1 << 60
CLOSE_ENOUGH = 1e-4  # gap at which looking for better plans ends
A_FEW, LITTLE = 8, 0.005  # trials after which the bound must have closed that share of the gap, else plans are sought first


def solve_capacitated(
    demand_xy: npt.ArrayLike | None,
    demand_weight: npt.ArrayLike,
    candidate_xy: npt.ArrayLike | None,
    *,
    load: npt.ArrayLike,
    capacity: npt.ArrayLike,
    p: int,
    reach_m: float | None = None,
    distances: Any = None,  # noqa: ANN401
    rules: Rules | None = None,
    time_limit_s: float | None = None,
    seed: int = 0,
    on_progress: Watch | None = None,
    cancel: Cancel | None = None,
    start: Sequence[int] | None = None,
) -> DistancePlan:
    """Return the plan of at most ``p`` sites that sends every point to one open site at the least sum of weight × distance.

    Model: minimise sum w_i d_ij x_ij; every i has one j; sum of ``load`` at j <= ``capacity`` of j if j opens, else 0; d_ij <= ``reach_m`` where
    given. ``load`` and ``capacity`` are whole numbers of one unit (kg a day); ``capacity`` is one number or one a candidate. Distances as in
    ``solve_p_median``. Existing stations are candidates with ``Rules.forced`` and count among ``p``. The bound relaxes "every point once" and
    keeps capacity as continuous knapsacks, with whole multipliers. Raises InvalidInputError for bad input and ConflictError that names the
    smallest set of rules no plan can keep, or says that none was found in time.
    """
    clock = Clock(time_limit_s, None, cancel)
    near = _near(demand_xy, candidate_xy, distances, reach_m)
    weight, parts = weight_parts(demand_weight, len(near.beyond))
    loads, room = whole(load, "load", len(weight)), whole(capacity, "capacity", near.sites)
    limits = Limits.of(rules, near.sites, p, candidate_xy)
    refuse_impossible(near, loads, room, limits, p)
    run = _Run(near, limits, min(p, near.sites), parts, clock, on_progress, weight, loads, room, seed)
    run.begin(start)
    run.ascend(run.step, little=LITTLE)
    run.anneal()
    run.improve()
    run.ascend(AGAIN_STEP, little=0.0)
    told = "straight" if distances is None else "given"
    return run.plan({"p": p, "reach_m": reach_m, "weight_parts": parts, "seed": seed, "time_limit_s": time_limit_s, "distance": told})


def whole(values: npt.ArrayLike, field: str, count: int) -> Ints:
    """Return whole numbers from 0 to a billion, one a row (or one for all); raise InvalidInputError naming the row of another."""
    given = np.broadcast_to(np.asarray(values, np.float64), (count,)) if np.ndim(values) == 0 else np.asarray(values, np.float64)
    if given.shape != (count,):
        raise InvalidInputError(field, f"{given.size} values for {count} rows", zh=f"{count} 行有 {given.size} 个值")
    bad = ~((given >= 0) & (given <= MOST_LOAD) & (given == np.floor(given)))
    if bad.any():
        raise InvalidInputError(
            field, "must be a whole number from 0 to a billion", row=int(np.argmax(bad)) + 1, zh="应为 0 至 10 亿的整数"
        )
    return given.astype(np.int64)


def _near(demand_xy: Any, candidate_xy: Any, distances: Any, reach_m: float | None) -> Near:  # noqa: ANN401
    """Return every pair within reach."""
    if distances is None:
        near = near_from_points(demand_xy if demand_xy is not None else [], candidate_xy if candidate_xy is not None else [], None)
    else:
        near = near_from_matrix(distances, beyond_m=None, standing_m=None)
    if near.points is not None or len(near.beyond) * near.sites > MOST_PAIRS:
        raise InvalidInputError(
            "demand_xy",
            f"more than {MOST_PAIRS:,} pairs of points and candidates; merge points",
            zh="需求点与候选点的组合过多，请合并需求点",
        )
    near = dataclasses.replace(near, beyond=8 * near.beyond)  # scarce capacity may price a point above its farthest site
    return near if reach_m is None else near.within(int(lengths_in_units([reach_m], "reach_m")[0]))


@dataclasses.dataclass
class _Run(DistanceRun):
    """One solve within capacity; ``to``: the site each point goes to in the best plan."""

    weight: Ints
    load: Ints
    capacity: Ints
    seed: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.chance = np.random.default_rng(self.seed)
        self.rows = self.near.rows(self.weight, ~self.limits.closed)
        self.table = np.full((len(self.weight), self.near.sites), capacity_kernel.FAR, np.int64)
        self.table[np.repeat(np.arange(len(self.weight)), np.diff(self.rows[0])), self.rows[1]] = self.rows[2]
        self.to: Ints = np.full(len(self.weight), -1, np.int64)
        self.liked: Floats = np.zeros(self.near.sites)  # what the bound's multipliers say a site saves

    def begin(self, start: Sequence[int] | None) -> None:
        """Find a first plan: from the sites given, from the multipliers' choice, or from HiGHS; raise ConflictError when there is none."""
        if start is not None:
            is_open = self.limits.state == 1
            is_open[list(start)] = True
            self.try_sites(is_open)
        is_open, second = self._without_capacity()
        self.u = np.minimum(second * 1.2 + 1, self.rows[3])
        self.step, self.best_u = 1.0, self.u
        self.try_sites(is_open)
        goal = float(median_kernel.nearest_two(self.rows, is_open)[1].sum())
        for _ in range(FIRST_TRIALS):
            if self.value < UNSOLVED:
                return
            self._few_rounds(1.2 * goal)
        found = find_assignment(self.near, self.load, self.capacity, self.limits, self.p)
        self._keep(np.isin(np.arange(self.near.sites), found) | (self.limits.state == 1), found)

    def _without_capacity(self) -> tuple[Flags, Floats]:
        """Return the sites of a p-median plan without capacity, and what each point's second nearest of them costs."""
        columns = median_kernel.transpose(*self.rows[:3], self.near.sites)
        saving = median_kernel.reduced_costs(self.rows, self.rows[3], self.near.sites)
        is_open = self.limits.first_choice(self.p, -saving.astype(np.float64))
        median_kernel.greedy(self.rows, columns, is_open, self.limits.closed, self.limits.arrays(is_open), self.p, np.ones(self.near.sites))
        median_kernel.interchange(self.rows, columns, is_open, self.limits.arrays(is_open), FIRST_SWAPS)
        second = median_kernel.nearest_two(self.rows, is_open)[2]
        return is_open, np.minimum(second, np.int64(2) * self.rows[2].max(initial=0)).astype(np.float64)

    def try_sites(self, is_open: Flags) -> bool:
        """Settle everybody on these sites; keep the plan when it is the best."""
        if is_open.sum() > self.p or not self.limits.keeps(is_open):
            return False
        to, rules = np.empty(len(self.weight), np.int64), self.limits.arrays(is_open)
        value = int(capacity_kernel.settle(self.table, self.load, self.capacity, is_open, to, self.limits.closed, rules))
        return value < self.value and self._keep(is_open, to)

    def _keep(self, is_open: Flags, to: Ints) -> bool:
        value = sum(self.table[np.arange(len(to)), to].tolist())
        if value >= self.value:
            return False
        self.value, self.best, self.to = value, is_open.copy(), to.copy()
        self.tell("search")
        return True

    def _few_rounds(self, target: float) -> None:
        """Do some subgradient rounds; try what they chose, keep what they prove."""
        quotas = (self.limits.group, self.limits.least, self.limits.most)
        bound, best_u, chosen, self.u, self.step = capacity_kernel.ascend(
            self.rows, self.load, self.capacity, self.u, self.limits.state, quotas, self.p, target, STEP_ROUNDS, self.step
        )
        if bound > self.bound:
            self._prove(best_u)
            self.best_u = best_u
        self.try_sites(chosen)

    def ascend(self, step: float, *, little: float) -> None:
        """Raise the bound until it stands still, or some trials close less than a ``little`` share of the gap."""
        self.u, self.step = self.best_u.copy(), step
        before = 0
        for trial in range(MOST_TRIALS):
            if self.step <= LAST_STEP or not self.clock.goes_on() or self.bound >= self.value:
                return
            if trial % A_FEW == 0:
                if trial and self.bound - before < little * (self.value - self.bound):
                    return
                before = self.bound
            self._few_rounds(float(self.value))

    def _prove(self, u: Floats) -> None:
        """Recompute the bound in whole numbers; keep it and its multipliers when it is higher."""
        scale = max(
            1,
            min(
                SCALE,
                MOST_SUM // (int(self.rows[3].sum()) + 1),
                MOST_SUM // (int(self.rows[3].max(initial=0)) * int(self.load.max(initial=1)) + 1),
            ),
        )
        exact = (self.rows[0], self.rows[1], self.rows[2] * scale, self.rows[3] * scale)
        whole_u = np.minimum(np.rint(u * scale).astype(np.int64), exact[3])
        start, point, profit = capacity_kernel.gather(exact, whole_u, self.near.sites)
        rate = capacity_kernel.fill_knapsacks(start, point, profit, self.load, self.capacity)[2]
        floor = np.floor(rate).astype(np.int64)
        low, high = (capacity_kernel.dual_values(exact, self.load, self.capacity, whole_u, floor + more) for more in (0, 1))
        saving, rates = np.maximum(low, high), np.where(low >= high, floor, floor + 1)
        _, chosen = median_kernel.select(saving, self.limits.state, self.limits.group, self.limits.least, self.limits.most, self.p)
        bound = -(-(int(sum(whole_u.tolist())) + sum(saving[chosen].tolist())) // scale)
        if bound > self.bound:
            self.bound, self.liked = bound, -saving.astype(np.float64)
            self.certificate = {"kind": "knapsacks", "scale": scale, "u": whole_u.tolist(), "rate": rates.tolist()}
            self.tell("bound")

    def anneal(self) -> None:
        """Swap sites while the heat falls."""
        if not self.near.sites > self.best.sum() > 0 or self._is_close():
            return
        walk = Annealing(self.near, self.rows, self.table, self.load, self.capacity, is_open=self.best, to=self.to)
        began, most = self.clock.seconds, SWAPS * int(self.best.sum())

        def done(tried: int) -> float:
            return 1.0 if self._is_close() else max(self.clock.done(began, ANNEAL_SHARE), tried / most)

        walk.walk(self.limits.arrays(self.best), self.chance, done, self._keep)

    def _is_close(self) -> bool:
        """Whether the gap is too small to look for better plans."""
        return self.value - self.bound <= CLOSE_ENOUGH * self.value

    def improve(self) -> None:
        """Solve windows of neighbouring sites by HiGHS, around each open site in turn, until a whole round brings nothing."""
        before = self.value + 1
        while self.value < before and self.clock.goes_on(SEARCH_SHARE):
            before = self.value
            for middle in self.chance.permutation(np.flatnonzero(self.best)).tolist():
                self._improve_around(middle)

    def _improve_around(self, middle: int) -> None:
        """Solve the window around an open site, if it is still open, there is time and a gap; settle everybody again when it helped."""
        if not self.best[middle] or not self.clock.goes_on(SEARCH_SHARE) or self._is_close():
            return
        found = better_window(
            self.table, self.load, self.capacity, is_open=self.best, to=self.to, limits=self.limits, liked=self.liked,
            middle=middle, spare=self.p - int(self.best.sum()),
        )  # fmt: skip
        if found is not None and self._keep(*found):
            self.try_sites(self.best.copy())

    def plan(self, settings: dict[str, Any]) -> DistancePlan:
        """Return the best plan with its proof."""
        return self.finish("capacitated", self.to, settings)
