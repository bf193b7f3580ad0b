"""What a plan does for people, straight line and walking side by side; every figure says which distance and which facilities it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gridmgmt.siting.ground import Flags, Floats, Integers
from gridmgmt.siting.network import Network
from gridmgmt.siting.order import Built
from gridmgmt.siting.scenario import SetTables
from gridmgmt.siting.sparse import near
from gridmgmt.siting.units import reach_limit, to_units


def plan_figures(tables: SetTables, built: list[Built], network: Network | None, *, radius_m: float) -> dict[str, Any]:
    """Return people within the radius before and after, by both distances; walking is None where there is no network.

    ``before_all``: all facilities in service; ``before_meets``: those that meet the standard; ``after``: those and the plan's sites. People
    exactly on the radius count.
    """
    sites = tables.candidates.xy[[one.position for one in built]]
    stands, meets = tables.standing.xy, tables.standing.xy[tables.standing.meets]
    groups = {"before_all": stands, "before_meets": meets, "after": np.concatenate([meets, sites])}
    people = tables.demand.people
    found: dict[str, Any] = {"radius_m": radius_m, "people": int(people.sum())}
    found["straight"] = {name: _covered(people, _straight(tables.demand.xy, xy, radius_m)) for name, xy in groups.items()}
    found["walking"] = None
    if network is not None:
        reach = network.reach(tables.demand.xy, np.concatenate([stands, sites]), limit_m=radius_m)
        nearest = {
            "before_all": np.arange(len(stands)),
            "before_meets": np.flatnonzero(tables.standing.meets),
            "after": np.concatenate([np.flatnonzero(tables.standing.meets), np.arange(len(stands), len(stands) + len(sites))]),
        }
        found["walking"] = {name: _covered(people, reach.nearest_m(which) <= radius_m) for name, which in nearest.items()}
        found["off_network"] = int(people[reach.demand_off_network].sum())
    found["by_year"] = by_year(built, (), 1)
    return found


def _straight(demand_xy: Floats, xy: Floats, radius_m: float) -> Flags:
    sizes = near(to_units(demand_xy, "demand"), to_units(xy, "sites"), reach_limit(radius_m, "radius_m")).sizes()
    return np.asarray(sizes > 0, np.bool_)


def _covered(people: Integers, within: Flags) -> int:
    return int(people[within].sum())


def by_year(built: Sequence[Built], phases: Sequence[Mapping[str, Any]], scale: int) -> list[dict[str, Any]]:
    """Return what each year builds and what that adds in the plan's weights.

    Where the plan itself has ``phases``: also what all sites up to the year cover, what no plan of as many can exceed, and the gap between.
    """
    years = sorted({phase["year"] for phase in phases} | {one.year for one in built if one.year is not None})
    found: list[dict[str, Any]] = [
        {"year": year, "sites": sum(one.year == year for one in built), "adds": sum(one.adds for one in built if one.year == year)}
        for year in years
    ]
    for row, phase in zip(found, sorted(phases, key=lambda phase: int(phase["year"])), strict=False):
        gap = abs(phase["bound"] - phase["objective"]) / max(1, phase["bound"])
        row |= {"covered": phase["objective"] / scale, "bound": phase["bound"] / scale, "gap": gap}
    return found
