"""Where people are: communities' people brought to the frontages and homes inside their unit grids, never evenly over land and lakes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import shapely

from gridmgmt.crs import snap
from gridmgmt.roads.model import RoadClass
from gridmgmt.siting.coarsen import coarsen
from gridmgmt.siting.frontage import walk_frontages
from gridmgmt.siting.ground import NOWHERE, PEOPLE_ALONG, Floats, Ground, Integers
from gridmgmt.siting.scenario import DemandTable
from gridmgmt.siting.spread import spread

STEP_M = 50.0  # between the points along roads that people are brought to
HOME_PARTS = 1000  # a home layer's weights are taken to this part of their unit


@dataclasses.dataclass(frozen=True)
class Homes:
    """A layer of homes (residential points, households, built-up pieces by a point inside): a weight each, more than 0."""

    xy: Floats
    weight: Floats


@dataclasses.dataclass(frozen=True)
class Spots:
    """Cells of unit grids that have a frontage, or one point of a grid that has none; ``score`` says how much of road there is."""

    area: Integers
    xy: Floats
    score: Integers


@dataclasses.dataclass(frozen=True)
class Given:
    """What the doors fetched from other rooms or files: homes, places of shops, cases by unit grid."""

    homes: Homes | None = None
    shops: Floats | None = None
    cases: Mapping[str, int] = dataclasses.field(default_factory=dict)


def bring_people(ground: Ground, given: Given, *, cell_m: float, most: int) -> tuple[DemandTable, dict[str, object]]:
    """Return the demand points and what was done: the cell used and which proxy spread how many communities.

    A community's people go to its unit grids by homes where the layer has any there, and within a grid by road frontage; else by road frontage
    alone; else by dry land. Cells are ``cell_m`` wide; where few people are they are joined until there are ``most`` points (see ``coarsen``).
    """
    spots = _spots(ground, *_frontages(ground), cell_m=cell_m)
    score, proxies = _scores(ground, spots, given.homes)
    counts = np.stack([_people(ground, spots, score), *_footfall(ground, spots, given)])
    used = np.flatnonzero(counts.any(axis=0))
    spots, counts = Spots(spots.area[used], spots.xy[used], spots.score[used]), counts[:, used]
    number, width = coarsen(spots.area, spots.xy, counts.sum(axis=0), cell_m=cell_m, most=most)
    table = _table(ground, spots, counts, number)
    by_width = {
        f"{cell_m * size:g}": int(people)
        for size, people in _sums(width, np.bincount(number, weights=counts[0], minlength=len(width)).astype(np.float64))
    }
    return table, {"cell_m": cell_m, "communities_by_proxy": proxies, "people_by_cell_m": by_width}


def _frontages(ground: Ground) -> tuple[Integers, Floats, Integers]:
    """Return area, point and weight of points along both sides of the roads that people live on."""
    lived_on = [name for name, weight in PEOPLE_ALONG.items() if weight > 0]
    along = walk_frontages(ground.road_line, ground.road_class, step_m=STEP_M, allowed=lived_on, both_sides=True)
    area = ground.area_at(along.xy)
    weights = np.array([PEOPLE_ALONG[RoadClass(name)] for name in ground.road_class], np.int64)
    inside = (area != NOWHERE) & ~np.append(ground.is_water, False)[area]
    return area[inside], along.xy[inside], weights[along.road[inside]]


def _spots(ground: Ground, area: Integers, xy: Floats, weight: Integers, *, cell_m: float) -> Spots:
    corner = xy.min(axis=0) if len(xy) else np.zeros(2)
    cell = np.floor((xy - corner) / cell_m).astype(np.int64)
    _, which = np.unique((area << 34) | (cell[:, 0] << 17) | cell[:, 1], return_inverse=True)
    score = np.bincount(which, weights=weight).astype(np.int64)
    places = np.stack([np.bincount(which, weights=weight * xy[:, axis]) for axis in (0, 1)], axis=1) / np.maximum(score, 1)[:, None]
    first = np.full(len(score), len(xy), np.int64)
    np.minimum.at(first, which, np.arange(len(xy)))
    empty = np.setdiff1d(np.flatnonzero(~shapely.is_missing(ground.shape)), area)
    inner = shapely.get_coordinates(shapely.point_on_surface(ground.shape[empty]))
    return Spots(
        np.concatenate([area[first], empty]), snap(np.concatenate([places, inner])), np.concatenate([score, np.zeros(len(empty), np.int64)])
    )


def _scores(ground: Ground, spots: Spots, homes: Homes | None) -> tuple[Integers, dict[str, int]]:
    """Return the score of each spot within its community, and how many communities with people each proxy spread."""
    community = ground.community[spots.area]
    size = len(ground.people)
    dry = np.where(ground.is_water, 0, np.maximum(1, np.nan_to_num(shapely.area(ground.shape))))[spots.area].astype(np.int64)
    score, chosen = np.zeros(len(community), np.int64), np.full(size, -1)
    for proxy, values in enumerate((_home_scores(ground, spots, homes), spots.score, dry, np.ones(len(community), np.int64))):
        total = np.bincount(community[community >= 0], weights=values[community >= 0], minlength=size)
        new = (chosen < 0) & (total > 0)
        chosen[new] = proxy
        here = (community >= 0) & np.append(new, False)[community]
        score[here] = values[here]
    names = ("homes", "road frontage", "dry land", "area")
    counted = {name: int(((chosen == proxy) & (ground.people > 0)).sum()) for proxy, name in enumerate(names)}
    return score, {name: count for name, count in counted.items() if count}


def _home_scores(ground: Ground, spots: Spots, homes: Homes | None) -> Integers:
    """Return the homes of each grid shared out to its spots by frontage."""
    if homes is None or not len(homes.xy):
        return np.zeros(len(spots.area), np.int64)
    area = ground.area_at(homes.xy)
    inside = area != NOWHERE
    totals = np.bincount(area[inside], weights=homes.weight[inside] * HOME_PARTS, minlength=len(ground.code))
    bare = np.bincount(spots.area, weights=spots.score, minlength=len(ground.code)) == 0
    return spread(np.rint(totals).astype(np.int64), spots.area, np.where(bare[spots.area], 1, spots.score))


def _people(ground: Ground, spots: Spots, score: Integers) -> Integers:
    community = ground.community[spots.area]
    known = community >= 0
    people = np.zeros(len(community), np.int64)
    people[known] = spread(ground.people, community[known], score[known])
    return people


def _footfall(ground: Ground, spots: Spots, given: Given) -> tuple[Integers, Integers]:
    """Return the shops nearest to each spot, and the cases of each unit grid shared out by frontage."""
    shops = np.zeros(len(spots.area), np.int64)
    if given.shops is not None and len(given.shops):
        nearest = shapely.STRtree([shapely.Point(place) for place in spots.xy]).nearest(shapely.points(given.shops))
        shops = np.bincount(nearest, minlength=len(shops)).astype(np.int64)
    totals = np.array([given.cases.get(code, 0) for code in ground.code], np.int64)
    bare = np.bincount(spots.area, weights=spots.score, minlength=len(ground.code)) == 0
    return shops, spread(totals, spots.area, np.where(bare[spots.area], 1, spots.score))


def _table(ground: Ground, spots: Spots, counts: Integers, number: Integers) -> DemandTable:
    """Return the joined cells by area and place, each at the middle of its people (of its spots where nobody lives), snapped."""
    size = int(number.max()) + 1 if len(number) else 0
    weight = np.where(np.bincount(number, weights=counts[0], minlength=size)[number] > 0, counts[0], 1).astype(np.float64)
    total = np.bincount(number, weights=weight, minlength=size)
    xy = snap(np.stack([np.bincount(number, weights=weight * spots.xy[:, axis], minlength=size) / total for axis in (0, 1)], axis=1))
    people, shops, cases = (np.bincount(number, weights=row, minlength=size).astype(np.int64) for row in counts)
    area = np.zeros(size, np.int64)
    area[number] = spots.area
    order = np.lexsort((xy[:, 1], xy[:, 0], area))
    at, names = area[order], np.append(ground.communities, "")
    return DemandTable(
        xy[order], people[order], shops[order], cases[order], ground.code[at], names[ground.community[at]], ground.street_office[at],
        ground.district[at],
    )  # fmt: skip


def _sums(key: Integers, values: Floats) -> list[tuple[int, float]]:
    found, which = np.unique(key, return_inverse=True)
    return list(zip(found.tolist(), np.bincount(which.ravel(), weights=values, minlength=len(found)).tolist(), strict=True))
