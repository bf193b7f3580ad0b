"""Every list of cases that a page, an export or the API shows: what the asker may see, a page at a time."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import Any

import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, ColumnElement, RowMapping, Select, and_, any_, bindparam, func, not_, or_, select, true, union, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.filter_store import halves_of, is_narrowed, matching, only_open, opened_since
from gridmgmt.cases.list_model import CaseFilter, CaseLine, CaseOrder, CasePage, NearbyCase
from gridmgmt.cases.model import Case, CaseState, IncidentReport, ReportSource
from gridmgmt.cases.page_store import after_cursor, cursor_of, in_order
from gridmgmt.cases.scope_store import parts_of, visible_to
from gridmgmt.cases.store import case_of, has_number, report_of
from gridmgmt.cases.tables import CaseRow, HandlingUnitRow, IncidentReportRow
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.catalogue.tables import ManagedClassRow
from gridmgmt.city import store as city_store
from gridmgmt.city.tables import CityProfileRow

CHUNK = 1_000  # lines held at a time while a list is streamed
_PLAIN = (
    "id", "case_no", "version", "kind", "class_code", "unit_code", "opened_at", "due_at", "clock_stopped_at", "district_code",
    "street_office_code", "community_code", "unit_grid_code", "zone_code", "segment_code", "person_id", "parent_id", "merged_into_id",
    "description", "address", "reported_at",
)  # fmt: skip


def list_page(
    session: Session, scope: Scope, wanted: CaseFilter, *, now: datetime.datetime, order: CaseOrder = CaseOrder.NEWEST,
    after: str | None = None, limit: int = 50,
) -> CasePage:  # fmt: skip
    """Return one page of the cases in a scope that are wanted.

    ``after`` is the cursor of the page before; raises InvalidInputError for one that no page gave.
    """
    conditions = matching(session, wanted, now=now)
    if after is not None:
        conditions.append(after_cursor(order, after))
    halves = [true()] if scope.everything and not is_narrowed(wanted) else halves_of(wanted)
    seen = [and_(part, half) for part in parts_of(scope) for half in halves]
    statement = _lines().where(_among(_first_ids(session, seen, conditions, order, limit + 1)))
    statement = statement.order_by(*in_order(order)).limit(limit + 1)
    lines = tuple(_line(row, now) for row in session.execute(statement).mappings())
    return CasePage(lines[:limit], cursor_of(order, lines[limit - 1]) if len(lines) > limit else None)


def stream_lines(session: Session, scope: Scope, wanted: CaseFilter, *, now: datetime.datetime) -> Iterator[CaseLine]:
    """Yield every case in a scope that is wanted, newest first, through a cursor of the server: memory does not grow with their number."""
    conditions = (visible_to(scope), or_(*halves_of(wanted)), *matching(session, wanted, now=now))
    statement = _lines().where(*conditions).order_by(*in_order(CaseOrder.NEWEST))
    for row in session.execute(statement.execution_options(yield_per=CHUNK)).mappings():
        yield _line(row, now)


def count_by_state(session: Session, scope: Scope, wanted: CaseFilter, *, now: datetime.datetime) -> dict[CaseState, int]:
    """Return how many of the cases wanted are in each state, states without any left out.

    Final states are counted among the cases opened since ``wanted.opened_from``, or else in this month of the city's calendar: no count
    grows with the history.
    """
    conditions = matching(session, wanted, now=now)
    parts = parts_of(scope)
    seen = [
        select(CaseRow.state).where(part, *_none_of(parts[:place]), half, *conditions)
        for place, part in enumerate(parts)
        for half in _counted_halves(session, wanted, now)
    ]
    states = union_all(*seen).subquery()
    counted = select(states.c.state, func.count()).group_by(states.c.state)
    return {CaseState(state): number for state, number in session.execute(counted)}


def find_visible(session: Session, scope: Scope, case_no: str) -> tuple[Case, IncidentReport] | None:
    """Return a case and its report by case number; None for one that does not exist or is not in the scope."""
    statement = (
        select(CaseRow, IncidentReportRow)
        .join(IncidentReportRow, CaseRow.report_id == IncidentReportRow.id)
        .where(has_number(case_no), visible_to(scope))
    )
    row = session.execute(statement).one_or_none()
    return (case_of(row[0]), report_of(row[1])) if row else None


def list_near(
    session: Session, scope: Scope, point: tuple[float, float], *, radius_m: float, now: datetime.datetime, kind: str | None = None,
    class_code: str | None = None, limit: int = 10,
) -> list[NearbyCase]:  # fmt: skip
    """Return the open cases of a scope (and of a class) within a distance of a point (storage CRS), the nearest first."""
    here = WKBElement(shapely.to_wkb(shapely.Point(point)), srid=city_store.get_storage_srid(session))
    distance = func.st_distance(CaseRow.point, here)
    wanted = CaseFilter(states=OPEN_STATES, kind=kind, class_code=class_code)
    conditions = (func.st_dwithin(CaseRow.point, here, radius_m), visible_to(scope), *matching(session, wanted, now=now))
    near = _lines().add_columns(distance.label("distance")).where(*conditions).order_by(distance, CaseRow.id).limit(limit)
    return [NearbyCase(_line(row, now), row["distance"]) for row in session.execute(near).mappings()]


def _first_ids(
    session: Session, parts: Sequence[ColumnElement[bool]], conditions: Sequence[ColumnElement[bool]], order: CaseOrder, most: int
) -> Sequence[int]:
    """Return the first ids that each part of a scope and half sees, each by its own index: the first of all are among them.

    They are asked for by themselves, for no planner knows beforehand how few they are.
    """
    branches = [select(CaseRow.id).where(part, *conditions).order_by(*in_order(order)).limit(most) for part in parts]
    return session.scalars(union(*branches) if len(branches) > 1 else branches[0]).all()


def _among(ids: Sequence[int]) -> ColumnElement[bool]:
    return CaseRow.id == any_(bindparam("ids", list(ids), ARRAY(BigInteger)))


def _none_of(parts: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [or_(*parts).is_not(true())] if parts else []


def _counted_halves(session: Session, wanted: CaseFilter, now: datetime.datetime) -> list[ColumnElement[bool]]:
    """Return what is counted: the halves wanted, of those that are over only the ones opened in this month unless a filter says since when."""
    halves = halves_of(wanted)
    if wanted.opened_from is not None or only_open(wanted):
        return halves
    zone = zoneinfo.ZoneInfo(session.scalar(select(CityProfileRow.time_zone)) or "UTC")
    month = now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return [*halves[:-1], and_(not_(CaseRow.is_open), CaseRow.opened_at >= month, opened_since(month))]


def _lines() -> Select[Any]:
    unit, known = HandlingUnitRow, ManagedClassRow
    standard = select(CityProfileRow.catalogue_standard).scalar_subquery()
    same_class = and_(known.standard == standard, known.kind == CaseRow.kind, known.code == CaseRow.class_code)
    columns = (
        *(getattr(CaseRow, name) for name in (*_PLAIN, "state", "source", "limit_id")),
        func.st_x(CaseRow.point).label("x"), func.st_y(CaseRow.point).label("y"),
        known.name.label("class_name"), unit.name.label("unit_name"),
    )  # fmt: skip
    return select(*columns).select_from(CaseRow).outerjoin(known, same_class).outerjoin(unit, unit.code == CaseRow.unit_code)


def _line(row: RowMapping, now: datetime.datetime) -> CaseLine:
    late = row["due_at"] is not None and (row["clock_stopped_at"] or now) > row["due_at"]
    return CaseLine(
        **{name: row[name] for name in _PLAIN}, state=CaseState(row["state"]), source=ReportSource(row["source"]),
        class_name=row["class_name"], unit_name=row["unit_name"], x=row["x"], y=row["y"],
        overdue=None if row["limit_id"] is None else late,
    )  # fmt: skip
