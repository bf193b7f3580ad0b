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


def plan_figures(
    tables: SetTables,
    built: list[Built],
    network: Network | None,
    *,
    radius_m: float,
    phases: Sequence[Mapping[str, Any]] = (),
    scale: int = 1,
) -> dict[str, Any]:
    """Return people within the radius before and after, and year by year, by both distances; walking is None where there is no network.

    ``before_all``: all facilities in service; ``before_meets``: those that meet the standard; ``after``: those and the plan's sites. People
    exactly on the radius count. ``phases`` and ``scale`` are those of the plan itself, where it has them.
    """
    places = np.concatenate([tables.standing.xy, tables.candidates.xy[[one.position for one in built]]])
    years = by_year(built, phases, scale)
    groups = _groups(tables, built, [row["year"] for row in years])
    straight = {name: _straight(tables, places[which], radius_m) for name, which in groups.items()}
    walking: dict[str, int] | None = None
    found: dict[str, Any] = {"radius_m": radius_m, "people": int(tables.demand.people.sum())}
    if network is not None:
        reach = network.reach(tables.demand.xy, places, limit_m=radius_m)
        walking = {name: _covered(tables, reach.nearest_m(which) <= radius_m) for name, which in groups.items()}
        found["off_network"] = int(tables.demand.people[reach.demand_off_network].sum())
    for row in years:
        name = str(row["year"])
        row |= {"straight": straight.pop(name), "walking": None if walking is None else walking.pop(name)}
    return found | {"straight": straight, "walking": walking, "by_year": years}


def _groups(tables: SetTables, built: Sequence[Built], years: Sequence[int]) -> dict[str, Integers]:
    """Return which of the standing facilities and, after them, the plan's sites serve: before, after, and up to each year."""
    stands, meets = len(tables.standing.code), np.flatnonzero(tables.standing.meets)
    groups = {
        "before_all": np.arange(stands),
        "before_meets": meets,
        "after": np.concatenate([meets, np.arange(stands, stands + len(built))]),
    }
    for year in years:
        there = [stands + at for at, one in enumerate(built) if one.year is not None and one.year <= year]
        groups[str(year)] = np.concatenate([meets, np.array(there, np.int64)])
    return groups


def _straight(tables: SetTables, xy: Floats, radius_m: float) -> int:
    sizes = near(to_units(tables.demand.xy, "demand"), to_units(xy, "sites"), reach_limit(radius_m, "radius_m")).sizes()
    return _covered(tables, np.asarray(sizes > 0, np.bool_))


def _covered(tables: SetTables, within: Flags) -> int:
    return int(tables.demand.people[within].sum())


def by_year(built: Sequence[Built], phases: Sequence[Mapping[str, Any]], scale: int) -> list[dict[str, Any]]:
    """Return what each year builds and what that adds in the plan's weights.

    Where the plan itself has ``phases``: also what all sites up to the year cover, what no plan of as many can exceed, and the gap between.
    """
    years = sorted({phase["year"] for phase in phases} | {one.year for one in built if one.year is not None})
    found: list[dict[str, Any]] = [
        {"year": year, "sites": sum(one.year == year for one in built), "adds": sum(one.adds for one in built if one.year == year)}
        for year in years
    ]
    stages = {phase["year"]: phase for phase in phases}
    for row in found:
        phase = stages.get(row["year"])
        if phase is not None:
            gap = abs(phase["bound"] - phase["objective"]) / max(1, phase["bound"])
            row |= {"covered": phase["objective"] / scale, "bound": phase["bound"] / scale, "gap": gap}
    return found
