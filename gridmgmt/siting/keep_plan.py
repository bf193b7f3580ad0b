"""An answer becomes a plan: ordered, measured, checked by a second way of computing, then stored; one that fails is refused."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError
from gridmgmt.roads.export_store import list_segments_on
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.accessibility_record import access_record
from gridmgmt.siting.answer import Answer, walking_sets
from gridmgmt.siting.check_answer import find_faults
from gridmgmt.siting.cover_problem import CoverSets
from gridmgmt.siting.figures import plan_figures
from gridmgmt.siting.network import Network, network_of
from gridmgmt.siting.order import Built, order_sites
from gridmgmt.siting.question import Question, ask
from gridmgmt.siting.scenario import PreparedSet, SavedPlan, Scenario, SetTables, Site
from gridmgmt.siting.scenario_settings import DistanceKind, Origin
from gridmgmt.siting.sensitivity import sensitivity


@dataclasses.dataclass(frozen=True)
class Material:
    """Everything a scenario speaks of, as it was when its set was prepared."""

    scenario: Scenario
    prepared: PreparedSet
    tables: SetTables
    question: Question
    network: Network | None


def gather(session: Session, scenario: Scenario) -> Material:
    """Read what a scenario needs; roads are those of the set's day. Raises InvalidInputError where the settings do not fit the set."""
    prepared = set_store.get_set(session, scenario.set_id)
    tables = set_store.read_tables(session, prepared.id)
    segments = list_segments_on(session, on=datetime.date.fromisoformat(prepared.options["day"]))
    return Material(scenario, prepared, tables, ask(tables, scenario.settings), network_of(segments) if segments else None)


def keep(session: Session, material: Material, found: Answer, *, job_id: int | None, at: datetime.datetime, by: str) -> SavedPlan:
    """Check an answer and store it as a plan with its sites; raise ConflictError with what the checker found wrong."""
    faults = find_faults(material.question, material.network, found.problem, found.record)
    if faults:
        raise ConflictError(f"the checker refuses the plan: {'; '.join(faults[:3])}", zh=f"独立校核未通过：{'；'.join(faults[:3])}")
    phases, sets = found.record.get("phases", ()), _who_covers_whom(material)
    built_in = {site: phase["year"] for phase in phases for site in phase["sites"]}
    built = in_order(material, sets, found.selected, built_in)
    radius_m, positions = material.scenario.settings.radius_m, [one.position for one in built]
    scale = found.record.get("scale", 1)
    summary = plan_figures(material.tables, built, material.network, radius_m=radius_m, phases=phases, scale=scale)
    summary |= access_record(session, material.prepared, material.tables, positions, material.network, radius_m=radius_m)
    summary["sensitivity"] = sensitivity(sets, material.question, material.tables, built)
    summary |= {"unit": found.unit, "distance": material.scenario.settings.distance.value, "sites": len(built)}
    plan = SavedPlan(
        0, material.scenario.id, job_id, at, by, found.problem.value, found.record, summary, found.value, found.bound, found.gap, found.seconds,
        found.proved,
    )  # fmt: skip
    return scenario_store.add_plan(session, plan, [_site(material, rank, one) for rank, one in enumerate(built, 1)])


def in_order(material: Material, sets: CoverSets, selected: tuple[int, ...], built_in: Mapping[int, int]) -> list[Built]:
    """Return the sites in the order of building by what they cover; ``built_in``: their years."""
    weight, years = material.question.weight, material.scenario.settings.years
    return order_sites(sets.candidates.turned(), sets.standing, weight, np.array(selected, np.int64), years, built_in=built_in)


def _who_covers_whom(material: Material) -> CoverSets:
    """Return the sets in the distance of the scenario."""
    question, settings = material.question, material.scenario.settings
    if settings.distance is DistanceKind.WALKING and material.network is not None:
        return walking_sets(question, material.network)
    return CoverSets.from_points(question.demand_xy, question.candidate_xy, settings.radius_m, question.standing_xy)


def _site(material: Material, rank: int, built: Built) -> Site:
    places, at = material.tables.candidates, built.position
    return Site(
        0, rank, at, places.code[at], Origin(places.origin[at]), places.facility_code[at] or None, float(places.xy[at, 0]),
        float(places.xy[at, 1]), built.year, float(built.adds), float(built.alone), places.street_office[at] or None,
        places.district[at] or None,
    )  # fmt: skip
