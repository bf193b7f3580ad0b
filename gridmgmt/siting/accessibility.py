"""Accessibility before and after a plan (可达性), for the city, its districts and its street offices."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.siting.ground import Floats, Integers, Strings
from gridmgmt.siting.measures import AccessMeasures, measure_groups, two_step_access
from gridmgmt.siting.network import Network
from gridmgmt.siting.scenario import DemandTable, SetTables
from gridmgmt.siting.units import to_metres, to_units
from gridmgmt.siting.walking import WalkingReach

CITY, DISTRICT, STREET_OFFICE = "city", "district", "street_office"
LEAST_WALK_M, WALK_OF_RADIUS = 2000.0, 2.0  # how far walks are measured: farther ones are told as "more than"
HEADS = 10_000  # a 2SFCA value is facilities to so many people


@dataclasses.dataclass(frozen=True)
class Reach:
    """How the people of an area reach facilities; None where nobody lives there, there is no network, or (``p95_m``) the walk is too long.

    ``straight``: share with a facility within the radius in a straight line; ``walking``: on foot. ``mean_m``: metres on foot to the nearest,
    of those within the walking limit (``reached`` says what share that is); ``p95_m``: 95 % of all need not walk farther. ``per_heads``: mean
    2SFCA value on foot, facilities to 10,000 people; ``gini``: how unevenly it is spread, 0 to 1.
    """

    straight: float | None
    walking: float | None = None
    reached: float | None = None
    mean_m: float | None = None
    p95_m: float | None = None
    per_heads: float | None = None
    gini: float | None = None


@dataclasses.dataclass(frozen=True)
class AccessRow:
    """An area (its level and code; the city's is empty), its people, and how they reach facilities before and after."""

    level: str
    code: str
    people: int
    before: Reach
    after: Reach

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def read_access_row(plain: Mapping[str, Any]) -> AccessRow:
    """Return a row from its plain values."""
    return AccessRow(plain["level"], plain["code"], plain["people"], Reach(**plain["before"]), Reach(**plain["after"]))


def walking_limit(radius_m: float) -> float:
    """Return how far walks are measured."""
    return max(LEAST_WALK_M, WALK_OF_RADIUS * radius_m)


def accessibility(tables: SetTables, sites_xy: Floats, network: Network | None, *, radius_m: float) -> list[AccessRow]:
    """Return the city's row, then those of districts and street offices by code.

    Before: standing facilities that meet the standard; after: those and the plan's sites. People exactly on the radius are within.
    """
    demand, meets = tables.demand, tables.standing.xy[tables.standing.meets].reshape(-1, 2)
    places = np.concatenate([meets, sites_xy.reshape(-1, 2)])
    reach = None if network is None else network.reach(demand.xy, places, limit_m=walking_limit(radius_m))
    sides = []
    for count in (len(meets), len(places)):
        straight = nearest_m(demand.xy, places[:count])
        walked = None if reach is None else _walked(reach, count, demand.people, radius_m)
        sides.append({level: _reaches(demand, codes, straight, walked, radius_m) for level, codes in _levels(demand).items()})
    people = {level: _people(demand, codes) for level, codes in _levels(demand).items()}
    before, after = sides
    return [
        AccessRow(level, code, people[level][code], before[level][code], after[level][code])
        for level in before
        for code in sorted(before[level])
    ]


def nearest_m(demand_xy: Floats, places_xy: Floats) -> Floats:
    """Return metres in a straight line to the nearest place, exact to its rounding; infinite where there is none."""
    if not len(places_xy) or not len(demand_xy):
        return np.full(len(demand_xy), np.inf)
    demand, places = to_units(demand_xy, "demand"), to_units(places_xy, "places")
    corner = demand.min(axis=0)  # small numbers keep the tree's squares exact
    _, which = cKDTree((places - corner).astype(np.float64)).query((demand - corner).astype(np.float64))
    offset = demand - places[which]
    return np.asarray(np.sqrt((offset * offset).sum(axis=1).astype(np.float64)) / GRID_PER_METRE, np.float64)


Walked = tuple[Floats, Floats]


def _walked(reach: WalkingReach, count: int, people: Integers, radius_m: float) -> Walked:
    """Return metres on foot to the nearest of the first ``count`` places, and the 2SFCA value within the radius, of each demand point."""
    row = np.repeat(np.arange(len(people)), np.diff(reach.indptr))
    near = (reach.indices < count) & (to_metres(reach.units) <= radius_m)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row[near], minlength=len(people)))])
    access = two_step_access(indptr, reach.indices[near], people, np.full(count, float(HEADS)))
    return reach.nearest_m(np.arange(count)), access


def _levels(demand: DemandTable) -> dict[str, Strings]:
    city = np.full(len(demand.people), "", object)
    return {CITY: city, DISTRICT: demand.district, STREET_OFFICE: demand.street_office}


def _people(demand: DemandTable, codes: Strings) -> dict[str, int]:
    names, number = np.unique(codes.astype(str), return_inverse=True)
    totals = np.zeros(len(names), np.int64)
    np.add.at(totals, number, demand.people)
    return dict(zip(names.tolist(), totals.tolist(), strict=True))


def _reaches(demand: DemandTable, codes: Strings, straight: Floats, walked: Walked | None, radius_m: float) -> dict[str, Reach]:
    groups = codes.astype(str)
    lines = {str(code): found for code, found in measure_groups(straight, demand.people, groups, radius_m=radius_m).items()}
    if walked is None:
        return {code: Reach(_known(found.share_within)) for code, found in lines.items()}
    walks = measure_groups(walked[0], demand.people, groups, radius_m=radius_m, access=walked[1])
    return {str(code): _reach(lines[str(code)], found) for code, found in walks.items()}


def _reach(straight: AccessMeasures, walk: AccessMeasures) -> Reach:
    reached = walk.reached / walk.weight if walk.weight else None
    return Reach(
        _known(straight.share_within), _known(walk.share_within), reached, _known(walk.mean_m), _known(walk.p95_m), _known(walk.access_mean),
        _known(walk.access_gini),
    )  # fmt: skip


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
