"""Who is told of which step of a case."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases.announce import NEWS, announce_report
from gridmgmt.cases.model import CaseAction, IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.cases.workflow import TABLE
from gridmgmt.errors import ConflictError
from gridmgmt.messages.spread import spread_messages
from tests import toy_city
from tests.cases import loop
from tests.cases.loop import NOW, act, bring
from tests.messages import people

ROLES = ("inspector", "intake_officer", "dispatcher", "supervisor")


def staff(session: Session) -> dict[str, int]:
    """Make one of each in the west, a handler of U1, the road chief of the case, and a dispatcher of the east."""
    made = {role: people.add(session, role, role, areas=[people.WEST]) for role in ROLES}
    made["handler"] = people.add(session, "handler", "handler", unit="U1")
    made["chief"] = people.add(session, "chief", "road_chief", person="P2")
    made["east"] = people.add(session, "east", "dispatcher", areas=[people.EAST])
    return made


def told(session: Session, who: dict[str, int]) -> dict[str, list[str]]:
    """Spread what is in the outbox and return the topics in every inbox that holds something."""
    spread_messages(session, now=NOW, with_email=False)
    rows = session.execute(text("SELECT account_id, topic FROM inbox JOIN message ON message.id = message_id ORDER BY message.id")).all()
    names = {account: name for name, account in who.items()}
    inboxes: dict[str, list[str]] = {}
    for account, topic in rows:
        inboxes.setdefault(names[account], []).append(topic)
    session.execute(text("DELETE FROM inbox"))
    return inboxes


def test_the_way_to_closing_tells_each_in_turn(session: Session) -> None:
    who = staff(session)
    case = bring(session)
    assert told(session, who) == {"chief": ["reported"]}
    said: list[dict[str, list[str]]] = []
    for action in loop.TO_CLOSED:
        case = act(session, case, action)
        said.append(told(session, who))
    assert said == [{}, {"handler": ["dispatched"]}, {}, {}, {"inspector": ["check"]}, {}, {"handler": ["closed"]}]


@pytest.mark.parametrize(
    ("before", "action", "expected"),
    [
        ((), CaseAction.REQUEST_VERIFICATION, {"inspector": ["verify"]}),
        (loop.TO_HANDLING, CaseAction.RETURN_TO_DISPATCH, {"dispatcher": ["returned"]}),
        (loop.TO_FILED, CaseAction.RETURN_TO_INTAKE, {"intake_officer": ["returned"]}),
        (loop.TO_CHECK, CaseAction.REWORK, {"handler": ["rework"]}),
        (loop.TO_HANDLING, CaseAction.SUPERVISE, {"handler": ["supervised"]}),
        (loop.TO_FILED, CaseAction.SUPERVISE, {"dispatcher": ["supervised"]}),
        (loop.TO_HANDLING, CaseAction.SUSPEND, {"handler": ["suspended"]}),
        (loop.TO_HANDLING, CaseAction.REQUEST_EXTENSION, {"supervisor": ["extension_asked"]}),
        (loop.TO_HANDLING, CaseAction.FORCE_CLOSE, {"handler": ["closed"]}),
    ],
)  # fmt: skip
def test_a_step_tells_those_who_act_next(
    session: Session, before: tuple[CaseAction, ...], action: CaseAction, expected: dict[str, list[str]]
) -> None:
    who = staff(session)
    case = bring(session, *before)
    told(session, who)
    act(session, case, action)
    assert told(session, who) == expected


def test_who_acted_is_not_told_of_it(session: Session) -> None:
    who = staff(session)
    case = bring(session, *loop.TO_FILED)
    told(session, who)
    act(session, case, CaseAction.SUPERVISE, actor="dispatcher")
    assert told(session, who) == {}


def test_who_reported_hears_of_the_end(session: Session) -> None:
    who = staff(session)
    x, y = toy_city.point(50, 70)
    report = IncidentReport(x, y, "epsg:4547", ReportSource.INSPECTOR, NOW)
    case = report_incident(session, report, profile=toy_city.PROFILE, now=NOW, actor="inspector").case
    told(session, who)
    act(session, case, CaseAction.REFUSE)
    assert told(session, who) == {"inspector": ["closed"]}


def test_an_action_that_fails_tells_nobody(session: Session) -> None:
    who = staff(session)
    case = bring(session, *loop.TO_HANDLING)
    told(session, who)
    with pytest.raises(ConflictError):
        act(session, case, CaseAction.CLOSE)
    assert told(session, who) == {}


def test_the_same_request_sent_twice_tells_once(session: Session) -> None:
    who = staff(session)
    case = bring(session, *loop.TO_FILED)
    told(session, who)
    again: dict[str, Any] = {"client_request_id": "r-1"}
    act(session, case, CaseAction.DISPATCH, **again)
    act(session, case, CaseAction.DISPATCH, **again)
    assert told(session, who) == {"handler": ["dispatched"]}


def test_the_reason_is_part_of_the_message(session: Session) -> None:
    who = staff(session)
    case = bring(session, *loop.TO_CHECK)
    told(session, who)
    act(session, case, CaseAction.REWORK, reason="路面未恢复")
    spread_messages(session, now=NOW, with_email=False)
    assert people.inbox(session, who["handler"]) == [f"案卷 {case.case_no} 核查未通过，返工：路面未恢复"]


def test_every_action_that_is_news_is_in_the_workflow() -> None:
    assert set(NEWS) <= {action for _, action in TABLE}


def test_a_report_outside_of_any_zone_tells_no_road_chief(session: Session) -> None:
    who = staff(session)
    case = loop.open_case(session, ReportSource.PUBLIC)
    assert case.person_id is not None
    session.execute(text("DELETE FROM message"))
    announce_report(session, dataclasses.replace(case, person_id=None), actor="x")
    assert told(session, who) == {}
