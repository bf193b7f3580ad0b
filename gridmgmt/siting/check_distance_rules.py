"""The rules of a plan, read again from their own words: how many sites, forced, forbidden, quotas, spacing, budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gridmgmt.siting.model import Rules, Spacing

UNITS_PER_M = 1024


def broken_rules(rules: Rules, selected: Sequence[int], p: int, candidate_xy: Any, standing_xy: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield every rule that a choice of candidates breaks."""
    chosen = set(selected)
    if len(chosen) > p:
        yield f"{len(chosen)} sites are selected, {p} are allowed"
    yield from (f"site {j} is forced and not selected" for j in rules.forced if j not in chosen)
    yield from (f"site {j} is forbidden and selected" for j in rules.forbidden if j in chosen)
    for quota in rules.quotas:
        count = len(chosen & set(quota.members))
        if count < quota.at_least or (quota.at_most is not None and count > quota.at_most):
            yield f"quota {quota.name} has {count} sites"
    for budget in rules.budgets:
        if sum(budget.cost[j] for j in chosen) > budget.at_most:
            yield f"budget {budget.name} is exceeded"
    for spacing in rules.spacings:
        yield from _too_near(spacing, sorted(chosen), candidate_xy, standing_xy)


def _too_near(spacing: Spacing, chosen: list[int], candidate_xy: Any, standing_xy: Any) -> Iterator[str]:  # noqa: ANN401
    places = _units(candidate_xy)
    limit = Fraction(spacing.distance_m) ** 2 * UNITS_PER_M**2
    members = set(range(len(places))) if spacing.members is None else set(spacing.members)
    others = members if spacing.others is None else set(spacing.others)
    for a in chosen:
        if a not in members:
            continue
        yield from (
            f"sites {a} and {b} break spacing {spacing.name}"
            for b in chosen
            if b != a and b in others and _squared(places[a], places[b]) < limit
        )
        if spacing.to_standing and standing_xy is not None:
            yield from (
                f"site {a} breaks spacing {spacing.name} to what stands" for s in _units(standing_xy) if _squared(places[a], s) < limit
            )


def too_near_to_standing(rules: Rules, candidate_xy: Any, standing_xy: Any) -> list[int]:  # noqa: ANN401
    """Return the candidates that a spacing rule forbids for what stands already."""
    if standing_xy is None or not np.size(standing_xy):
        return []
    shut = set()
    for spacing in rules.spacings:
        if spacing.to_standing:
            limit, places, standing = (
                Fraction(spacing.distance_m) ** 2 * UNITS_PER_M**2,
                _units(candidate_xy),
                np.array(_units(standing_xy)),
            )
            for j in range(len(places)) if spacing.members is None else spacing.members:
                if int(((standing - places[j]) ** 2).sum(axis=1).min()) < limit:
                    shut.add(int(j))
    return sorted(shut)


def _units(xy: Any) -> list[tuple[int, int]]:  # noqa: ANN401
    return [(round(float(x) * UNITS_PER_M), round(float(y) * UNITS_PER_M)) for x, y in np.asarray(xy, np.float64).reshape(-1, 2)]


def _squared(a: tuple[int, int], b: tuple[int, int]) -> int:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
