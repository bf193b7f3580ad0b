"""Statements about single reports, cases and steps."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Sequence

import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import ColumnElement, and_, delete, false, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep, IncidentReport, Origin, ReportSource
from gridmgmt.cases.tables import CASE_SERIAL, CaseRow, CaseStepRow, IncidentReportRow, ReportKeyRow
from gridmgmt.city.model import Level
from gridmgmt.responsibility.model import Responsibility

SERIALS = 1_000_000_000  # an id is yyyymm times this and a serial number of the city
# The case number: local day of opening, then the case's own serial number; the bulk import composes it by the same rule in SQL.
CASE_NO_SQL = "to_char(CAST({day} AS date), 'YYYYMMDD') || '-' || lpad({serial}::text, greatest(8, length({serial}::text)), '0')"


def find_repeated(session: Session, report: IncidentReport) -> tuple[IncidentReport, Case] | None:
    """Return the report received before under the same request id or source id, with its case; None when it is new."""
    keys = _keys(report)
    if not keys:
        return None
    row = session.execute(
        select(IncidentReportRow, CaseRow)
        .select_from(ReportKeyRow)
        .join(IncidentReportRow, IncidentReportRow.id == ReportKeyRow.report_id)
        .join(CaseRow, CaseRow.id == ReportKeyRow.report_id)
        .where(ReportKeyRow.key.in_(keys))
        .order_by(ReportKeyRow.key)
        .limit(1)
    ).one_or_none()
    return (report_of(row[0]), case_of(row[1])) if row else None


def add_report(
    session: Session, report: IncidentReport, point: WKBElement, *, case_day: datetime.date, received_at: datetime.datetime
) -> int | None:
    """Insert a report as received, with its point in the storage CRS; return its id, or None when one with the same request or source id is there already."""
    report_id = new_id(session, case_day.year * 100 + case_day.month)
    if not _claim(session, _keys(report), report_id):
        return None
    row = IncidentReportRow(
        id=report_id, source=report.source.value, source_ref=report.source_ref, client_request_id=report.client_request_id,
        reported_at=report.reported_at, received_at=received_at, raw_x=report.x, raw_y=report.y, raw_crs=report.crs,
        accuracy_m=report.accuracy_m, point=point, kind=report.kind, class_code=report.class_code,
        description=report.description, address=report.address,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return report_id


def new_id(session: Session, month: int) -> int:
    """Return the next id of a month (yyyymm)."""
    return month * SERIALS + (session.scalar(CASE_SERIAL.next_value()) or 0)


def _claim(session: Session, keys: Sequence[str], report_id: int) -> bool:
    """Take the keys of a report; False, with none taken, when one of them belongs to another report."""
    if not keys:
        return True
    taken = insert(ReportKeyRow).values([{"key": key, "report_id": report_id} for key in keys]).on_conflict_do_nothing()
    if len(session.scalars(taken.returning(ReportKeyRow.key)).all()) == len(keys):
        return True
    session.execute(delete(ReportKeyRow).where(ReportKeyRow.report_id == report_id))
    return False


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
    """Open a case with its assignment and its first two steps: the report and the assignment; its id is that of the report."""
    case_id = report_id
    codes = {area.level: area.code for area in found.areas}
    row = CaseRow(
        id=case_id, case_no=f"{case_day:%Y%m%d}-{case_id % SERIALS:08d}", report_id=report_id, state=CaseState.REPORTED.value, version=2,
        source=report.source.value, reported_at=report.reported_at, reported_by=actor, point=point,
        description=report.description, address=report.address,
        opened_at=opened_at, kind=report.kind, class_code=report.class_code, basis=found.basis.value, edition_id=found.edition_id, district_code=codes.get(Level.DISTRICT),
        street_office_code=codes.get(Level.STREET_OFFICE), community_code=codes.get(Level.COMMUNITY),
        unit_grid_code=codes.get(Level.UNIT_GRID), shared_with=list(found.shared_with), border_distance_m=found.border_distance_m,
        segment_code=found.segment.code if found.segment else None,
        segment_distance_m=found.segment.distance_m if found.segment else None, zone_code=found.zone_code,
        appointment_id=found.chief.appointment_id if found.chief else None, person_id=found.chief.person_id if found.chief else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    state = CaseState.REPORTED.value
    session.add_all(
        [
            CaseStepRow(case_id=case_id, seq=1, action=CaseAction.REPORT.value, to_state=state, at=opened_at, actor=actor),
            CaseStepRow(
                case_id=case_id, seq=2, action=CaseAction.ASSIGN.value, from_state=state, to_state=state, at=opened_at,
                actor="system", reason=found.basis.value,
            ),
        ]
    )  # fmt: skip
    session.flush()
    return case_of(row)


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


def list_cases(
    session: Session,
    *,
    person_id: int | None = None,
    zone_code: str | None = None,
    states: Collection[CaseState] | None = None,
    limit: int = 200,
) -> list[tuple[Case, IncidentReport]]:
    """Return cases with their reports, newest first, of one road chief, one zone or some states where asked."""
    statement = select(CaseRow, IncidentReportRow).join(IncidentReportRow, CaseRow.report_id == IncidentReportRow.id)
    if person_id is not None:
        statement = statement.where(CaseRow.person_id == person_id)
    if zone_code is not None:
        statement = statement.where(CaseRow.zone_code == zone_code)
    if states is not None:
        statement = statement.where(CaseRow.state.in_(states))
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
