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
from gridmgmt.siting.room import Room
from gridmgmt.siting.scenario import SetTables
from gridmgmt.siting.sparse import Sparse

MORE = 20
FACTORS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


def sensitivity(sets: CoverSets, question: Question, tables: SetTables, built: Sequence[Built]) -> dict[str, Any]:
    """Return plain values: ``start`` and ``next`` (code, what it adds) continue the sites of the plan to a curve; ``radius``; ``instead``.

    The sites after the plan's are chosen greedily, nothing is proved of them. ``instead`` holds for each rank the code of the candidate that
    brings back most when the site goes, and how much; none for a forced site. Both keep every rule beside the other sites: quotas, spacing,
    budget, forbidden.
    """
    covers, codes = sets.candidates.turned(), tables.candidates.code
    chosen = np.array([one.position for one in built], np.int64)
    count, room = covers.counts(chosen) + sets.standing, Room.beside(question, chosen)
    left = np.where(count == 0, question.weight, 0).astype(np.int64)
    gain = covers.sums(left)
    instead = {
        str(rank): _instead(sets, covers.of(one.position), count, question.weight, np.where(room.instead_of(one.position), gain, -1))
        for rank, one in enumerate(built, 1)
    }
    return {
        "start": int(question.weight[sets.standing > 0].sum()),
        "next": [[codes[position], adds] for position, adds in _next(covers, left, room)],
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


def _next(covers: Sparse, left: Integers, room: Room) -> list[tuple[int, int]]:
    """Return the next best sites one after the other; one that adds nothing ends the list."""
    left, found = left.copy(), list[tuple[int, int]]()
    while len(covers) and len(found) < MORE:
        gain = np.where(room.for_one_more(), covers.sums(left), -1)
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        found.append((best, int(gain[best])))
        left[covers.of(best)] = 0
        room = room.with_one_more(best)
    return found
