"""In which order sites are built, and what each adds: the greatest gain first, so that each year's sites contain the last year's."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Mapping

import numpy as np

from gridmgmt.siting.ground import Integers
from gridmgmt.siting.sparse import Sparse


@dataclasses.dataclass(frozen=True)
class Built:
    """A site in the order of building: its candidate, what it adds to those before it, what is lost if it alone goes, its year."""

    position: int
    adds: int
    alone: int
    year: int | None


def order_sites(covers: Sparse, standing: Integers, weight: Integers, selected: Integers, years: Mapping[int, int], *, built_in: Mapping[int, int] | None = None) -> list[Built]:  # fmt: skip
    """Return the selected sites in greedy order (the lower position first of equals), shared out to years in their order.

    ``covers``: the demand points of each candidate; ``standing``: how many standing facilities cover each point. ``built_in`` is the year
    of each site where the plan itself has phases: the order is then greedy within a year.
    """
    count = covers.counts(selected)
    open_ = standing == 0
    alone = {int(j): int(weight[covers.of(j)][(count[covers.of(j)] == 1) & open_[covers.of(j)]].sum()) for j in selected}
    left = np.where(open_, weight, 0).astype(np.int64)
    rank = built_in or dict.fromkeys(selected.tolist(), 0)
    queue = [(rank[int(j)], -int(left[covers.of(j)].sum()), int(j)) for j in selected]
    heapq.heapify(queue)
    calendar = [year for year, number in sorted(years.items()) for _ in range(number)]
    built: list[Built] = []
    while queue:
        _, _, site = heapq.heappop(queue)
        gain = int(left[covers.of(site)].sum())
        if queue and (rank[site], -gain, site) > queue[0]:
            heapq.heappush(queue, (rank[site], -gain, site))
            continue
        left[covers.of(site)] = 0
        year = rank[site] if built_in else calendar[len(built)] if len(built) < len(calendar) else None
        built.append(Built(site, gain, alone[site], year))
    return built
