"""A case on the clock: the limit it was filed under, when it is due, what stops and moves it."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import clock_store, store
from gridmgmt.cases.handling_clock import find_case_deadline
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.cases.refresh_clocks import refresh_clocks
from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ClassLimit, ManagedClass, ManagedKind, TimeLimit, TimeUnit
from gridmgmt.city import calendar_store
from gridmgmt.city.calendar import CalendarDay, OfficeHours, parse_windows
from gridmgmt.errors import ConflictError, InvalidInputError
from tests.cases import loop

A = CaseAction
STANDARD, MATTER = "GB/T 47678.5-2026", ManagedKind.MATTER
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
RUBBISH = {"kind": "matter", "class_code": "06010"}
HANDLED = (A.ACCEPT, A.HANDLE, A.CONFIRM_HANDLED)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


FILED, DISPATCHED = at("2026-11-02 09:30"), at("2026-11-02 10:00")  # a Monday


@pytest.fixture(autouse=True)
def limits(session: Session) -> list[int]:
    """Two classes: rubbish with one condition of 4 working hours, covers with two conditions."""
    classes = [("06010", "暴露垃圾"), ("01001", "供水井盖异常"), ("06012", "道路不洁")]
    catalogue_store.add_classes(session, [ManagedClass(STANDARD, MATTER, code, name, code[:2], "类", None) for code, name in classes])
    return [
        limit_store.add_limit(
            session,
            ClassLimit(
                STANDARD, MATTER, code, number, "条件", TimeLimit(Decimal(amount), TimeUnit.WORKING_HOUR), None, is_sample=False,
                provenance="试", valid_from=datetime.date(2026, 1, 1),
            ),
        )
        for code, number, amount in (("06010", "1", 4), ("01001", "1", 2), ("01001", "2", 8))
    ]  # fmt: skip


def opened(session: Session) -> Case:
    loop.add_units(session)
    return loop.open_case(session, now=at("2026-11-02 09:00"))


def filed(session: Session, details: dict[str, Any] = RUBBISH) -> Case:
    return loop.act(session, opened(session), A.FILE, now=FILED, details=details)


def dispatched(session: Session) -> Case:
    return loop.act(session, filed(session), A.DISPATCH, now=DISPATCHED)


def test_filing_chooses_the_limit_and_dispatch_starts_the_clock(session: Session, limits: list[int]) -> None:
    case = filed(session)
    assert (case.limit_id, case.due_at) == (limits[0], None)
    assert store.list_steps(session, case.id)[-1].details["limit_id"] == limits[0]
    case = loop.act(session, case, A.DISPATCH, now=DISPATCHED)
    assert (case.due_at, case.clock_stopped_at) == (at("2026-11-02 16:00"), None)


def test_of_several_filing_conditions_one_has_to_be_met(session: Session, limits: list[int]) -> None:
    covers = {"kind": "matter", "class_code": "01001"}
    case = opened(session)
    with pytest.raises(InvalidInputError, match="which filing condition"):
        loop.act(session, case, A.FILE, now=FILED, details=covers)
    assert loop.act(session, case, A.FILE, now=FILED, details={**covers, "condition_no": "2"}).limit_id == limits[2]


def test_a_class_without_limits_and_a_case_without_a_class_have_no_deadline(session: Session) -> None:
    for details in ({}, {"kind": "matter", "class_code": "06012"}):
        case = loop.act(session, filed(session, details), A.DISPATCH, now=DISPATCHED)
        assert (case.limit_id, case.due_at) == (None, None)


def test_a_later_version_changes_nothing_for_a_case_already_filed(session: Session, limits: list[int]) -> None:
    old = filed(session)
    limit_store.end_limit(session, limits[0], datetime.date(2026, 11, 3))
    stricter = limit_store.get_limit(session, limits[0])
    new = dataclasses.replace(
        stricter, limit=TimeLimit(Decimal(1), TimeUnit.WORKING_HOUR), valid_from=datetime.date(2026, 11, 3), valid_to=None, version=2
    )
    limit_store.add_limit(session, new)
    later = at("2026-11-04 08:00")
    assert loop.act(session, old, A.DISPATCH, now=later).due_at == at("2026-11-04 12:00")
    fresh = loop.act(session, loop.open_case(session), A.FILE, now=later, details=RUBBISH)
    assert loop.act(session, fresh, A.DISPATCH, now=later).due_at == at("2026-11-04 09:00")


def test_suspension_pauses_the_clock(session: Session) -> None:
    case = loop.act(session, dispatched(session), A.SUSPEND, now=at("2026-11-02 11:00"))
    assert case.due_at is None
    case = loop.act(session, case, A.RESUME, now=at("2026-11-05 14:00"))
    assert case.due_at == at("2026-11-05 17:00")


def test_a_return_pauses_and_another_unit_begins_afresh(session: Session) -> None:
    case = loop.act(session, dispatched(session), A.RETURN_TO_DISPATCH, now=at("2026-11-02 11:00"))
    assert case.due_at is None
    case = loop.act(session, case, A.CORRECT, now=at("2026-11-02 11:30"))
    again = loop.act(session, case, A.DISPATCH_AGAIN, now=at("2026-11-02 14:00"))
    assert again.due_at == at("2026-11-02 17:00")


def test_another_unit_has_the_whole_limit_and_its_own_office_hours(session: Session) -> None:
    calendar_store.set_office_hours(session, OfficeHours(parse_windows("00:00-24:00"), "U2", datetime.date(2026, 1, 1)))
    case = loop.act(session, dispatched(session), A.RETURN_TO_DISPATCH, now=at("2026-11-02 11:00"))
    case = loop.act(session, case, A.CORRECT, now=at("2026-11-02 11:30"))
    case = loop.act(session, case, A.DISPATCH, now=at("2026-11-02 21:00"), details={"unit_code": "U2"})
    assert case.due_at == at("2026-11-03 01:00")


def test_handling_stops_the_clock_and_rework_goes_on(session: Session) -> None:
    case = dispatched(session)
    for action in HANDLED:
        case = loop.act(session, case, action, now=at("2026-11-02 11:00"))
    assert (case.due_at, case.clock_stopped_at) == (at("2026-11-02 16:00"), at("2026-11-02 11:00"))
    case = loop.act(session, case, A.REWORK, now=at("2026-11-03 08:00"))
    assert (case.due_at, case.clock_stopped_at) == (at("2026-11-03 11:00"), None)


def test_an_extension_is_granted_until_an_instant_and_moves_with_later_pauses(session: Session) -> None:
    until = {"until": "2026-11-03T20:00:00+08:00"}
    case = loop.act(session, dispatched(session), A.REQUEST_EXTENSION, now=at("2026-11-02 15:00"), details=until)
    assert case.due_at == at("2026-11-03 20:00")
    case = loop.act(session, case, A.SUSPEND, now=at("2026-11-03 09:00"))
    case = loop.act(session, case, A.RESUME, now=at("2026-11-03 19:00"))
    assert case.due_at == at("2026-11-04 06:00")
    found = find_case_deadline(session, case.limit_id, store.list_steps(session, case.id))
    assert found is not None
    assert found.due == case.due_at
    assert "申请延期：延长时限" in [line.zh for line in found.lines]


def test_an_extension_after_expiry_is_too_late(session: Session) -> None:
    case = dispatched(session)
    with pytest.raises(ConflictError, match="before the deadline"):
        loop.act(session, case, A.REQUEST_EXTENSION, now=at("2026-11-02 16:30"), details={"until": "2026-11-03T20:00:00+08:00"})


@pytest.mark.parametrize(("handled", "allowed"), [("2026-11-02 11:00", False), ("2026-11-02 17:00", True)])
def test_only_a_late_case_can_be_appealed(session: Session, handled: str, *, allowed: bool) -> None:
    case = dispatched(session)
    for action in (*HANDLED, A.CHECK_PASSED, A.CLOSE):
        case = loop.act(session, case, action, now=at(handled))
    if allowed:
        assert loop.act(session, case, A.REQUEST_APPEAL, now=at("2026-11-04 09:00")).state is CaseState.CLOSED
    else:
        with pytest.raises(ConflictError, match="was not on time"):
            loop.act(session, case, A.REQUEST_APPEAL, now=at("2026-11-04 09:00"))


def test_a_case_closed_while_suspended_leaves_the_clock(session: Session) -> None:
    case = loop.act(session, dispatched(session), A.SUSPEND, now=at("2026-11-02 17:00"))
    assert case.due_at == at("2026-11-02 16:00")  # it was late already
    case = loop.act(session, case, A.FORCE_CLOSE, now=at("2026-11-09 09:00"))
    assert (case.due_at, case.clock_stopped_at) == (at("2026-11-02 16:00"), at("2026-11-09 09:00"))


def test_parts_are_filed_as_their_parent_was_or_under_their_own_class(session: Session, limits: list[int]) -> None:
    parts = [{"note": "清运"}, {"note": "修井盖", "kind": "matter", "class_code": "01001", "condition_no": "1"}]
    loop.act(session, filed(session), A.SPLIT, now=DISPATCHED, details={"parts": parts})
    found = {case.class_code: case.limit_id for case, _ in store.list_cases(session) if case.parent_id}
    assert found == {"06010": limits[0], "01001": limits[1]}


def test_due_and_overdue_are_asked_of_the_clock_of_the_moment(session: Session) -> None:
    case = dispatched(session)
    late, soon = at("2026-11-02 16:01"), at("2026-11-02 15:00")
    assert clock_store.list_due(session, before=soon) == []
    assert [due.case_no for due in clock_store.list_due(session, before=late, unit_code="U1")] == [case.case_no]
    assert clock_store.count_due(session, before=late, since=soon) == 1
    assert clock_store.count_due(session, before=late, unit_code="U2") == 0
    for action in HANDLED:
        loop.act(session, case, action, now=late)
    assert clock_store.count_due(session, before=at("2027-01-01 00:00")) == 0


def test_a_changed_calendar_moves_open_cases_only(session: Session) -> None:
    open_case, done = dispatched(session), dispatched(session)
    for action in HANDLED:
        done = loop.act(session, done, action, now=at("2026-11-02 11:00"))
    assert refresh_clocks(session) == []
    calendar_store.save_days(session, [CalendarDay(datetime.date(2026, 11, 2), working=False, note="停工")])
    (moved,) = refresh_clocks(session)
    assert (moved.case_no, moved.before, moved.after) == (open_case.case_no, at("2026-11-02 16:00"), at("2026-11-03 12:00"))
    assert loop.current(session, open_case).due_at == at("2026-11-03 12:00")
    assert loop.current(session, done).due_at == at("2026-11-02 16:00")
    assert refresh_clocks(session) == []


def test_a_case_somebody_acted_on_meanwhile_is_not_refreshed(session: Session) -> None:
    case = dispatched(session)
    (read,) = clock_store.list_running(session)
    loop.act(session, case, A.ACCEPT, now=at("2026-11-02 10:30"))
    assert not clock_store.save_clock(session, read, {"due_at": None})
    assert loop.current(session, case).due_at == at("2026-11-02 16:00")
