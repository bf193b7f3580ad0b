"""What one site more would buy, what another radius would, and what would best replace each site (敏感性), kept with a plan for its report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from gridmgmt.siting.accessibility import nearest_m
from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.ground import Floats, Integers
from gridmgmt.siting.order import Built
from gridmgmt.siting.question import Question
from gridmgmt.siting.scenario import SetTables

MORE = 20
FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


def sensitivity(sets: CoverSets, question: Question, tables: SetTables, built: Sequence[Built]) -> dict[str, Any]:
    """Return plain values: ``start`` and ``next`` (code, what it adds) continue the sites of the plan to a curve; ``radius``; ``instead``.

    The sites after the plan's are chosen greedily, nothing is proved of them. ``instead`` holds for each rank the code of the candidate that
    brings back most when the site goes, and how much. Candidates that rules exclude are left out; quotas, spacing and budget are not asked.
    """
    covers, codes = sets.candidates.turned(), tables.candidates.code
    chosen = np.array([one.position for one in built], np.int64)
    count = covers.counts(chosen) + sets.standing
    left = np.where(count == 0, question.weight, 0).astype(np.int64)
    free = np.ones(len(covers), np.bool_)
    free[np.array([*chosen.tolist(), *question.rules.forbidden], np.int64)] = False
    gain = np.where(free, covers.sums(left), -1)
    instead = {str(rank): _instead(sets, covers.of(one.position), count, question.weight, gain) for rank, one in enumerate(built, 1)}
    return {
        "start": int(question.weight[sets.standing > 0].sum()),
        "next": [[codes[position], adds] for position, adds in _next(sets, left, gain)],
        "instead": {rank: [codes[position], back] for rank, (position, back) in instead.items() if position >= 0},
        "radius": by_radius(tables, tables.candidates.xy[chosen], question.settings.radius_m),
    }


def by_radius(tables: SetTables, sites: Floats, radius_m: float) -> list[list[float]]:
    """Return people within some radii of what meets the standard, and with the plan's sites: [metres, before, after]."""
    meets, demand = tables.standing.xy[tables.standing.meets].reshape(-1, 2), tables.demand
    before = nearest_m(demand.xy, meets)
    after = np.minimum(before, nearest_m(demand.xy, sites.reshape(-1, 2)))
    radii = [round(radius_m * factor) if factor != 1 else radius_m for factor in FACTORS]
    return [[radius, *(int(demand.people[side <= radius].sum()) for side in (before, after))] for radius in radii]


def _instead(sets: CoverSets, points: Any, count: Integers, weight: Integers, gain: Integers) -> tuple[int, int]:  # noqa: ANN401 - an array
    """Return the candidate that brings back most once a site goes (the lowest of equals), and how much; -1 where there is none."""
    alone = np.asarray(points)[count[points] == 1]
    position = int(np.argmax(gain)) if len(gain) else -1
    best = {position: int(gain[position])} if position >= 0 and gain[position] >= 0 else {}
    own: Counter[int] = Counter()
    for point in alone.tolist():
        own.update(dict.fromkeys(sets.candidates.of(point).tolist(), int(weight[point])))
    best |= {candidate: int(gain[candidate]) + back for candidate, back in own.items() if gain[candidate] >= 0}
    return max(best.items(), key=lambda entry: (entry[1], -entry[0]), default=(-1, 0))


def _next(sets: CoverSets, left: Integers, gain: Integers) -> list[tuple[int, int]]:
    """Return the next best sites one after the other; one that adds nothing ends the list."""
    covers, left, gain = sets.candidates.turned(), left.copy(), gain.copy()
    found: list[tuple[int, int]] = []
    while len(gain) and len(found) < MORE:
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        found.append((best, int(gain[best])))
        left[covers.of(best)] = 0
        gain = np.where(gain >= 0, covers.sums(left), -1)
        gain[best] = -1
    return found
