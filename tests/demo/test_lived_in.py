"""The year that people lived in the demo city: every case went by the workflow, and is due when its steps say so."""

from __future__ import annotations

import functools
from collections import Counter

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.handling_clock import clock_columns, handling_deadline, touches_clock
from gridmgmt.cases.history import read_history
from gridmgmt.cases.keep_clock import was_overdue
from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep, ReportSource
from gridmgmt.cases.workflow import FINAL_STATES, Guard, find_rule
from gridmgmt.catalogue import limit_store
from gridmgmt.city import calendar_store
from gridmgmt.responsibility.store import resolve_responsibility
from tests.demo.conftest import SMALL

Cases = list[tuple[Case, ReportSource, list[CaseStep]]]


@pytest.fixture
def cases(demo_session: Session) -> Cases:
    """Every case with its source and steps."""
    pairs = store.list_cases(demo_session, limit=10_000)
    assert len(pairs) == SMALL.incidents
    return [(case, report.source, list(store.list_steps(demo_session, case.id))) for case, report in pairs]


def test_every_step_is_a_line_of_the_table_and_nothing_runs_backwards(cases: Cases) -> None:
    for case, _, steps in cases:
        state: CaseState | None = None
        for number, step in enumerate(steps, 1):
            rule = find_rule(state, step.action)
            assert rule is not None
            assert (step.seq, step.from_state) == (number, state)
            assert rule.to in {step.to_state, None}
            assert step.reason or not rule.reason
            assert set(rule.demands) <= set(step.details)
            state = step.to_state
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert (case.state, case.version) == (state, len(steps))


def test_guards_hold_for_who_did_what(cases: Cases) -> None:
    for _, source, steps in cases:
        for number, step in enumerate(steps):
            rule, history = find_rule(step.from_state, step.action), read_history(steps[:number])
            assert rule is not None
            if Guard.INSPECTOR_REPORT in rule.guards:
                assert source is ReportSource.INSPECTOR
            if Guard.OTHER_HANDS in rule.guards:
                assert step.actor not in history.handled_by
            if Guard.OTHER_UNIT in rule.guards:
                assert step.details["unit_code"] != history.returned_by
            if Guard.OTHER_REVIEWER in rule.guards and history.appeal is not None:
                assert step.actor not in {history.appeal.asked_by, *history.appeal.supported_by, *history.handled_by}


def test_every_case_is_due_when_its_steps_and_the_calendar_say(demo_session: Session, cases: Cases) -> None:
    calendar = calendar_store.load_calendar(demo_session)
    limit_of = functools.cache(functools.partial(limit_store.get_limit, demo_session))
    limited = 0
    for case, _, steps in cases:
        clocked = case.limit_id is not None and any(touches_clock(step) for step in steps)
        found = handling_deadline(limit_of(case.limit_id or 0).limit, steps, calendar) if clocked else None
        assert clock_columns(found) == {"due_at": case.due_at, "clock_stopped_at": case.clock_stopped_at}
        limited += clocked
    assert limited > SMALL.incidents / 3


def test_the_mix_is_that_of_a_city_at_work(cases: Cases) -> None:
    states = Counter(case.state for case, _, _ in cases)
    actions = Counter(step.action for _, _, steps in cases for step in steps)
    assert 0.85 < states[CaseState.CLOSED] / len(cases) < 0.99
    assert any(state not in FINAL_STATES for state in states)
    wanted = {CaseAction.REWORK, CaseAction.RETURN_TO_DISPATCH, CaseAction.SUSPEND, CaseAction.REQUEST_EXTENSION, CaseAction.MERGE}
    assert wanted | {CaseAction.NOTE, CaseAction.REJECT_EXTENSION} <= set(actions)
    judged = [was_overdue(case, steps[-1].at) for case, _, steps in cases if case.due_at is not None]
    assert 0.02 < sum(map(bool, judged)) / len(judged) < 0.25


def test_duplicates_were_merged_into_what_was_still_worked_on(cases: Cases) -> None:
    known = {case.id: (case, steps) for case, _, steps in cases}
    merged = [(case, steps[-1]) for case, _, steps in cases if case.state is CaseState.MERGED]
    assert merged
    for case, step in merged:
        into, steps = known[case.merged_into_id or 0]
        assert step.details["into"] == into.case_no
        assert steps[0].at < step.at
        assert not [earlier for earlier in steps if earlier.at <= step.at and earlier.to_state in FINAL_STATES]
        assert (case.unit_grid_code, case.class_code) == (into.unit_grid_code, into.class_code)


def test_who_answers_is_what_the_one_statement_says(demo_session: Session, cases: Cases) -> None:
    for case, _, _ in cases[::40]:
        place = text("SELECT st_x(point), st_y(point), CAST(timezone('Asia/Shanghai', reported_at) AS date) FROM case_file WHERE id = :id")
        x, y, day = demo_session.execute(place, {"id": case.id}).one()
        found = resolve_responsibility(demo_session, (x, y), on=day, class_key=f"{case.kind}:{case.class_code}")
        chief = found.chief.person_id if found.chief else None
        assert (case.basis, case.zone_code, case.person_id, case.border_distance_m) == (
            found.basis,
            found.zone_code,
            chief,
            found.border_distance_m,
        )


def test_the_database_agrees_with_every_rule_it_keeps(demo_session: Session) -> None:
    wrong = text("""SELECT count(*) FROM case_file
        LEFT JOIN case_step ON case_step.case_id = case_file.id AND case_step.seq = case_file.version AND case_step.to_state = case_file.state
        LEFT JOIN incident_report ON incident_report.id = case_file.report_id AND incident_report.point = case_file.point
        WHERE case_step.seq IS NULL OR incident_report.id IS NULL""")
    assert demo_session.scalar(wrong) == 0
    assert demo_session.scalar(text("SELECT count(DISTINCT tableoid) FROM case_file")) in {12, 13}
