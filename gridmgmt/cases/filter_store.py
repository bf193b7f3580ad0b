"""The conditions of a list of cases: what is wanted, as the statement says it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlalchemy.orm import Session

from gridmgmt.cases.list_model import SOON, CaseFilter, DueFilter
from gridmgmt.cases.model import CaseState
from gridmgmt.cases.tables import CaseRow, IncidentReportRow
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.city import store as city_store

_SAME = (
    "kind", "class_code", "district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "person_id", "zone_code",
    "segment_code",
)  # fmt: skip


def matching(session: Session, wanted: CaseFilter, *, now: datetime.datetime) -> list[ColumnElement[bool]]:
    """Return the conditions on ``case_file`` and ``incident_report`` that hold for the cases wanted."""
    return [*_of_case(wanted), *_of_report(session, wanted), *_of_clock(wanted, now)]


def in_states(states: Collection[CaseState]) -> ColumnElement[bool]:
    """Return the condition for some states, written out so that partial indexes serve."""
    return CaseRow.state.in_(bindparam("states", sorted(states), expanding=True, literal_execute=True, unique=True))


def _of_case(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.states:
        yield in_states(wanted.states)
    for name in _SAME:
        if (value := getattr(wanted, name)) is not None:
            yield getattr(CaseRow, name) == value
    if wanted.opened_from is not None:
        yield CaseRow.opened_at >= wanted.opened_from
    if wanted.opened_to is not None:
        yield CaseRow.opened_at < wanted.opened_to


def _of_report(session: Session, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    report = IncidentReportRow
    if wanted.source is not None:
        yield report.source == wanted.source.value
    if words := wanted.text.strip():
        found = [column.icontains(words, autoescape=True) for column in (report.description, report.address)]
        yield or_(CaseRow.case_no.startswith(words, autoescape=True), *found)
    if wanted.bbox is not None:
        yield report.point.op("&&")(func.st_makeenvelope(*wanted.bbox, city_store.get_storage_srid(session)))


def _of_clock(wanted: CaseFilter, now: datetime.datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.due is None:
        return
    yield in_states(OPEN_STATES)
    yield CaseRow.clock_stopped_at.is_(None)
    if wanted.due is DueFilter.OVERDUE:
        yield CaseRow.due_at < now
    else:
        yield CaseRow.due_at >= now
        yield CaseRow.due_at < now + SOON
