"""Small towns for covering problems, and the best choice found by trying every one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from hypothesis import strategies as st

from gridmgmt.siting.model import Budget, Quota, Rules, Spacing

Point = tuple[float, float]


class Town(NamedTuple):
    """Points on a coarse lattice (ties, duplicates and exact radii are common), weights, candidates, standing ones, radius, p."""

    demand: list[Point]
    weight: list[float]
    candidates: list[Point]
    standing: list[Point]
    radius: float
    p: int


@st.composite
def towns(draw: st.DrawFn, *, weights: Any = None) -> Town:
    """Draw a town of up to 14 demand points and 7 candidates."""
    point = st.tuples(st.integers(0, 6).map(lambda k: k * 50.0), st.integers(0, 6).map(lambda k: k * 50.0))
    demand = draw(st.lists(point, max_size=14))
    weight = draw(st.lists(weights if weights is not None else st.integers(0, 9), min_size=len(demand), max_size=len(demand)))
    sites, standing = draw(st.lists(point, max_size=7)), draw(st.lists(point, max_size=2))
    return Town(demand, weight, sites, standing, draw(st.sampled_from([0.0, 49.99, 50.0, 70.0, 100.0])), draw(st.integers(0, 9)))


@st.composite
def rules_for(draw: st.DrawFn, count: int) -> Rules:
    """Draw rules over some candidates, often too many to keep."""
    some = st.lists(st.integers(0, max(0, count - 1)), max_size=count, unique=True).map(tuple) if count else st.just(())
    least = draw(st.integers(0, 2))
    quotas = [Quota("east", draw(some), least, draw(st.none() | st.integers(least, 3))) for _ in range(draw(st.integers(0, 2)))]
    spacings = [
        Spacing("apart", draw(st.sampled_from([50.0, 60.0, 120.0])), draw(st.none() | some), draw(st.none() | some), draw(st.booleans()))
    ]
    budgets = [Budget("yuan", tuple(draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))), draw(st.integers(0, 12)))]
    forced, forbidden = draw(some)[:1], draw(some)[:1]
    kept = draw(st.booleans()), draw(st.booleans())
    return Rules(tuple(quotas), tuple(spacings) * kept[0], tuple(budgets) * kept[1], forced, forbidden)


def near(a: Point, b: Point, radius: float) -> bool:
    """Return whether two points of the lattice lie within a radius."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 <= radius**2


def choices(town: Town, rules: Rules | None = None, p: int | None = None) -> Iterator[tuple[int, ...]]:
    """Yield every choice that keeps the rules."""
    sites = range(len(town.candidates))
    for size in range(min(len(sites), town.p if p is None else p) + 1):
        for chosen in itertools.combinations(sites, size):
            if rules is None or keeps(town, rules, chosen):
                yield chosen


def keeps(town: Town, rules: Rules, chosen: tuple[int, ...]) -> bool:
    """Return whether a choice keeps the rules, read word by word."""
    quotas = all(
        quota.at_least <= len(set(quota.members) & set(chosen)) <= (99 if quota.at_most is None else quota.at_most)
        for quota in rules.quotas
    )
    spent = all(sum(budget.cost[site] for site in chosen) <= budget.at_most for budget in rules.budgets)
    apart = all(_keeps_apart(town, spacing, chosen) for spacing in rules.spacings)
    return quotas and spent and apart and set(rules.forced) <= set(chosen) and not set(rules.forbidden) & set(chosen)


def _keeps_apart(town: Town, spacing: Spacing, chosen: tuple[int, ...]) -> bool:
    members = set(range(len(town.candidates)) if spacing.members is None else spacing.members)
    others = members if spacing.others is None else set(spacing.others)
    xy, least = town.candidates, spacing.distance_m - 1e-6
    between = all(not near(xy[a], xy[b], least) for a in chosen for b in chosen if a != b and a in members and b in others)
    return between and not (spacing.to_standing and any(near(xy[a], b, least) for a in chosen if a in members for b in town.standing))


def covers(town: Town, chosen: tuple[int, ...]) -> list[int]:
    """Return how many chosen or standing sites cover each demand point."""
    sites = [town.candidates[site] for site in chosen] + town.standing
    return [sum(near(point, site, town.radius) for site in sites) for point in town.demand]


def covered(town: Town, chosen: tuple[int, ...], *, twice: bool = False) -> float:
    """Return the weight covered (and again what is covered twice)."""
    return sum(weight * min(count, 2 if twice else 1) for weight, count in zip(town.weight, covers(town, chosen), strict=True))
