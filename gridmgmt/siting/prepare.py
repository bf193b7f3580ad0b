"""Prepare a set (准备基础数据集): demand and candidates of a kind of facility from the city, with the reason for each place dropped."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import PLAN_TARGETS, Facility, FacilityKind
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.siting import layer_store, set_store
from gridmgmt.siting.candidates import Place, list_candidates, list_standing, ordered, people_around
from gridmgmt.siting.demand import Given, bring_people
from gridmgmt.siting.exclusions import Checked, drop_poorest, exclude, thin
from gridmgmt.siting.frontage import crossings
from gridmgmt.siting.ground import Ground, Shapes
from gridmgmt.siting.ground_store import read_ground
from gridmgmt.siting.read_rules import SitingRule, find_rule, read_programme, read_rules
from gridmgmt.siting.scenario import CandidateTable, DemandTable, PreparedSet, SetTables

RULES, PROGRAMMES = "rules.csv", "programmes.csv"
THIN_FROM_M = 200.0


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a set is prepared: metres between frontage points, side of a demand cell, the most points and places, layers by subject."""

    step_m: float
    cell_m: float
    most_demand: int
    most_candidates: int
    given: Given = dataclasses.field(default_factory=Given)
    planned: Sequence[Place] = ()
    layers: Mapping[str, Shapes] = dataclasses.field(default_factory=dict)
    sources: Mapping[str, str] = dataclasses.field(default_factory=dict)


DEFAULTS: Mapping[FacilityKind, Recipe] = {
    FacilityKind.TOILET: Recipe(150.0, 100.0, 100_000, 30_000),
    FacilityKind.TRANSFER_STATION: Recipe(300.0, 100.0, 100_000, 2_000),
    FacilityKind.COLLECTION_HOUSE: Recipe(150.0, 100.0, 100_000, 30_000),
}


def prepare(
    session: Session, kind: FacilityKind, recipe: Recipe, *, folder: Path, name: str, on: datetime.date, at: datetime.datetime, by: str
) -> PreparedSet:
    """Prepare and store a set as of a day; rules and yearly numbers are read from ``folder``.

    Layers in use are taken too, save those that the recipe brings itself. Raises NotReadyError where there are no boundaries,
    InvalidInputError for a bad line of the tables of rules.
    """
    recipe = _with_layers(session, kind, recipe)
    rules, years = read_rules(folder / RULES, kind), read_programme(folder / PROGRAMMES, kind)
    ground = read_ground(session, on=on)
    facilities = facilities_store.list_facilities(session, kind)
    freed = facilities_store.list_facilities(session, FacilityKind.DEMOLITION_SITE)
    edition = hierarchy_store.find_edition(session, on=on)
    tables, summary = build_tables(ground, kind, recipe, rules, facilities=facilities, freed=freed)
    summary |= {"years": {str(year): count for year, count in years.items()}, "programme": _programme(session, kind)}
    options = {"day": on.isoformat(), "step_m": recipe.step_m, "most_demand": recipe.most_demand, "most_candidates": recipe.most_candidates}
    options["sources"] = dict(recipe.sources)
    head = PreparedSet(0, kind, name, None if edition is None else edition.id, at, by, options, summary)
    return set_store.add_set(session, head, tables)


def _with_layers(session: Session, kind: FacilityKind, recipe: Recipe) -> Recipe:
    """Return the recipe with the layers in use: what the recipe brings itself stays."""
    own = {*recipe.layers, *(("candidates",) if recipe.planned else ())}
    used = {layer.subject.value: layer.source for layer in layer_store.list_layers(session) if layer.kind in {None, kind}}
    return dataclasses.replace(
        recipe,
        planned=recipe.planned or layer_store.read_planned(session, kind),
        layers={**layer_store.read_kept_away(session), **recipe.layers},
        sources={**recipe.sources, **{subject: source for subject, source in used.items() if subject not in own}},
    )


def build_tables(
    ground: Ground,
    kind: FacilityKind,
    recipe: Recipe,
    rules: tuple[SitingRule, ...],
    *,
    facilities: Sequence[Facility],
    freed: Sequence[Facility],
) -> tuple[SetTables, dict[str, Any]]:
    """Return demand, candidates (kept ones first) and standing facilities, and what is to be said about them; pure."""
    demand, how = bring_people(ground, recipe.given, cell_m=recipe.cell_m, most=recipe.most_demand)
    standing = list_standing(facilities)
    candidates = list_candidates(ground, kind, facilities, freed, recipe.planned, step_m=recipe.step_m)
    layers = {"crossing": np.asarray(shapely.points(crossings(ground.road_line))), **recipe.layers}
    candidates, checked = exclude(candidates, rules, layers, standing)
    candidates = ordered(_within_number(candidates, demand, kind, rules, recipe.most_candidates))
    return SetTables(demand, candidates, standing), _summary(demand, how, candidates, checked) | {
        "standing": {"in_service": len(standing.code), "meets": int(standing.meets.sum())}
    }


def _within_number(
    table: CandidateTable, demand: DemandTable, kind: FacilityKind, rules: tuple[SitingRule, ...], most: int
) -> CandidateTable:
    """Leave as many places as a solver is given: where most people are, or for stations, whose reach is wide, spread over the city."""
    rule = find_rule(rules, "service_radius")
    worth = people_around(table.xy, demand.xy, demand.people.astype(np.float64), radius_m=rule.value if rule else 300.0)
    if kind is FacilityKind.TRANSFER_STATION:
        return thin(table, worth, most=most, cell_m=THIN_FROM_M)
    return drop_poorest(table, worth, most=most, key="few_people")


def _summary(demand: DemandTable, how: Mapping[str, object], candidates: CandidateTable, checked: Sequence[Checked]) -> dict[str, Any]:
    kept = candidates.kept
    return {
        "demand": {
            "points": len(demand.xy), "people": int(demand.people.sum()), "shops": int(demand.shops.sum()), "cases": int(demand.cases.sum()),
            **how,
        },
        "candidates": {
            "kept": int(kept.sum()), "by_origin": dict(Counter(candidates.origin[kept].tolist())),
            "dropped": dict(Counter(candidates.dropped[~kept].tolist()).most_common()),
        },
        "rules": [one.to_json() for one in checked],
    }  # fmt: skip


def _programme(session: Session, kind: FacilityKind) -> dict[str, int]:
    """Return the plan's number for the kind and what counts toward it already."""
    done = sum(count.facilities for count in facilities_store.count_programme(session) if count.kind is kind)
    return {"target": PLAN_TARGETS.get(kind, 0), "done": done}
