"""Lists of cases hold what is wanted and may be seen, page by page."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, NOWHERE, Scope
from gridmgmt.cases import list_store, store
from gridmgmt.cases.list_model import EVERY_CASE, CaseFilter, CaseLine, CaseOrder, DueFilter
from gridmgmt.cases.model import Case, CaseAction, CaseState, IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.city.model import Level
from gridmgmt.errors import InvalidInputError
from tests import toy_city, web_city
from tests.cases.loop import NOW, TO_CHECK, TO_FILED, TO_HANDLING, act, add_units

WEST = Scope(areas=((Level.STREET_OFFICE, toy_city.WEST),))
# Together they see everything, the south-western grid twice.
IN_PARTS = Scope(areas=((Level.DISTRICT, toy_city.DISTRICT), (Level.UNIT_GRID, toy_city.SOUTH_WEST)), actor="person-4")
PLACES = ((50, 50), (50, 150), (150, 50), (150, 150), (1000, 1000))


@pytest.fixture
def cases(session: Session) -> list[Case]:
    """Five cases: one in each grid, the last outside the city, a minute apart."""
    add_units(session)
    catalogue_store.add_classes(session, web_city.CLASSES)
    return [_open(session, number, place) for number, place in enumerate(PLACES)]


def _open(session: Session, number: int, place: tuple[float, float]) -> Case:
    x, y = toy_city.point(*place)
    at = NOW + datetime.timedelta(minutes=number)
    report = IncidentReport(
        x, y, "epsg:4547", (ReportSource.INSPECTOR, ReportSource.PUBLIC)[number % 2], at, kind="matter", class_code="06010",
        description=f"第{number}堆 50%_垃圾", address=f"长江路{number}号", client_request_id=f"list-{number}",
    )  # fmt: skip
    return report_incident(session, report, profile=toy_city.PROFILE, now=at, actor=f"person-{number}").case


def _numbers(session: Session, scope: Scope = EVERYWHERE, wanted: CaseFilter = EVERY_CASE) -> list[str]:
    return [line.description[1] for line in list_store.list_page(session, scope, wanted, now=NOW).lines]


def test_a_line_says_what_its_case_and_report_say(session: Session, cases: list[Case]) -> None:
    act(session, cases[0], CaseAction.FILE)
    act(session, cases[0], CaseAction.DISPATCH)
    line = list_store.list_page(session, EVERYWHERE, EVERY_CASE, now=NOW).lines[-1]
    found = store.find_case(session, cases[0].case_no)
    assert found is not None
    case, report = found
    shared = {field.name for field in dataclasses.fields(CaseLine)} & {field.name for field in dataclasses.fields(Case)}
    assert {name: getattr(line, name) for name in shared} == {name: getattr(case, name) for name in shared}
    assert (line.description, line.address, line.source) == (report.description, report.address, report.source)
    assert (line.class_name, line.unit_name, (line.x, line.y)) == ("暴露垃圾", "市政所", toy_city.point(50, 50))
    assert line.overdue is None


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (EVERYWHERE, "43210"),
        (NOWHERE, ""),
        (WEST, "10"),
        (Scope(areas=((Level.DISTRICT, toy_city.DISTRICT),)), "3210"),
        (Scope(areas=((Level.UNIT_GRID, toy_city.SOUTH_WEST), (Level.COMMUNITY, toy_city.EAST_COMMUNITY))), "320"),
        (Scope(actor="person-4"), "4"),
        (Scope(areas=((Level.STREET_OFFICE, toy_city.WEST),), actor="person-4"), "410"),
        (Scope(unit_codes=("U1",)), "0"),
        (Scope(unit_codes=("U2",)), ""),
    ],
)
def test_lists_counts_and_single_cases_agree_on_what_a_scope_sees(session: Session, cases: list[Case], scope: Scope, seen: str) -> None:
    act(session, cases[0], CaseAction.FILE)
    act(session, cases[0], CaseAction.DISPATCH)
    assert "".join(_numbers(session, scope)) == seen
    assert sum(list_store.count_by_state(session, scope, EVERY_CASE, now=NOW).values()) == len(seen)
    assert "".join(line.description[1] for line in list_store.stream_lines(session, scope, EVERY_CASE, now=NOW)) == seen
    assert [bool(list_store.find_visible(session, scope, case.case_no)) for case in cases] == [str(n) in seen for n in range(5)]
    near = list_store.list_near(session, scope, toy_city.point(50, 50), radius_m=5000, now=NOW)
    assert sorted(found.line.description[1] for found in near) == sorted(seen)


def test_the_scope_of_a_road_chief_holds_the_chiefs_cases(session: Session, cases: list[Case]) -> None:
    assert cases[0].person_id is not None
    assert _numbers(session, Scope(person_id=cases[0].person_id)) == ["2", "0"]  # the chief of the main road


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CaseFilter(states=(CaseState.PENDING_DISPATCH,)), "1"),
        (CaseFilter(states=(CaseState.REPORTED, CaseState.PENDING_DISPATCH)), "43210"),
        (CaseFilter(kind="matter", class_code="06010"), "43210"),
        (CaseFilter(class_code="06011"), ""),
        (CaseFilter(street_office_code=toy_city.EAST), "32"),
        (CaseFilter(unit_grid_code=toy_city.NORTH_EAST), "3"),
        (CaseFilter(zone_code="Z-W"), "10"),
        (CaseFilter(source=ReportSource.PUBLIC), "31"),
        (CaseFilter(opened_from=NOW + datetime.timedelta(minutes=3)), "43"),
        (CaseFilter(opened_to=NOW + datetime.timedelta(minutes=3)), "210"),
        (CaseFilter(text="第2堆"), "2"),
        (CaseFilter(text="江路3"), "3"),
        (CaseFilter(text="50%_"), "43210"),
        (CaseFilter(text="5%_"), ""),
        (CaseFilter(text="20261102"), "43210"),
        (CaseFilter(bbox=(*toy_city.point(0, 0), *toy_city.point(100, 160))), "10"),
        (CaseFilter(street_office_code=toy_city.EAST, text="第1堆"), ""),
    ],
)
def test_a_filter_finds_what_it_says(session: Session, cases: list[Case], wanted: CaseFilter, found: str) -> None:
    act(session, cases[1], CaseAction.REQUEST_VERIFICATION)
    act(session, cases[1], CaseAction.VERIFY, details={})
    act(session, cases[1], CaseAction.FILE)
    assert "".join(_numbers(session, wanted=wanted)) == found
    assert sum(list_store.count_by_state(session, EVERYWHERE, wanted, now=NOW).values()) == len(found)


@pytest.mark.parametrize("order", list(CaseOrder))
@pytest.mark.parametrize("scope", [EVERYWHERE, IN_PARTS], ids=["everything", "parts that overlap"])
def test_pages_hold_every_case_once_in_the_order_asked_for(session: Session, cases: list[Case], order: CaseOrder, scope: Scope) -> None:
    _set_due(session, cases[3], NOW - datetime.timedelta(hours=1))
    _set_due(session, cases[1], NOW + datetime.timedelta(hours=1))
    _set_due(session, cases[0], NOW + datetime.timedelta(hours=1))
    seen, after = "", None
    for _ in range(3):
        page = list_store.list_page(session, scope, EVERY_CASE, now=NOW, order=order, after=after, limit=2)
        seen, after = seen + "".join(line.description[1] for line in page.lines), page.next_cursor
    assert after is None
    assert seen == {CaseOrder.NEWEST: "43210", CaseOrder.OLDEST: "01234", CaseOrder.DUE: "30124"}[order]


def test_a_full_last_page_says_that_it_is_the_last(session: Session, cases: list[Case]) -> None:
    page = list_store.list_page(session, EVERYWHERE, EVERY_CASE, now=NOW, limit=len(cases))
    assert (len(page.lines), page.next_cursor) == (5, None)


@pytest.mark.parametrize("cursor", ["", "x", "yesterday~1", "~", "1~2~3", "9" * 30])
@pytest.mark.parametrize("order", list(CaseOrder))
def test_a_made_up_cursor_is_refused(session: Session, order: CaseOrder, cursor: str) -> None:
    with pytest.raises(InvalidInputError):
        list_store.list_page(session, EVERYWHERE, EVERY_CASE, now=NOW, order=order, after=cursor)


def test_overdue_and_soon_are_asked_of_the_running_clock(session: Session, cases: list[Case]) -> None:
    for number, hours in ((0, -1), (1, 1), (2, 100), (3, -1)):
        _set_due(session, cases[number], NOW + datetime.timedelta(hours=hours))
    session.execute(text("UPDATE case_file SET clock_stopped_at = due_at + interval '1 minute' WHERE id = :id"), {"id": cases[3].id})
    assert _numbers(session, wanted=CaseFilter(due=DueFilter.OVERDUE)) == ["0"]
    assert _numbers(session, wanted=CaseFilter(due=DueFilter.SOON)) == ["1"]
    late = {line.description[1]: line.overdue for line in list_store.list_page(session, EVERYWHERE, EVERY_CASE, now=NOW).lines}
    assert late == {"0": True, "1": False, "2": False, "3": True, "4": None}


def test_near_cases_are_open_of_the_class_within_reach_and_the_nearest_comes_first(session: Session, cases: list[Case]) -> None:
    act(session, cases[1], CaseAction.VOID)
    here = toy_city.point(60, 60)
    near = list_store.list_near(session, EVERYWHERE, here, radius_m=200, now=NOW, kind="matter", class_code="06010")
    assert [(found.line.description[1], round(found.distance_m, 2)) for found in near] == [("0", 14.14), ("2", 90.55), ("3", 127.28)]
    assert list_store.list_near(session, EVERYWHERE, here, radius_m=200, now=NOW, class_code="01001") == []
    assert len(list_store.list_near(session, EVERYWHERE, here, radius_m=200, now=NOW, limit=1)) == 1


def test_counts_tell_the_states_apart(session: Session, cases: list[Case]) -> None:
    for case, actions in zip(cases[::2], (TO_FILED, TO_HANDLING, TO_CHECK), strict=True):
        for action in actions:
            act(session, case, action)
    assert list_store.count_by_state(session, EVERYWHERE, EVERY_CASE, now=NOW) == {
        CaseState.REPORTED: 2, CaseState.PENDING_DISPATCH: 1, CaseState.HANDLING: 1, CaseState.PENDING_CHECK: 1,
    }  # fmt: skip


def _set_due(session: Session, case: Case, at: datetime.datetime) -> None:
    """Put a case under a limit that is due at an instant."""
    limit = session.scalar(text("SELECT max(id) FROM class_limit")) or session.scalar(
        text("""INSERT INTO class_limit (standard, kind, class_code, condition_no, version, filing_condition, amount, unit, is_sample,
            provenance, valid_from) VALUES ('toy', 'matter', '06010', '1', 1, '', 1, 'working_hours', true, 'toy', '2024-01-01') RETURNING id""")
    )
    session.execute(text("UPDATE case_file SET due_at = :at, limit_id = :limit WHERE id = :id"), {"at": at, "limit": limit, "id": case.id})
    session.expire_all()
