"""One act: what it needs, what it leaves behind, and what the database refuses."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.clocks import Stage, spans
from gridmgmt.cases.model import CaseAction, CaseState, Origin, ReportSource
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from tests import toy_city
from tests.cases.loop import NOW, TO_CHECK, TO_CLOSED, TO_FILED, TO_HANDLING, act, bring, current, states

A, S = CaseAction, CaseState

STEP_ALONE = """
INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor)
SELECT id, version + 1, 'close', state, 'closed', now(), 'x' FROM case_file
"""
CASE_ALONE = """
INSERT INTO case_file (id, case_no, report_id, state, version, opened_at, basis, parent_id, source, reported_at, reported_by, point)
SELECT id + 1, case_no || '-1', report_id, state, version, opened_at, basis, id, source, reported_at, reported_by, point FROM case_file
"""


def later(hours: float) -> datetime.datetime:
    return NOW + datetime.timedelta(hours=hours)


def test_an_inspectors_report_goes_the_whole_way_to_closing(session: Session) -> None:
    case = bring(session, *TO_CLOSED)
    assert states(session, case)[2:] == [
        S.PENDING_DISPATCH, S.PENDING_HANDLING, S.HANDLING, S.PENDING_CONFIRMATION, S.PENDING_CHECK, S.PENDING_CLOSING, S.CLOSED,
    ]  # fmt: skip
    assert (case.version, case.unit_code) == (9, "U1")


def test_a_citizens_report_is_verified_before_filing(session: Session) -> None:
    case = bring(session, source=ReportSource.PUBLIC)
    with pytest.raises(ConflictError, match="inspector"):
        act(session, case, A.FILE)
    for action in (A.REQUEST_VERIFICATION, A.VERIFY, A.FILE):
        case = act(session, case, action)
    assert case.state is S.PENDING_DISPATCH


def test_what_is_found_unfounded_is_refused_or_looked_at_again_but_not_filed(session: Session) -> None:
    case = bring(session, A.REQUEST_VERIFICATION, A.VERIFY_UNFOUNDED, source=ReportSource.HOTLINE)
    with pytest.raises(ConflictError, match="file is not possible"):
        act(session, case, A.FILE)
    assert act(session, case, A.REFUSE).state is S.REFUSED


def test_a_step_keeps_who_when_from_where_why_and_what(session: Session) -> None:
    case = bring(session, *TO_FILED)
    origin = Origin("page", "10.0.0.7", "南大路 1 号")
    act(session, case, A.DISPATCH, actor="li", now=later(1), reason=" 管道破裂 ", origin=origin, client_request_id="q1")
    step = store.list_steps(session, case.id)[-1]
    assert (step.actor, step.at, step.reason, step.origin, step.client_request_id) == ("li", later(1), "管道破裂", origin, "q1")
    assert (step.from_state, step.to_state, step.details) == (S.PENDING_DISPATCH, S.PENDING_HANDLING, {"unit_code": "U1"})


@pytest.mark.parametrize(
    ("action", "said", "field"),
    [
        (A.DISPATCH, {"details": None}, "unit_code"),
        (A.DISPATCH, {"details": {"unit_code": "U9"}}, "unit_code"),
        (A.DISPATCH, {"details": {"unit_code": 7}}, "unit_code"),
        (A.DISPATCH, {"actor": " "}, "actor"),
        (A.DISPATCH, {"details": {"unit_code": "U1", "x": object()}}, "details"),
        (A.DISPATCH, {"details": {"unit_code": "U1", "x": "\x00"}}, "reason"),
        (A.DISPATCH, {"details": {"unit_code": "U1", "x": "长" * 20_001}}, "details"),
        (A.VOID, {"reason": "  "}, "reason"),
        (A.VOID, {"reason": "长" * 2001}, "reason"),
        (A.SUSPEND, {"details": {"pool": "season"}}, "review_on"),
        (A.SUSPEND, {"details": {"pool": "lazy", "review_on": "2027-03-01"}}, "pool"),
        (A.SUSPEND, {"details": {"pool": "season", "review_on": "2026-11-02"}}, "review_on"),
        (A.SUSPEND, {"details": {"pool": "season", "review_on": "soon"}}, "review_on"),
        (A.SUSPEND, {"details": {"pool": "season", "review_on": "20270301"}}, "review_on"),
        (A.SPLIT, {"details": {"parts": [{"note": "one"}]}}, "parts"),
        (A.SPLIT, {"details": {"parts": [{"note": "one"}, {}]}}, "parts"),
        (A.SPLIT, {"details": {"parts": [{"note": "one"}, {"note": "two", "kind": "matter", "class_code": "99"}]}}, "class_code"),
        (A.MERGE, {"details": {"into": ""}}, "into"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(
    session: Session, action: CaseAction, said: dict[str, Any], field: str
) -> None:
    case = bring(session, *TO_FILED)
    with pytest.raises(InvalidInputError) as caught:
        act(session, case, action, **said)
    assert (caught.value.field, current(session, case)) == (field, case)


def test_an_unknown_case_is_not_found(session: Session) -> None:
    case = bring(session)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(NotFoundError):
        act(session, type(case)(**{**vars(case), "case_no": "20200101-00000001"}), A.VOID)


@pytest.mark.parametrize("action", [A.ASSIGN, A.SPLIT_OFF, A.PARTS_DONE, A.PARTS_DROPPED, A.REPORT])
def test_steps_of_the_system_are_nobodys_to_take(session: Session, action: CaseAction) -> None:
    with pytest.raises(ConflictError, match="not possible"):
        act(session, bring(session), action)


def test_a_permission_that_is_missing_is_named(session: Session) -> None:
    case = bring(session, *TO_FILED)
    with pytest.raises(NotAllowedError, match=r"case\.dispatch"):
        act(session, case, A.DISPATCH, permissions={"case.read"})
    assert act(session, case, A.DISPATCH, permissions={"case.dispatch"}).state is S.PENDING_HANDLING


def test_who_saw_an_old_version_is_told_what_happened_since(session: Session) -> None:
    case = bring(session, *TO_FILED)
    act(session, case, A.DISPATCH, actor="li")
    with pytest.raises(ConflictError, match=r"changed meanwhile: .* li Dispatch") as caught:
        act(session, case, A.SUPERVISE, actor="wang", expected_version=case.version)
    assert "li 派遣" in caught.value.zh


def test_the_same_request_twice_acts_once_even_after_the_case_moved_on(session: Session) -> None:
    case = bring(session, *TO_FILED)
    first = act(session, case, A.DISPATCH, client_request_id="q1")
    act(session, first, A.ACCEPT)
    again = act(session, case, A.DISPATCH, client_request_id="q1")
    assert (again.state, len(store.list_steps(session, case.id))) == (S.HANDLING, 5)


@pytest.mark.parametrize("said", [{"actor": "wang"}, {"details": {"unit_code": "U2"}}, {"reason": "x"}])
def test_a_request_id_used_for_another_act_is_refused(session: Session, said: dict[str, Any]) -> None:
    case = bring(session, *TO_FILED)
    act(session, case, A.DISPATCH, client_request_id="q1")
    with pytest.raises(ConflictError, match="other contents"):
        act(session, case, A.DISPATCH, client_request_id="q1", **said)


def test_a_history_never_runs_backwards(session: Session) -> None:
    case = bring(session)
    act(session, case, A.FILE, now=later(-2))
    assert store.list_steps(session, case.id)[-1].at == NOW


def test_a_return_takes_the_unit_away_and_the_same_unit_gets_it_back_only_expressly(session: Session) -> None:
    case = bring(session, *TO_HANDLING, A.RETURN_TO_DISPATCH)
    assert (case.state, case.unit_code) == (S.RETURNED_TO_DISPATCH, None)
    case = act(session, case, A.CORRECT)
    with pytest.raises(ConflictError, match="just returned"):
        act(session, case, A.DISPATCH)
    assert act(session, case, A.DISPATCH_AGAIN).unit_code == "U1"
    with pytest.raises(ConflictError, match="returned by a unit"):
        act(session, bring(session, *TO_FILED), A.DISPATCH_AGAIN)


def test_only_the_unit_that_has_the_case_may_handle_it(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    with pytest.raises(ConflictError, match="unit that has the case"):
        act(session, case, A.HANDLE, unit_code="U2")
    assert act(session, case, A.HANDLE, unit_code="U1").state is S.PENDING_CONFIRMATION


def test_rework_keeps_unit_and_evidence_and_its_time_goes_on(session: Session) -> None:
    case = bring(session, A.FILE, A.DISPATCH, A.ACCEPT)
    case = act(session, case, A.HANDLE, now=later(1), details={"evidence": ["photo-1"]})
    case = act(session, case, A.CONFIRM_HANDLED, now=later(2))
    case = act(session, case, A.REWORK, now=later(5))
    steps = store.list_steps(session, case.id)
    assert (case.state, case.unit_code) == (S.HANDLING, "U1")
    assert [step.details["evidence"] for step in steps if step.action is A.HANDLE] == [["photo-1"]]
    assert spans(steps, Stage.HANDLING) == [(NOW, later(2)), (later(5), None)]


def test_nobody_checks_or_closes_what_he_handled_himself(session: Session) -> None:
    case = bring(session, *TO_CHECK)
    with pytest.raises(ConflictError, match="who handled it"):
        act(session, case, A.CHECK_PASSED, actor=A.HANDLE.value)
    spot = act(session, bring(session), A.HANDLE_ON_SPOT, actor="zhang")
    with pytest.raises(ConflictError, match="who handled it"):
        act(session, spot, A.CLOSE, actor="zhang")
    assert act(session, spot, A.CLOSE, actor="qian").state is S.CLOSED


def test_on_the_spot_handling_that_does_not_please_goes_back_to_intake(session: Session) -> None:
    case = bring(session, A.HANDLE_ON_SPOT, A.RETURN_TO_INTAKE, A.CORRECT, A.FILE)
    assert case.state is S.PENDING_DISPATCH
    with pytest.raises(ConflictError, match="no unit had the case"):
        act(session, bring(session, *TO_CHECK, A.CHECK_PASSED), A.RETURN_TO_INTAKE)


@pytest.mark.parametrize("way", [TO_FILED, TO_HANDLING[:-1], TO_HANDLING])
def test_a_suspended_case_comes_back_to_where_it_was(session: Session, way: tuple[CaseAction, ...]) -> None:
    case = bring(session, *way)
    suspended = act(session, case, A.SUSPEND, now=later(1))
    resumed = act(session, suspended, A.RESUME, now=later(50))
    assert (suspended.state, resumed.state, resumed.unit_code) == (S.SUSPENDED, case.state, case.unit_code)
    assert spans(store.list_steps(session, case.id), Stage.TOTAL) == [(NOW, later(1)), (later(50), None)]


def test_the_class_is_corrected_and_the_old_one_stays_in_the_step(session: Session) -> None:
    standard = toy_city.PROFILE.catalogue_standard
    catalogue_store.add_classes(session, [ManagedClass(standard, ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110")])
    case = bring(session, *TO_FILED, A.RETURN_TO_INTAKE)
    for wrong in ({"class_code": "06010"}, {"kind": "matter", "class_code": "99999"}):
        with pytest.raises(InvalidInputError):
            act(session, case, A.CORRECT, details=wrong)
    case = act(session, case, A.CORRECT, details={"kind": "matter", "class_code": "06010"})
    assert (case.kind, case.class_code, case.state) == ("matter", "06010", S.PENDING_FILING)
    assert store.list_steps(session, case.id)[-1].details["class_before"] == [None, None]


def test_the_first_extension_is_granted_the_second_waits_for_another_person(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    act(session, case, A.REQUEST_EXTENSION)
    act(session, case, A.REQUEST_EXTENSION, details={"until": "2026-11-20T18:00:00+08:00"}, actor="sun")
    with pytest.raises(ConflictError, match="no extension waits"):
        act(session, case, A.REQUEST_EXTENSION)
    with pytest.raises(ConflictError, match="not by who asked"):
        act(session, case, A.APPROVE_EXTENSION, actor="sun")
    act(session, case, A.APPROVE_EXTENSION)
    with pytest.raises(ConflictError, match="extension waits for approval"):
        act(session, case, A.REJECT_EXTENSION)


def test_an_extension_that_ran_out_is_not_extended(session: Session) -> None:
    case = bring(session, *TO_HANDLING, A.REQUEST_EXTENSION)
    with pytest.raises(ConflictError, match="before the deadline"):
        act(session, case, A.REQUEST_EXTENSION, now=later(24 * 30), details={"until": "2027-01-01T00:00:00+08:00"})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE case_step SET actor = 'x'", "DELETE FROM case_step", "TRUNCATE case_step",
     "UPDATE monthly.case_step_202611 SET actor = 'x'", "DELETE FROM monthly.case_step_202611", "TRUNCATE monthly.case_step_202611",
     "UPDATE monthly.incident_report_202611 SET raw_x = 0", "DELETE FROM monthly.incident_report_202611"],
)  # fmt: skip
def test_the_database_keeps_every_step(session: Session, statement: str) -> None:
    bring(session, *TO_FILED)
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_file SET state = 'closed'",
        "UPDATE case_file SET version = version + 1",
        "UPDATE monthly.case_file_202611 SET state = 'closed'",
        STEP_ALONE,
        CASE_ALONE,
    ],
)
def test_the_database_moves_no_case_without_its_step(session: Session, statement: str) -> None:
    bring(session, *TO_FILED)
    session.execute(text(statement))
    with pytest.raises(DBAPIError, match="not where its newest step led"):
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_file SET state = 'lost'",
        "UPDATE case_file SET state = 'handling'",
        "UPDATE case_file SET unit_code = 'U1'",
        "UPDATE case_file SET state = 'merged'",
        "UPDATE case_file SET merged_into_id = id",
        "DELETE FROM case_file",
    ],
)
def test_the_database_knows_states_and_who_must_have_a_unit(session: Session, statement: str) -> None:
    bring(session, *TO_FILED)
    with pytest.raises(DBAPIError, match="violates"):
        session.execute(text(statement))
