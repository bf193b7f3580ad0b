"""A stored case finds its unit by the rules in force, and is sent at once where a rule says so."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import step_store, store
from gridmgmt.cases.model import Case, CaseAction, CaseState, IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.dispatch import fact_store
from gridmgmt.dispatch.automatic import act_and_dispatch
from gridmgmt.dispatch.explain import explain_suggestion
from gridmgmt.dispatch.model import CITY_QUEUE, How
from gridmgmt.dispatch.suggest import suggest
from gridmgmt.hierarchy import assessment_store
from gridmgmt.hierarchy.model import AssessmentMembership
from gridmgmt.roads import chief_store
from gridmgmt.roads.model import RoadClass
from tests import toy_city
from tests.cases.loop import NOW, TO_FILED, TO_HANDLING, act, bring, open_case
from tests.dispatch.city import put_rules, rule


def goes_to(session: Session, case: Case, **said: Any) -> tuple[str, How]:
    """Return the code of the unit and how it was found."""
    found = suggest(session, case, at=said.pop("at", NOW), **said)
    return found.unit.code, found.how


def test_without_rules_the_district_coordinates(session: Session) -> None:
    put_rules(session)
    assert goes_to(session, open_case(session)) == ("Q-1", How.DISTRICT_QUEUE)


def test_a_point_in_no_district_goes_to_the_city(session: Session) -> None:
    put_rules(session)
    x, y = toy_city.point(5000, 5000)
    report = IncidentReport(x, y, "epsg:4547", ReportSource.PUBLIC, NOW)
    case = report_incident(session, report, profile=toy_city.PROFILE, now=NOW, actor="an").case
    assert case.district_code is None
    assert goes_to(session, case) == (CITY_QUEUE, How.CITY_QUEUE)
    assert step_store.find_unit(session, CITY_QUEUE) is not None


def test_a_district_without_a_queue_of_its_own_leaves_it_to_the_city(session: Session) -> None:
    assert goes_to(session, open_case(session)) == (CITY_QUEUE, How.CITY_QUEUE)


def test_areas_of_any_level_and_assessment_units_are_known(session: Session) -> None:
    entry = AssessmentMembership("A-1", "玩具新区", None, toy_city.WEST, toy_city.START, None)
    assessment_store.add_memberships(session, [entry])
    case = open_case(session)
    for area in (
        ("district", toy_city.DISTRICT), ("street_office", toy_city.WEST), ("community", toy_city.WEST_COMMUNITY),
        ("unit_grid", toy_city.SOUTH_WEST), ("assessment_unit", "A-1"),
    ):  # fmt: skip
        put_rules(session, rule("U2", areas=(("district", "x"), area)), since=NOW - datetime.timedelta(days=1))
        assert goes_to(session, case) == ("U2", How.RULE)


def test_the_class_of_the_road_beside_the_point_counts(session: Session) -> None:
    put_rules(session, rule("U1", road_classes=(RoadClass.TERTIARY,)), rule("U2", road_classes=(RoadClass.PRIMARY,)))
    x, y = toy_city.point(50, 12)
    report = IncidentReport(x, y, "epsg:4547", ReportSource.INSPECTOR, NOW)
    case = report_incident(session, report, profile=toy_city.PROFILE, now=NOW, actor="an").case
    assert case.segment_code == "R1"
    assert goes_to(session, case) == ("U2", How.RULE)


def test_working_time_is_that_of_the_calendar(session: Session) -> None:
    put_rules(session, rule("U1", working_time=True), rule("U2", working_time=False))
    case = open_case(session)
    assert goes_to(session, case) == ("U1", How.RULE)  # Monday 09:30
    assert goes_to(session, case, at=NOW + datetime.timedelta(hours=4))[0] == "U2"  # 13:30, between the windows
    assert goes_to(session, case, at=NOW - datetime.timedelta(days=1))[0] == "U2"  # Sunday


def test_the_team_of_the_person_comes_before_that_of_the_zone_and_of_the_area(session: Session) -> None:
    put_rules(session, rule(None))
    case = open_case(session)
    assert goes_to(session, case) == ("T-W", How.TEAM)
    fact_store.set_team(session, "U2", zone_code="Z-W")
    assert goes_to(session, case)[0] == "U2"
    chief = chief_store.find_person(session, "P2")
    assert chief is not None
    fact_store.set_team(session, "U1", person_id=chief.id)
    assert goes_to(session, case)[0] == "U1"
    fact_store.set_team(session, None, person_id=chief.id)
    assert goes_to(session, case)[0] == "U2"


def test_rules_hold_from_their_instant_until_the_next(session: Session) -> None:
    put_rules(session, rule("U1"), since=NOW - datetime.timedelta(days=2))
    put_rules(session, rule("U2"), since=NOW)
    case = open_case(session)
    assert goes_to(session, case) == ("U2", How.RULE)
    assert goes_to(session, case, at=NOW - datetime.timedelta(seconds=1)) == ("U1", How.RULE)
    assert goes_to(session, case, at=NOW - datetime.timedelta(days=3)) == ("Q-1", How.DISTRICT_QUEUE)


def test_who_returned_a_case_does_not_get_it_again(session: Session) -> None:
    put_rules(session, rule("U1"), rule("U2", position=2))
    case = bring(session, *TO_HANDLING, CaseAction.RETURN_TO_DISPATCH, CaseAction.CORRECT)
    found = suggest(session, case, at=NOW)
    assert found.unit.code == "U2"
    assert "由 U1 退回" in "\n".join(explain_suggestion(found))


def test_a_case_is_sent_the_moment_it_is_filed_where_the_rule_says_so(session: Session) -> None:
    made = put_rules(session, rule("U2", automatic=True, name="暴露垃圾直派"))
    case = open_case(session)
    done = act_and_dispatch(session, case.case_no, CaseAction.FILE, actor="an", now=NOW)
    assert (done.state, done.unit_code) == (CaseState.PENDING_HANDLING, "U2")
    step = store.list_steps(session, case.id)[-1]
    assert (step.actor, step.reason) == ("system", "按规则自动派遣：暴露垃圾直派")
    assert step.details["by_rule"] == {"how": "rule", "rule_set": str(made.id), "position": "1", "rule": "暴露垃圾直派"}


def test_the_same_filing_sent_twice_dispatches_once(session: Session) -> None:
    put_rules(session, rule("U2", automatic=True))
    case = open_case(session)
    said: dict[str, Any] = {"actor": "an", "now": NOW, "client_request_id": "r1"}
    first = act_and_dispatch(session, case.case_no, CaseAction.FILE, **said)
    assert act_and_dispatch(session, case.case_no, CaseAction.FILE, **said) == first
    act(session, case, CaseAction.RETURN_TO_DISPATCH)
    back = act(session, case, CaseAction.CORRECT)
    assert act_and_dispatch(session, case.case_no, CaseAction.FILE, **said) == back  # what came back waits for a person


@pytest.mark.parametrize("automatic", [True, False])
def test_a_queue_never_takes_a_case_by_itself(session: Session, *, automatic: bool) -> None:
    put_rules(session, rule("U2", sources=(ReportSource.HOTLINE,), automatic=automatic))
    case = open_case(session)
    done = act_and_dispatch(session, case.case_no, CaseAction.FILE, actor="an", now=NOW)
    assert (done.state, done.unit_code) == (CaseState.PENDING_DISPATCH, None)


def test_only_filing_is_followed_by_a_dispatch(session: Session) -> None:
    put_rules(session, rule("U2", automatic=True))
    case = bring(session, *TO_FILED)
    done = act_and_dispatch(session, case.case_no, CaseAction.SUPERVISE, actor="an", now=NOW, reason="督办")
    assert done.state is CaseState.PENDING_DISPATCH
