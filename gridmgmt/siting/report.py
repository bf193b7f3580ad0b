"""Everything a printed report of a plan says (方案报告), gathered once; words and layout are the page's."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area
from gridmgmt.labels import Words
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.accessibility import AccessRow, nearest_m
from gridmgmt.siting.accessibility_record import read_record
from gridmgmt.siting.density import DensityRow
from gridmgmt.siting.drawing import Drawing, draw
from gridmgmt.siting.guarantee import guarantee, unit_of
from gridmgmt.siting.scenario import PreparedSet, SavedPlan, Scenario, Site, Verdict

NAMED = ("district", "street_office")


@dataclasses.dataclass(frozen=True)
class Report:
    """A plan with its question, sites, figures and the names of areas by code; ``unit``: what coverage counts."""

    scenario: Scenario
    prepared: PreparedSet
    plan: SavedPlan
    sites: Sequence[Site]
    access: Sequence[AccessRow]
    density: Sequence[DensityRow]
    sentence: Words
    unit: Words
    names: Mapping[str, str]

    @property
    def day(self) -> datetime.date:
        """Day whose boundaries and roads the plan is about."""
        return datetime.date.fromisoformat(self.prepared.options["day"])

    @property
    def rules(self) -> Sequence[Mapping[str, Any]]:
        """Rules as they were applied when the set was prepared, with source and confidence."""
        rules: Sequence[Mapping[str, Any]] = self.prepared.summary.get("rules", ())
        return rules

    @property
    def verdicts(self) -> dict[Verdict | None, int]:
        """How many sites were decided in which way; None: not yet."""
        return {verdict: sum(site.verdict is verdict for site in self.sites) for verdict in (*Verdict, None)}

    def name(self, code: str | None) -> str:
        """Return the name of an area, its code where it has none."""
        return self.names.get(code or "", code or "")


def read_report(session: Session, plan_id: int) -> Report:
    """Gather a plan; raise NotFoundError where there is none."""
    plan = scenario_store.get_plan(session, plan_id)
    scenario = scenario_store.get_scenario(session, plan.scenario_id)
    prepared = set_store.get_set(session, scenario.set_id)
    access, density = read_record(plan.summary)
    on = datetime.date.fromisoformat(prepared.options["day"])
    names = {area.code: area.name for level in NAMED for area in _areas(session, level, on) if area.name}
    sites = scenario_store.list_sites(session, plan_id)
    sentence = guarantee(plan, scenario.settings)
    return Report(scenario, prepared, plan, sites, access, density, sentence, unit_of(scenario.settings), names)


def draw_plan(session: Session, report: Report) -> Drawing:
    """Draw the city before and after: who has no facility within the radius in a straight line."""
    radius_m, set_id = report.scenario.settings.radius_m, report.prepared.id
    (xy, people), standing = set_store.read_people(session, set_id), set_store.read_standing(session, set_id)
    meets = standing.xy[standing.meets].reshape(-1, 2)
    sites = np.array([(site.x, site.y) for site in report.sites], np.float64).reshape(-1, 2)
    before, after = nearest_m(xy, meets), nearest_m(xy, np.concatenate([meets, sites]))
    shapes = {area.code: area.shape for area in _areas(session, NAMED[0], report.day) if area.shape is not None}
    return draw(
        shapes, xy, people, out_before=before > radius_m, out_after=after > radius_m,
        sites=[(site.x, site.y, site.rank) for site in report.sites], standing_xy=meets,
    )  # fmt: skip


def _areas(session: Session, level: str, on: datetime.date) -> list[Area]:
    """Return the areas of a level; none where the city has no such level."""
    found = next((one for one in city_store.get_profile(session).levels if one.value == level), None)
    return [] if found is None else hierarchy_store.list_areas(session, found, on=on)
