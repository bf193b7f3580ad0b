"""Statements about scenarios and the plans that answer them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.db import copy_rows
from gridmgmt.errors import ConflictError, NotFoundError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting.scenario import SavedPlan, Scenario, Site, Verdict
from gridmgmt.siting.scenario_settings import Origin, read_settings
from gridmgmt.siting.tables import SitingDecisionRow, SitingPlanRow, SitingScenarioRow, SitingSiteRow

SITE = (
    "plan_id",
    "rank",
    "position",
    "code",
    "origin",
    "facility_code",
    "point",
    "year",
    "adds",
    "alone",
    "street_office_code",
    "district_code",
)

HEAD = ("id", "scenario_id", "job_id", "made_at", "made_by", "problem", "summary", "value", "bound", "gap", "seconds", "proved")


def add_scenario(session: Session, scenario: Scenario) -> Scenario:
    """Store a scenario; return it with its number. Raises ConflictError for a name that is taken."""
    row = SitingScenarioRow(
        name=scenario.name, kind=scenario.kind.value, set_id=scenario.set_id, settings=scenario.settings.to_json(),
        made_at=scenario.made_at, made_by=scenario.made_by,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "uq_siting_scenario_name" not in str(error):
            raise
        raise ConflictError(f"there is a scenario {scenario.name!r} already", zh=f"已有名为“{scenario.name}”的方案") from None
    return dataclasses.replace(scenario, id=row.id)


def list_scenarios(session: Session, kind: FacilityKind | None = None) -> list[Scenario]:
    """Return the scenarios, newest first, those of one kind if given."""
    statement = select(SitingScenarioRow).order_by(SitingScenarioRow.made_at.desc(), SitingScenarioRow.id.desc())
    if kind is not None:
        statement = statement.where(SitingScenarioRow.kind == kind.value)
    return [_scenario(row) for row in session.scalars(statement)]


def get_scenario(session: Session, number: int) -> Scenario:
    """Return a scenario; raise NotFoundError where there is none."""
    row = session.get(SitingScenarioRow, number)
    if row is None:
        raise NotFoundError(f"there is no scenario {number}", zh=f"没有编号为 {number} 的方案")
    return _scenario(row)


def add_plan(session: Session, plan: SavedPlan, sites: Sequence[Site]) -> SavedPlan:
    """Store a plan with its sites; the caller has had it checked. Return it with its number."""
    values = {name: value for name, value in dataclasses.asdict(plan).items() if name != "id"}
    row = SitingPlanRow(**values)
    session.add(row)
    session.flush()
    srid = city_store.get_storage_srid(session)
    xy = np.array([(site.x, site.y) for site in sites], np.float64).reshape(-1, 2)
    points = np.asarray(shapely.to_wkb(shapely.set_srid(shapely.points(xy), srid), hex=True, include_srid=True)).tolist()
    rows = (
        (
            row.id,
            s.rank,
            s.position,
            s.code,
            s.origin.value,
            s.facility_code,
            point,
            s.year,
            s.adds,
            s.alone,
            s.street_office_code,
            s.district_code,
        )
        for s, point in zip(sites, points, strict=True)
    )
    copy_rows(session, "siting_site", SITE, rows)
    return dataclasses.replace(plan, id=row.id)


def list_plans(session: Session, scenario_id: int | None = None) -> list[SavedPlan]:
    """Return the plans, newest first, those of one scenario if given."""
    statement = select(SitingPlanRow).order_by(SitingPlanRow.made_at.desc(), SitingPlanRow.id.desc())
    if scenario_id is not None:
        statement = statement.where(SitingPlanRow.scenario_id == scenario_id)
    return [_plan(row) for row in session.scalars(statement)]


def list_plan_heads(session: Session, scenario_id: int | None = None) -> list[SavedPlan]:
    """Return the plans as ``list_plans`` does, each without the solver's record, which may be millions of characters long."""
    row = SitingPlanRow
    columns = (getattr(row, name) for name in HEAD)
    statement = select(*columns).order_by(row.made_at.desc(), row.id.desc())
    if scenario_id is not None:
        statement = statement.where(row.scenario_id == scenario_id)
    return [SavedPlan(**found, plan={}) for found in session.execute(statement).mappings()]


def get_plan(session: Session, number: int) -> SavedPlan:
    """Return a plan; raise NotFoundError where there is none."""
    row = session.get(SitingPlanRow, number)
    if row is None:
        raise NotFoundError(f"there is no plan {number}", zh=f"没有编号为 {number} 的选址结果")
    return _plan(row)


def list_sites(session: Session, plan_id: int) -> list[Site]:
    """Return the sites of a plan in the order of building, each with what was decided about it."""
    return [_site(row) for row in session.execute(_sites().where(SitingSiteRow.plan_id == plan_id).order_by(SitingSiteRow.rank))]


def find_site(session: Session, plan_id: int, *, rank: int | None = None, code: str | None = None) -> Site | None:
    """Return a site of a plan by its number in the order of building, or by its candidate's code; None where there is none."""
    row = SitingSiteRow
    condition = row.rank == rank if rank is not None else row.code == code
    found = session.execute(_sites().where(row.plan_id == plan_id, condition)).first()
    return None if found is None else _site(found)


def _sites() -> Select[Any]:
    row, decision = SitingSiteRow, SitingDecisionRow
    joined = (row.plan_id == decision.plan_id) & (row.rank == decision.rank)
    return select(row, func.ST_X(row.point), func.ST_Y(row.point), decision.verdict).outerjoin(decision, joined)


def _site(found: Any) -> Site:  # noqa: ANN401 - a row
    row, x, y, verdict = found
    return Site(
        row.plan_id, row.rank, row.position, row.code, Origin(row.origin), row.facility_code, x, y, row.year, row.adds, row.alone,
        row.street_office_code, row.district_code, None if verdict is None else Verdict(verdict),
    )  # fmt: skip


def _scenario(row: SitingScenarioRow) -> Scenario:
    return Scenario(row.id, row.name, FacilityKind(row.kind), row.set_id, read_settings(row.settings), row.made_at, row.made_by)


def _plan(row: SitingPlanRow) -> SavedPlan:
    return SavedPlan(
        row.id, row.scenario_id, row.job_id, row.made_at, row.made_by, row.problem, row.plan, row.summary, row.value, row.bound, row.gap,
        row.seconds, row.proved,
    )  # fmt: skip
