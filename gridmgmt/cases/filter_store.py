"""The conditions of a list of cases: what is wanted, as the statement says it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, and_, bindparam, func, not_, or_, true
from sqlalchemy.orm import Session

from gridmgmt.cases.list_model import SOON, CaseFilter, DueFilter
from gridmgmt.cases.model import CaseState
from gridmgmt.cases.store import SERIALS
from gridmgmt.cases.tables import CaseRow
from gridmgmt.cases.workflow import FINAL_STATES
from gridmgmt.city import store as city_store

SEARCHED = datetime.timedelta(days=92)  # how far back words are looked for when nobody says: a scan of three months, not of all history
MARGIN = datetime.timedelta(days=2)  # an id says the month of the city's day, an instant is of no zone
_NARROWING = (
    "district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "person_id", "zone_code", "segment_code",
)  # fmt: skip


def matching(session: Session, wanted: CaseFilter, *, now: datetime.datetime) -> list[ColumnElement[bool]]:
    """Return the conditions on ``case_file`` that hold for the cases wanted."""
    return [*_of_states(wanted), *_of_time(wanted, now), *_of_place(session, wanted), *_of_clock(wanted, now), *_of_words(wanted)]


def only_open(wanted: CaseFilter) -> bool:
    """Say whether nothing but open cases are wanted."""
    return wanted.due is not None or (bool(wanted.states) and FINAL_STATES.isdisjoint(wanted.states))


def halves_of(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """Return open and over (结束), those of the two that a filter has not chosen already: each has indexes of its own."""
    chosen = only_open(wanted) or (bool(wanted.states) and FINAL_STATES.issuperset(wanted.states))
    return [true()] if chosen else [CaseRow.is_open.expression, not_(CaseRow.is_open)]


def is_narrowed(wanted: CaseFilter) -> bool:
    """Say whether a filter asks for an area, a unit, a zone, a segment or a person: that is what there are indexes for."""
    return any(getattr(wanted, name) is not None for name in _NARROWING)


def in_states(states: Collection[CaseState]) -> ColumnElement[bool]:
    """Return the condition for some states; indexes of open cases serve when no final one is among them, the others when all are."""
    named = CaseRow.state.in_(bindparam("states", sorted(states), expanding=True, literal_execute=True, unique=True))
    if FINAL_STATES.isdisjoint(states):
        return and_(CaseRow.is_open, named)
    return and_(not_(CaseRow.is_open), named) if FINAL_STATES.issuperset(states) else named


def opened_since(at: datetime.datetime) -> ColumnElement[bool]:
    """Return a condition that holds for every case opened since an instant and leaves the months before it alone."""
    first = at - MARGIN
    return CaseRow.id >= (first.year * 100 + first.month) * SERIALS


def _of_states(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.due is not None:
        yield CaseRow.is_open.expression
    if wanted.states:
        yield in_states(wanted.states)


def _of_time(wanted: CaseFilter, now: datetime.datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.opened_from is not None:
        yield opened_since(wanted.opened_from)
        yield CaseRow.opened_at >= wanted.opened_from
    elif wanted.text.strip() and not only_open(wanted):
        yield opened_since(now - SEARCHED)
    if wanted.opened_to is not None:
        last = wanted.opened_to + MARGIN
        yield CaseRow.id < (last.year * 100 + last.month + 1) * SERIALS
        yield CaseRow.opened_at < wanted.opened_to


def _of_place(session: Session, wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    for name in ("kind", "class_code", *_NARROWING):
        if (value := getattr(wanted, name)) is not None:
            yield getattr(CaseRow, name) == value
    if wanted.source is not None:
        yield CaseRow.source == wanted.source.value
    if wanted.bbox is not None:
        yield CaseRow.point.op("&&")(func.st_makeenvelope(*wanted.bbox, city_store.get_storage_srid(session)))


def _of_words(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if words := wanted.text.strip():
        found = [column.icontains(words, autoescape=True) for column in (CaseRow.description, CaseRow.address)]
        yield or_(CaseRow.case_no.startswith(words, autoescape=True), *found)


def _of_clock(wanted: CaseFilter, now: datetime.datetime) -> Iterator[ColumnElement[bool]]:
    if wanted.due is None:
        return
    yield CaseRow.clock_stopped_at.is_(None)
    if wanted.due is DueFilter.OVERDUE:
        yield CaseRow.due_at < now
    else:
        yield CaseRow.due_at >= now
        yield CaseRow.due_at < now + SOON
