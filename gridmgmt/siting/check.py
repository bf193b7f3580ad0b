"""The independent checker of covering plans: coverage, every rule and the bound, recomputed from the inputs; no solver in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.siting.check_bound import FREE, IN, OUT, Ints, Rest, UnsoundError, proved
from gridmgmt.siting.check_phases import check_phases
from gridmgmt.siting.model import Plan, Spacing
from gridmgmt.siting.units import to_units, weight_parts

WORTHS = {"mclp": (1, 0), "backup": (1, 1), "lscp": (1, 0)}  # of a first and a second cover
Pairs = tuple[Ints, Ints]  # demand point and candidate that covers it, in rising order


@dataclasses.dataclass(frozen=True)
class Given:
    """The inputs: who covers whom, how many standing facilities cover each point, coordinates of candidates and standing ones (units)."""

    pairs: Pairs
    standing_count: Ints
    xy: Ints
    standing: Ints


def faults(
    plan: Plan,
    demand_xy: npt.ArrayLike,
    demand_weight: npt.ArrayLike | None,
    candidate_xy: npt.ArrayLike,
    standing_xy: npt.ArrayLike | None = None,
) -> list[str]:
    """Return what is wrong with a plan in a straight line, one sentence each; empty: the plan is sound and its bound is proved.

    The arguments are those the plan was solved with (metres; ``demand_weight`` is None for "lscp").
    """
    demand, candidates = to_units(demand_xy, "demand_xy"), to_units(candidate_xy, "candidate_xy")
    standing = to_units(np.empty((0, 2)) if standing_xy is None else standing_xy, "standing_xy")
    radius = plan.settings.get("service_radius_m")
    if not isinstance(radius, int | float):
        return ["the plan names no service radius"]
    reach = int(Fraction(radius) ** 2 * GRID_PER_METRE**2)
    count = np.bincount(pairs_within(demand, standing, reach)[0], minlength=len(demand))
    return list(_faults(plan, Given(pairs_within(demand, candidates, reach), count, candidates, standing), demand_weight))


def faults_of_sets(
    plan: Plan,
    indptr: npt.ArrayLike,
    indices: npt.ArrayLike,
    demand_weight: npt.ArrayLike | None,
    candidates: int,
    *,
    standing: npt.ArrayLike | None = None,
    candidate_xy: npt.ArrayLike | None = None,
) -> list[str]:
    """As ``faults`` for a plan over listed covers (as ``CoverSets.from_csr`` takes them)."""
    starts = np.asarray(indptr, np.int64)
    row, site = np.repeat(np.arange(len(starts) - 1), np.diff(starts)), np.asarray(indices, np.int64)
    order = np.lexsort((site, row))
    count = np.zeros(len(starts) - 1, np.int64) if standing is None else np.asarray(standing, np.int64)
    xy = np.zeros((candidates, 2), np.int64) if candidate_xy is None else to_units(candidate_xy, "candidate_xy")
    return list(_faults(plan, Given((row[order], site[order]), count, xy, np.empty((0, 2), np.int64)), demand_weight))


def pairs_within(a: Ints, b: Ints, reach: int) -> Pairs:
    """Return all pairs (position in a, position in b) whose squared distance is ``reach`` at most, in rising order; -1: none."""
    if not (len(a) and len(b)) or reach < 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    wide = int(reach**0.5) + 1
    order = np.argsort(b[:, 0] // wide * (1 << 32) + b[:, 1] // wide + (1 << 31), kind="stable")
    keys = (b[:, 0] // wide * (1 << 32) + b[:, 1] // wide + (1 << 31))[order]
    found = []
    for east in (-1, 0, 1):  # three cells above each other are one stretch of keys
        column = (a[:, 0] // wide + east) * (1 << 32) + (1 << 31)
        low, high = (np.searchsorted(keys, column + a[:, 1] // wide + step, side=side) for step, side in ((-1, "left"), (1, "right")))  # type: ignore[call-overload]
        one = np.repeat(np.arange(len(a)), high - low)
        other = order[np.arange(len(one)) - np.repeat(np.cumsum(high - low) - (high - low), high - low) + np.repeat(low, high - low)]
        near = ((a[one] - b[other]) ** 2).sum(axis=1) <= reach
        found.append((one[near], other[near]))
    one, other = (np.concatenate([part[k] for part in found]) for k in (0, 1))
    order = np.lexsort((other, one))
    return one[order], other[order]


def _faults(plan: Plan, given: Given, demand_weight: npt.ArrayLike | None) -> Iterator[str]:
    points, sites = len(given.standing_count), len(given.xy)
    if plan.problem not in WORTHS:
        yield f"“{plan.problem}” is no covering problem"
        return
    chosen, most = np.array(plan.selected, np.int64), sites if plan.problem == "lscp" else plan.settings.get("p")
    if not isinstance(most, int) or len(np.unique(chosen)) != len(chosen) or (chosen < 0).any() or (chosen >= sites).any():
        yield "the choice is not a set of candidates, or its number is not stated"
        return
    parts, scale = (
        (np.ones(points, np.int64), 1)
        if plan.problem == "lscp"
        else weight_parts(demand_weight if demand_weight is not None else [], points)
    )
    if scale != plan.scale:
        yield f"the plan counts {plan.scale} parts to one unit of weight, the weights have {scale}"
    if len(chosen) > most:
        yield f"{len(chosen)} sites are chosen, {most} are allowed"
    fix = yield from _rule_faults(plan, chosen, given.xy, given.standing)
    reachable = np.bincount(given.pairs[0][fix[given.pairs[1]] != OUT], minlength=points) + given.standing_count > 0
    if plan.unreachable != tuple(np.flatnonzero(~reachable).tolist()):
        yield "the demand points that nobody reaches are others than stated"
    try:
        yield from _figure_faults(plan, given, parts, fix, most)
    except UnsoundError as error:
        yield f"the bound is not proved: {error}"
    if plan.phases or (plan.rules.phases and plan.problem != "lscp"):
        yield from check_phases(plan, lambda year: _year_faults(year, given, parts))


def _year_faults(year: Plan, given: Given, parts: Ints) -> Iterator[str]:
    """Yield what is wrong with an earlier year, as a plan of its own; its certificate may speak of better choices than this one."""
    fix = yield from _rule_faults(year, np.array(year.selected, np.int64), given.xy, given.standing)
    try:
        yield from _figure_faults(year, given, parts, fix, len(year.selected), allowed=year.bound)
    except UnsoundError as error:
        yield f"the bound is not proved: {error}"


def _figure_faults(plan: Plan, given: Given, parts: Ints, fix: Ints, most: int, *, allowed: int | None = None) -> Iterator[str]:
    chosen, pairs, standing_count = np.array(plan.selected, np.int64), given.pairs, given.standing_count
    held = np.zeros(len(fix), np.int64)
    held[chosen] = 1
    count = np.bincount(pairs[0], held[pairs[1]], minlength=len(parts)).astype(np.int64) + standing_count
    linear = bool(plan.rules.quotas or plan.rules.spacings or plan.rules.budgets)
    missing = len(fix) + 2 if linear else 2  # what a point left out costs, in sites: more than leaving it out can save
    worth = parts * (missing if plan.problem == "lscp" else 1)
    first, second = (worth * factor for factor in WORTHS[plan.problem])
    price = int(plan.problem == "lscp")
    value = int(first[count > 0].sum() + second[count > 1].sum()) - price * len(chosen)
    stated = value if plan.problem != "lscp" else len(chosen)
    if stated != plan.objective:
        yield f"the choice is worth {stated} parts, not {plan.objective}"
    missed = sorted(set(np.flatnonzero(count == 0).tolist()) - set(plan.unreachable)) if plan.problem == "lscp" else []
    if missed:
        yield f"{len(missed)} demand points that could be covered are not"
    if (plan.bound < stated) if plan.problem != "lscp" else (plan.bound > stated):
        yield f"the bound of {plan.bound} parts contradicts the choice"
    standing_worth = int(first[standing_count > 0].sum() + second[standing_count > 1].sum())
    rest = Rest(
        row=pairs[0],
        site=pairs[1],
        ids=np.arange(len(parts)),
        first=np.where(standing_count > 1, 0, np.where(standing_count > 0, second, first)),
        second=np.where(standing_count > 0, 0, second),
        price=price,
        most=most,
        rules=list(_linear_rules(plan, given.xy)),
        base=standing_worth,
        fix=fix,
    )
    limit = proved(rest, plan.certificate, value if allowed is None else max(value, allowed))
    if plan.problem == "lscp":
        limit = int(first.sum()) - int(first[list(plan.unreachable)].sum()) - limit
    if (plan.bound < limit) if plan.problem != "lscp" else (plan.bound > limit):
        yield f"the certificate proves a bound of {limit} parts, not {plan.bound}"


def _rule_faults(plan: Plan, chosen: Ints, xy: Ints, standing: Ints) -> Generator[str, None, Ints]:
    """Yield every broken rule; return what rules fix for each candidate."""
    rules, fix = plan.rules, np.full(len(xy), FREE, np.int64)
    fix[list(rules.forbidden)] = OUT
    for spacing in rules.spacings:
        members = np.arange(len(xy)) if spacing.members is None else np.array(spacing.members, np.int64)
        if spacing.to_standing and len(standing):
            fix[members[pairs_within(xy[members], standing, _closer(spacing))[0]]] = OUT
        if _conflicts(spacing, chosen, xy):
            yield f"spacing {spacing.name}: two chosen sites are closer than {spacing.distance_m:g} m"
    forced = np.array(rules.forced, np.int64)
    fix[forced] = np.where(fix[forced] == OUT, OUT, IN)
    if (fix[chosen] == OUT).any():
        yield "a forbidden candidate, or one too near to a standing facility, is chosen"
    if not np.isin(forced, chosen).all():
        yield "a forced site is not chosen"
    for quota in rules.quotas:
        inside = int(np.isin(chosen, np.array(quota.members, np.int64)).sum())
        if inside < quota.at_least or (quota.at_most is not None and inside > quota.at_most):
            yield f"quota {quota.name}: {inside} sites are chosen"
    for budget in rules.budgets:
        spent = sum(budget.cost[site] for site in plan.selected)
        if spent > budget.at_most:
            yield f"budget {budget.name}: {spent} is spent, {budget.at_most} is allowed"
    return fix


def _linear_rules(plan: Plan, xy: Ints) -> Iterator[tuple[Ints, Ints, int]]:
    """Yield the rules as (sites, factors, limit), in the order of the certificate; a set of sites that exclude each other is proved first."""
    for quota in plan.rules.quotas:
        members = np.unique(np.array(quota.members, np.int64))
        if quota.at_most is not None and quota.at_most < len(members):
            yield members, np.ones(len(members), np.int64), quota.at_most
        if quota.at_least > 0:
            yield members, -np.ones(len(members), np.int64), -quota.at_least
    for budget in plan.rules.budgets:
        cost = np.array(budget.cost, np.int64)
        yield np.flatnonzero(cost), cost[cost > 0], budget.at_most
    for clique in plan.certificate.get("cliques", []):
        members = np.unique(np.array(clique, np.int64))
        wanted = {(int(a), int(b)) for k, a in enumerate(members) for b in members[k + 1 :]}
        apart = set().union(*(_conflicts(spacing, members, xy) for spacing in plan.rules.spacings)) if plan.rules.spacings else set()
        if wanted - apart:
            raise UnsoundError("sites are said to exclude each other that do not")
        yield members, np.ones(len(members), np.int64), 1


def _conflicts(spacing: Spacing, sites: Ints, xy: Ints) -> set[tuple[int, int]]:
    """Return the pairs (lower, higher) of some sites that are too near to each other."""
    members = sites if spacing.members is None else np.intersect1d(sites, np.array(spacing.members, np.int64))
    given = spacing.others if spacing.others is not None else spacing.members
    others = sites if given is None else np.intersect1d(sites, np.array(given, np.int64))
    one, other = pairs_within(xy[members], xy[others], _closer(spacing))
    both = zip(members[one].tolist(), others[other].tolist(), strict=True)
    return {(min(pair), max(pair)) for pair in both if pair[0] != pair[1]}


def _closer(spacing: Spacing) -> int:
    squared = Fraction(spacing.distance_m) ** 2 * GRID_PER_METRE**2
    return -(-squared.numerator // squared.denominator) - 1  # the greatest whole number below it
