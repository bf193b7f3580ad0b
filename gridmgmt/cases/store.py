"""Statements about single reports, cases and steps."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import ColumnElement, and_, delete, false, func, select, text
from sqlalchemy.orm import Session

from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep, IncidentReport, Origin, ReportSource
from gridmgmt.cases.tables import CASE_SERIAL, CaseRow, CaseStepRow, IncidentReportRow, ReportKeyRow
from gridmgmt.city.model import Level
from gridmgmt.errors import NotFoundError
from gridmgmt.responsibility.model import Responsibility

SERIALS = 1_000_000_000  # an id is yyyymm times this and a serial number of the city
# The case number: local day of opening, then the case's own serial number; the bulk import composes it by the same rule in SQL.
CASE_NO_SQL = "to_char(CAST({day} AS date), 'YYYYMMDD') || '-' || lpad({serial}::text, greatest(8, length({serial}::text)), '0')"

_OF_A_CASE = {field.name for field in dataclasses.fields(Case)}
_OPEN_CASE = text(Path(__file__).with_name("open_case.sql").read_text(encoding="utf-8"))
_CLAIM = text("""
WITH serial AS MATERIALIZED (SELECT nextval('case_serial') AS number)
INSERT INTO report_key (key, report_id)
SELECT given.key, CAST(:first AS bigint) + serial.number FROM serial CROSS JOIN unnest(CAST(:keys AS text[])) AS given (key)
ON CONFLICT DO NOTHING RETURNING report_id
""")


def find_repeated(session: Session, report: IncidentReport) -> tuple[IncidentReport, Case] | None:
    """Return the report received before under the same request id or source id, with its case; None when it is new."""
    keys = _keys(report)
    if not keys:
        return None
    known = ReportKeyRow
    report_id = session.scalar(select(known.report_id).where(known.key.in_(keys)).order_by(known.key).limit(1))
    if report_id is None:  # most are new, and no month has to be opened to say so
        return None
    statement = select(IncidentReportRow, CaseRow).join(CaseRow, CaseRow.id == IncidentReportRow.id)
    row = session.execute(statement.where(IncidentReportRow.id == report_id)).one()
    return report_of(row[0]), case_of(row[1])


def claim_id(session: Session, report: IncidentReport, *, month: int) -> int | None:
    """Take the next id of a month (yyyymm) and with it the request and source id of a report; None when another report has one of them."""
    keys = _keys(report)
    if not keys:
        return new_id(session, month)
    ids: Sequence[int] = session.scalars(_CLAIM, {"keys": keys, "first": month * SERIALS}).all()
    if len(ids) == len(keys):
        return ids[0]
    if ids:
        session.execute(delete(ReportKeyRow).where(ReportKeyRow.key.in_(keys), ReportKeyRow.report_id == ids[0]))
    return None


def new_id(session: Session, month: int) -> int:
    """Return the next id of a month (yyyymm)."""
    return month * SERIALS + (session.scalar(CASE_SERIAL.next_value()) or 0)


def _keys(report: IncidentReport) -> list[str]:
    """Return what makes a report known when it is sent again; the bulk import composes the same in SQL."""
    given = {"request": report.client_request_id, f"source:{report.source.value}": report.source_ref}
    return [f"{name}:{value}" for name, value in given.items() if value is not None]


def stored_point(point: tuple[float, float], srid: int) -> WKBElement:
    """Return a point as it is written into a column of that CRS."""
    return WKBElement(shapely.to_wkb(shapely.Point(point)), srid=srid)


def add_case(
    session: Session, report_id: int, report: IncidentReport, found: Responsibility, *, point: WKBElement,
    case_day: datetime.date, opened_at: datetime.datetime, actor: str,
) -> Case:  # fmt: skip
    """Write a report as received, its case with the assignment, and its first two steps, the report and the assignment, in one statement.

    The case has the id of its report, one that ``claim_id`` gave; ``point`` is in the storage CRS.
    """
    values = {
        "id": report_id, "case_no": f"{case_day:%Y%m%d}-{report_id % SERIALS:08d}", "source": report.source.value,
        "source_ref": report.source_ref, "client_request_id": report.client_request_id, "reported_at": report.reported_at,
        "reported_by": actor, "opened_at": opened_at, "raw_x": report.x, "raw_y": report.y, "raw_crs": report.crs,
        "accuracy_m": report.accuracy_m, "point": bytes(point.as_ewkb().data), "kind": report.kind, "class_code": report.class_code,
        "description": report.description, "address": report.address, **_assigned(found),
    }  # fmt: skip
    session.execute(_OPEN_CASE, values)
    kept = {name: value for name, value in values.items() if name in _OF_A_CASE} | {"shared_with": tuple(found.shared_with)}
    nothing_yet: dict[str, Any] = {"unit_code": None, "parent_id": None, "merged_into_id": None, "manual_override": False}
    return Case(state=CaseState.REPORTED, version=2, report_id=report_id, **kept, **nothing_yet)


def _assigned(found: Responsibility) -> dict[str, Any]:
    """Return what a case keeps of who answers for its place."""
    codes = {area.level: area.code for area in found.areas}
    return {
        "basis": found.basis.value, "edition_id": found.edition_id, "district_code": codes.get(Level.DISTRICT),
        "street_office_code": codes.get(Level.STREET_OFFICE), "community_code": codes.get(Level.COMMUNITY),
        "unit_grid_code": codes.get(Level.UNIT_GRID), "shared_with": list(found.shared_with), "border_distance_m": found.border_distance_m,
        "segment_code": found.segment.code if found.segment else None,
        "segment_distance_m": found.segment.distance_m if found.segment else None, "zone_code": found.zone_code,
        "appointment_id": found.chief.appointment_id if found.chief else None, "person_id": found.chief.person_id if found.chief else None,
    }  # fmt: skip


def has_number(case_no: str) -> ColumnElement[bool]:
    """Return the condition for the case with a number; it begins with the day, so only that month is looked at."""
    if not re.fullmatch(r"[0-9]{8}-[0-9-]{8,40}", case_no):
        return false()
    first = int(case_no[:6]) * SERIALS
    return and_(CaseRow.id >= first, CaseRow.id < first + SERIALS, CaseRow.case_no == case_no)


def find_case(session: Session, case_no: str) -> tuple[Case, IncidentReport] | None:
    """Return a case and its report by case number, or None."""
    row = session.execute(
        select(CaseRow, IncidentReportRow).join(IncidentReportRow, CaseRow.report_id == IncidentReportRow.id).where(has_number(case_no))
    ).one_or_none()
    return (case_of(row[0]), report_of(row[1])) if row else None


def get_case(session: Session, case_no: str) -> tuple[Case, IncidentReport]:
    """Return a case and its report by case number; raise NotFoundError."""
    found = find_case(session, case_no)
    if found is None:
        raise NotFoundError(f"there is no case {case_no}", zh=f"没有案卷 {case_no}")
    return found


def list_cases(session: Session, *, zone_code: str | None = None, limit: int = 200) -> list[tuple[Case, IncidentReport]]:
    """Return cases with their reports, newest first, of one zone where asked."""
    statement = select(CaseRow, IncidentReportRow).join(IncidentReportRow, CaseRow.report_id == IncidentReportRow.id)
    if zone_code is not None:
        statement = statement.where(CaseRow.zone_code == zone_code)
    rows = session.execute(statement.order_by(CaseRow.id.desc()).limit(limit))
    return [(case_of(row[0]), report_of(row[1])) for row in rows]


def count_cases(session: Session) -> int:
    """Return how many cases there are."""
    return session.scalar(select(func.count()).select_from(CaseRow)) or 0


def list_steps(session: Session, case_id: int) -> Sequence[CaseStep]:
    """Return the steps of a case in order."""
    rows = session.scalars(select(CaseStepRow).where(CaseStepRow.case_id == case_id).order_by(CaseStepRow.seq))
    return [_step(row) for row in rows]


def _step(row: CaseStepRow) -> CaseStep:
    return CaseStep(
        row.seq, CaseAction(row.action), CaseState(row.from_state) if row.from_state else None, CaseState(row.to_state), row.at, row.actor,
        row.reason, Origin(row.channel, row.ip, row.position), row.client_request_id, row.details,
    )  # fmt: skip


def report_of(row: IncidentReportRow) -> IncidentReport:
    """Return a report as the plain value that leaves the store."""
    return IncidentReport(
        x=row.raw_x, y=row.raw_y, crs=row.raw_crs, source=ReportSource(row.source), reported_at=row.reported_at,
        accuracy_m=row.accuracy_m, kind=row.kind, class_code=row.class_code, description=row.description, address=row.address,
        source_ref=row.source_ref, client_request_id=row.client_request_id,
    )  # fmt: skip


def case_of(row: CaseRow) -> Case:
    """Return a row as the plain value that leaves the store."""
    return Case(
        id=row.id, case_no=row.case_no, state=CaseState(row.state), version=row.version, opened_at=row.opened_at, report_id=row.report_id,
        kind=row.kind, class_code=row.class_code, unit_code=row.unit_code, parent_id=row.parent_id, merged_into_id=row.merged_into_id,
        manual_override=row.manual_override, limit_id=row.limit_id, due_at=row.due_at,
        clock_stopped_at=row.clock_stopped_at, basis=row.basis, edition_id=row.edition_id, district_code=row.district_code,
        street_office_code=row.street_office_code, community_code=row.community_code, unit_grid_code=row.unit_grid_code,
        shared_with=tuple(row.shared_with), border_distance_m=row.border_distance_m, segment_code=row.segment_code,
        segment_distance_m=row.segment_distance_m, zone_code=row.zone_code, appointment_id=row.appointment_id, person_id=row.person_id,
    )  # fmt: skip
