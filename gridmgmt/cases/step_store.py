"""Statements of acting on a case: lock it, append a step, move it; parts of a split case and handling units."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import false, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.cases.model import Case, CaseAction, CaseState, HandlingUnit, Origin, ReportSource, UnitKind
from gridmgmt.cases.photo_store import bind_photos
from gridmgmt.cases.photos_given import photos_given
from gridmgmt.cases.store import SERIALS, case_of, has_number, new_id
from gridmgmt.cases.tables import CaseRow, CaseStepRow, HandlingUnitRow, IncidentReportRow
from gridmgmt.city.model import Level


@dataclasses.dataclass(frozen=True)
class NewStep:
    """A step about to be written; ``changes`` are the columns of the case that change with it."""

    action: CaseAction
    to_state: CaseState
    at: datetime.datetime
    actor: str
    reason: str | None = None
    origin: Origin = dataclasses.field(default_factory=Origin)
    client_request_id: str | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    changes: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def lock_cases(session: Session, *case_nos: str) -> dict[str, Case]:
    """Return cases by number as they stand now, locked until the transaction ends, each together with the case it is a part of.

    Locks are taken in the order of ids, whatever was asked for, so that two requests never wait for each other.
    """
    numbered = or_(false(), *(has_number(case_no) for case_no in case_nos))
    asked = select(CaseRow.id).where(numbered)
    parents = select(CaseRow.parent_id).where(numbered, CaseRow.parent_id.is_not(None))
    statement = select(CaseRow).where(CaseRow.id.in_(asked.union(parents))).order_by(CaseRow.id).with_for_update()
    return {row.case_no: case_of(row) for row in session.scalars(statement.execution_options(populate_existing=True))}


def append_step(session: Session, case: Case, step: NewStep) -> Case:
    """Append the next step of a locked case with its photos and move the case with it; return the case as it stands then."""
    seq = case.version + 1
    session.add(
        CaseStepRow(
            case_id=case.id, seq=seq, action=step.action.value, from_state=case.state.value, to_state=step.to_state.value, at=step.at,
            actor=step.actor, reason=step.reason, channel=step.origin.channel, ip=step.origin.ip, position=step.origin.position,
            client_request_id=step.client_request_id, details=dict(step.details),
        )
    )  # fmt: skip
    row = session.get_one(CaseRow, case.id)
    row.state, row.version = step.to_state.value, seq
    for name, value in step.changes.items():
        setattr(row, name, value)
    session.flush()
    bind_photos(session, case.id, seq, photos_given(step.details), now=step.at)
    return case_of(row)


def find_own_act(session: Session, case_no: str, *, actor: str, action: CaseAction, client_request_id: str) -> Case | None:
    """Return a case as it stood after somebody's own act, known by its request; None when there was no such act.

    Who acts may lose sight of the case by it, and yet may ask again whether the request arrived.
    """
    own = (CaseStepRow.actor == actor, CaseStepRow.action == action.value, CaseStepRow.client_request_id == client_request_id)
    statement = select(CaseRow, CaseStepRow).join(CaseStepRow, CaseStepRow.case_id == CaseRow.id).where(has_number(case_no), *own)
    row = session.execute(statement).one_or_none()
    return dataclasses.replace(case_of(row[0]), state=CaseState(row[1].to_state), version=row[1].seq) if row else None


def add_part(session: Session, parent: Case, number: int, step: NewStep) -> Case:
    """Open part ``number`` of a case, with the parent's report and assignment, in the parent's month, and its first step."""
    whole = session.get_one(CaseRow, parent.id)
    row = CaseRow(
        id=new_id(session, parent.id // SERIALS), source=whole.source, reported_at=whole.reported_at, reported_by=whole.reported_by,
        point=whole.point, description=whole.description, address=whole.address, case_no=f"{parent.case_no}-{number}", report_id=parent.report_id, state=step.to_state.value, version=1, opened_at=step.at,
        kind=parent.kind, class_code=parent.class_code, parent_id=parent.id, manual_override=parent.manual_override, basis=parent.basis,
        edition_id=parent.edition_id, district_code=parent.district_code, street_office_code=parent.street_office_code,
        community_code=parent.community_code, unit_grid_code=parent.unit_grid_code, shared_with=list(parent.shared_with),
        border_distance_m=parent.border_distance_m, segment_code=parent.segment_code, segment_distance_m=parent.segment_distance_m,
        zone_code=parent.zone_code, appointment_id=parent.appointment_id, person_id=parent.person_id,
    )  # fmt: skip
    for name, value in step.changes.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    session.add(
        CaseStepRow(
            case_id=row.id, seq=1, action=step.action.value, to_state=step.to_state.value, at=step.at, actor=step.actor,
            reason=step.reason, channel=step.origin.channel, ip=step.origin.ip, position=step.origin.position, details=dict(step.details),
        )
    )  # fmt: skip
    session.flush()
    return case_of(row)


def list_parts(session: Session, parent_id: int) -> Sequence[Case]:
    """Return the parts of a case in the order they were split off."""
    return [case_of(row) for row in session.scalars(select(CaseRow).where(CaseRow.parent_id == parent_id).order_by(CaseRow.id))]


def get_source(session: Session, report_id: int) -> ReportSource:
    """Return who or what sent a report."""
    return ReportSource(session.scalars(select(IncidentReportRow.source).where(IncidentReportRow.id == report_id)).one())


def put_unit(session: Session, unit: HandlingUnit) -> None:
    """Store a handling unit, or write over what is stored under its code."""
    level, code = unit.area or (None, None)
    values = {"name": unit.name, "kind": unit.kind.value, "area_level": level and level.value, "area_code": code}
    statement = insert(HandlingUnitRow).values(code=unit.code, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))


def list_units(session: Session) -> Sequence[HandlingUnit]:
    """Return every handling unit in the order of their codes."""
    return [_unit(row) for row in session.scalars(select(HandlingUnitRow).order_by(HandlingUnitRow.code))]


def find_unit(session: Session, code: str) -> HandlingUnit | None:
    """Return a handling unit by its code, or None."""
    row = session.get(HandlingUnitRow, code)
    return _unit(row) if row else None


def _unit(row: HandlingUnitRow) -> HandlingUnit:
    area = (Level(row.area_level), row.area_code) if row.area_level and row.area_code else None
    return HandlingUnit(row.code, row.name, UnitKind(row.kind), area)
