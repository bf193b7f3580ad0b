"""A window of the capacitated problem: some neighbouring open sites with all their points, solved again by HiGHS with other candidates."""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from gridmgmt.siting.capacity_kernel import FAR
from gridmgmt.siting.limits import Limits
from gridmgmt.siting.units import Flags, Floats, Ints

OPEN, OTHERS, CHOICES = 7, 45, 14  # open sites of a window, candidates that may take their place, candidates a point may go to
SECONDS, GAP = 6.0, 2e-4


def better_window(
    table: Ints,
    load: Ints,
    capacity: Ints,
    *,
    is_open: Flags,
    to: Ints,
    limits: Limits,
    liked: Floats,
    middle: int,
    spare: int,
) -> tuple[Flags, Ints] | None:
    """Return open sites and assignment with one window solved anew (around an open site), None when HiGHS found nothing in its seconds.

    ``liked``: what each site saves under the bound's multipliers; ``spare``: how many more sites may open than do.
    """
    opened = np.flatnonzero(is_open)
    mine = opened[np.argsort(_far_from(table, to, opened, middle), kind="stable")[:OPEN]]
    points = np.flatnonzero(np.isin(to, mine))
    if len(points) == 0:
        return None
    nearest = np.partition(table[points], min(CHOICES, table.shape[1] - 1), axis=1)[:, min(CHOICES, table.shape[1] - 1)]
    wanted = (table[points] <= nearest[:, None]).sum(axis=0) > 0
    free = np.flatnonzero(wanted & ~is_open & ~limits.closed)
    sites = np.concatenate([mine, free[np.argsort(-liked[free], kind="stable")[:OTHERS]]])
    rules, left, least = _kept_rules(limits, is_open, mine, sites)
    found = _solve(table[np.ix_(points, sites)], load[points], capacity[sites], rules=rules, left=left, least=least, most=len(mine) + spare)
    if found is None:
        return None
    chosen, place = found
    now_open, now_to = is_open.copy(), to.copy()
    now_open[mine] = False
    now_open[sites[chosen]] = True
    now_to[points] = sites[place]
    return now_open, now_to


def _far_from(table: Ints, to: Ints, opened: Ints, middle: int) -> Floats:
    """Return how dear each open site is for the points of one of them."""
    here = np.minimum(table[to == middle][:, opened], FAR >> 20).astype(np.float64)
    cost: Floats = here.sum(axis=0)
    cost[opened == middle] = -1
    return cost


def _kept_rules(limits: Limits, is_open: Flags, mine: Ints, sites: Ints) -> tuple[sparse.csr_array, Ints, Ints]:
    """Return (rows over the window's sites, what is left of their limits, least of each site)."""
    side = limits.side
    rule = np.repeat(np.arange(len(side.sites)), side.sites.sizes())
    every = sparse.csr_array((side.factors, (rule, side.sites.items)), shape=(len(side.limits), len(is_open)))
    outside = is_open.copy()
    outside[mine] = False
    return every[:, sites], side.limits - every @ outside.astype(np.int64), (limits.state[sites] == 1).astype(np.int64)


def _solve(
    cost: Ints, load: Ints, capacity: Ints, *, rules: sparse.csr_array, left: Ints, least: Ints, most: int
) -> tuple[Ints, Ints] | None:
    """Return (positions of the sites that open, position each point goes to)."""
    points, sites = cost.shape
    kept = min(CHOICES, sites) - 1
    row, column = np.nonzero((cost <= np.partition(cost, kept, axis=1)[:, kept, None]) & (cost < FAR))
    pairs = np.arange(len(row))
    width = len(row) + sites

    def rows(at: Ints, columns: Ints, values: Floats | Ints, count: int) -> sparse.csr_array:
        return sparse.csr_array((values, (at, columns)), shape=(count, width))

    ones = np.ones(len(row))
    each_once = rows(row, pairs, ones, points)
    within = rows(np.concatenate([column, np.arange(sites)]), np.arange(width), np.concatenate([load[row], -capacity]), sites)
    only_open = rows(np.concatenate([pairs, pairs]), np.concatenate([pairs, len(row) + column]), np.concatenate([ones, -ones]), len(row))
    number = rows(np.zeros(sites, np.int64), len(row) + np.arange(sites), np.ones(sites), 1)
    constraints = [
        optimize.LinearConstraint(each_once, 1, 1), optimize.LinearConstraint(within, -np.inf, 0),
        optimize.LinearConstraint(only_open, -np.inf, 0), optimize.LinearConstraint(number, 0, most),
    ]  # fmt: skip
    if rules.shape[0]:
        wide = sparse.hstack([sparse.csr_array((rules.shape[0], len(row))), rules], format="csr")
        constraints.append(optimize.LinearConstraint(wide, -np.inf, left))
    scale = max(1.0, float(cost[cost < FAR].max(initial=1)))
    solved = optimize.milp(
        np.concatenate([cost[row, column] / scale, np.zeros(sites)]), constraints=constraints, integrality=np.ones(width),
        bounds=optimize.Bounds(np.concatenate([np.zeros(len(row)), least]), 1), options={"time_limit": SECONDS, "mip_rel_gap": GAP},
    )  # fmt: skip
    if solved.x is None:
        return None
    taken = np.asarray(solved.x[: len(row)]) > 0.5  # noqa: PLR2004 - whole up to the solver's tolerance
    place = np.full(points, -1, np.int64)
    place[row[taken]] = column[taken]
    open_here = np.asarray(solved.x[len(row) :]) > 0.5  # noqa: PLR2004
    full = np.bincount(place[place >= 0], load[place >= 0], sites) > capacity
    return None if (place < 0).any() or full.any() or not open_here[place].all() else (np.flatnonzero(open_here), place)
