"""Rules that forbid places: each dropped candidate keeps the first rule that forbids it and the figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.siting.ground import Flags, Floats, Shapes
from gridmgmt.siting.read_rules import SitingRule
from gridmgmt.siting.scenario import CandidateTable, StandingTable
from gridmgmt.siting.scenario_settings import Origin


@dataclasses.dataclass(frozen=True)
class Checked:
    """A rule as it was applied: how many places it dropped, or why it could not be checked."""

    rule: SitingRule
    dropped: int
    unchecked: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for the record of the set."""
        plain = dataclasses.asdict(self.rule) | {"kind": self.rule.kind.value, "key": self.rule.key}
        return plain | {"dropped": self.dropped, "unchecked": self.unchecked}


def exclude(
    table: CandidateTable, rules: Sequence[SitingRule], layers: Mapping[str, Shapes], standing: StandingTable
) -> tuple[CandidateTable, list[Checked]]:
    """Apply the rules in use in their order; return the table with what was dropped, and what became of each rule.

    "At least d metres away" allows exactly d. A facility to be rebuilt keeps its own place: it may stand as near to itself as it does.
    A rule about a layer that nobody gave is not applied, and said to be unchecked.
    """
    dropped, detail, done = table.dropped.copy(), table.detail.copy(), []
    for rule in rules:
        if not rule.in_use:
            done.append(Checked(rule, 0, "not in use"))
            continue
        found = _forbidden(table, rule, layers, standing)
        if isinstance(found, str):
            done.append(Checked(rule, 0, found))
            continue
        hit, value = found
        new = hit & (dropped == "")
        dropped[new] = rule.key
        detail[new] = [f"{here:.1f} {rule.unit} < {rule.value:g} {rule.unit}" for here in value[new]]
        done.append(Checked(rule, int(new.sum())))
    return dataclasses.replace(table, dropped=dropped, detail=detail), done


def drop_poorest(table: CandidateTable, worth: Floats, *, most: int, key: str) -> CandidateTable:
    """Drop the frontages of least worth until ``most`` places are left; other places stay, being somebody's proposal."""
    kept = np.flatnonzero(table.kept)
    if len(kept) <= most:
        return table
    mine = kept[table.origin[kept] == Origin.FRONTAGE.value]
    order = mine[np.lexsort((mine, worth[mine]))]
    gone = order[: len(kept) - most]
    return _dropped(table, gone, key, [f"{worth[row]:.0f}" for row in gone])


def thin(table: CandidateTable, worth: Floats, *, most: int, cell_m: float) -> CandidateTable:
    """Keep in each cell the frontage of greatest worth; cells grow by a quarter until ``most`` places are left."""
    others = int((table.kept & (table.origin != Origin.FRONTAGE.value)).sum())
    mine = np.flatnonzero(table.kept & (table.origin == Origin.FRONTAGE.value))
    if len(mine) + others <= most:
        return table
    while True:
        cell = np.floor(table.xy[mine] / cell_m).astype(np.int64)
        order = np.lexsort((mine, -worth[mine], cell[:, 1], cell[:, 0]))
        same = np.concatenate([[False], (np.diff(cell[order], axis=0) == 0).all(axis=1)])
        if int((~same).sum()) + others <= max(most, others + 1):
            gone = mine[order[same]]
            return _dropped(table, gone, "thinned", [f"{cell_m:.0f} m"] * len(gone))
        cell_m *= 1.25


def _dropped(table: CandidateTable, rows: npt.NDArray[np.int64], key: str, details: list[str]) -> CandidateTable:
    dropped, detail = table.dropped.copy(), table.detail.copy()
    dropped[rows], detail[rows] = key, details
    return dataclasses.replace(table, dropped=dropped, detail=detail)


def _forbidden(
    table: CandidateTable, rule: SitingRule, layers: Mapping[str, Shapes], standing: StandingTable
) -> tuple[Flags, Floats] | str:
    """Return which places a rule forbids and the value of each, or why it cannot be checked here."""
    if rule.rule == "keep_away":
        if rule.subject not in layers:
            return f"no layer {rule.subject} was given"
        hit, distance = _too_near(table.xy, layers[rule.subject], rule.value)
        return hit & ~((table.origin == Origin.UPGRADE.value) & (distance == 0)), distance  # it stands in the shape: its own
    if rule.rule == "spacing_standing":
        hit, distance = _too_near(table.xy, np.asarray(shapely.points(standing.xy[standing.meets])), rule.value)
        return hit & (table.road_class == rule.subject), distance
    if rule.rule == "site_area":
        known = ~np.isnan(table.site_area_m2)
        return known & (table.site_area_m2 < rule.value) & (table.origin != Origin.UPGRADE.value), table.site_area_m2
    return "not a rule about places"


def _too_near(xy: Floats, shapes: Shapes, limit_m: float) -> tuple[Flags, Floats]:
    """Return which points lie nearer than a limit to some shape, and the distance of those."""
    distance = np.full(len(xy), np.inf)
    if len(shapes):
        (point, _), found = shapely.STRtree(shapes).query_nearest(
            shapely.points(xy), max_distance=limit_m, return_distance=True, all_matches=False
        )
        distance[point] = found
    return distance < limit_m, distance
