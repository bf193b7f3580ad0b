"""The table itself: whole, connected, printed as it is, and what clocks make of it."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmgmt.cases import diagram
from gridmgmt.cases.clocks import ClockVerb, Stage, marks_of, spans
from gridmgmt.cases.demands import CHECKS
from gridmgmt.cases.guards import HOLDS
from gridmgmt.cases.model import CaseAction, CaseState, CaseStep
from gridmgmt.cases.workflow import (
    FINAL_STATES,
    IN_A_UNITS_HANDS,
    IN_NO_UNITS_HANDS,
    OPEN_STATES,
    PERMISSIONS,
    TABLE,
    Guard,
    find_rule,
    list_actions,
)

ARCHITECTURE = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
START = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)


def reachable(state: CaseState | None) -> set[CaseState]:
    """Return every state that can follow a state, however many steps later."""
    seen: set[CaseState] = set()
    fresh: set[CaseState | None] = {state}
    while fresh:
        following = {rule.to for (start, _), rule in TABLE.items() if start in fresh and rule.to}
        fresh = set(following - seen)
        seen |= following
    return seen


def test_every_state_can_be_reached_by_a_report_and_every_action_is_used() -> None:
    assert reachable(None) == set(CaseState)
    assert {action for _, action in TABLE} == set(CaseAction)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_every_open_state_has_a_way_to_closing(state: CaseState) -> None:
    following = reachable(state) | (reachable(CaseState.HANDLING) if find_rule(state, CaseAction.RESUME) else set())
    assert CaseState.CLOSED in following


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_no_action_leaves_a_final_state(state: CaseState) -> None:
    assert {rule.to for (start, _), rule in TABLE.items() if start is state} <= {state}


@pytest.mark.parametrize("state", [CaseState.RETURNED_TO_INTAKE, CaseState.RETURNED_TO_DISPATCH])
def test_who_gets_a_case_back_may_correct_it_and_not_move_it_on(state: CaseState) -> None:
    assert list_actions(state) == [CaseAction.CORRECT, CaseAction.SUPERVISE, CaseAction.NOTE]


@pytest.mark.parametrize(
    "action",
    ["refuse", "return_to_intake", "return_to_dispatch", "rework", "force_close", "suspend", "resume", "request_extension", "void", "split",
     "supervise", "note", "correct", "request_appeal"],
)  # fmt: skip
def test_these_actions_always_demand_a_reason(action: str) -> None:
    assert all(rule.reason for (_, known), rule in TABLE.items() if known.value == action)


def test_units_are_asked_for_wherever_a_unit_must_be_and_nowhere_else() -> None:
    assert not set(IN_A_UNITS_HANDS) & set(IN_NO_UNITS_HANDS)
    assert set(CaseState) - set(IN_A_UNITS_HANDS) - set(IN_NO_UNITS_HANDS) == {
        CaseState.PENDING_CLOSING, CaseState.SUSPENDED, CaseState.CLOSED, CaseState.FORCE_CLOSED,
    }  # fmt: skip


def test_every_guard_has_a_question_and_every_demand_a_check() -> None:
    assert set(HOLDS) == set(Guard) == {guard for rule in TABLE.values() for guard in rule.guards}
    assert {name for rule in TABLE.values() for name in rule.demands} <= set(CHECKS)


def test_every_permission_is_spelt_alike() -> None:
    assert all(re.fullmatch(r"case(\.[a-z_]+)+", permission) for permission in PERMISSIONS)


def test_the_document_holds_the_table_as_it_is() -> None:
    written = ARCHITECTURE.read_text(encoding="utf-8")
    assert diagram.written_into(written) == written


def test_the_diagram_names_every_state_and_the_table_every_action() -> None:
    drawn, table = diagram.mermaid(), diagram.markdown()
    assert all(f"    {state.value}: {state.zh}\n" in drawn for state in CaseState)
    assert all(f"`{action.value}`" in table for action in CaseAction)


@st.composite
def walks(draw: st.DrawFn) -> list[CaseStep]:
    """Any way through the table, guards aside, one hour a step."""
    steps = [CaseStep(1, CaseAction.REPORT, None, CaseState.REPORTED, START, "a", None)]
    suspended_in = None
    for number in range(draw(st.integers(0, 30))):
        state = steps[-1].to_state
        choices = [action for (start, action) in TABLE if start is state]
        if not choices:
            break
        action = draw(st.sampled_from(choices))
        to = TABLE[state, action].to or suspended_in
        suspended_in = state if action is CaseAction.SUSPEND else suspended_in
        assert to is not None
        steps.append(CaseStep(number + 2, action, state, to, START + datetime.timedelta(hours=number + 1), "a", None))
    return steps


@given(walks())
def test_no_walk_leaves_the_table_and_only_one_stage_runs_at_a_time(steps: list[CaseStep]) -> None:
    state = steps[-1].to_state
    running = {stage for stage in Stage if (found := spans(steps, stage)) and found[-1][1] is None}
    assert state in CaseState
    assert len(running - {Stage.TOTAL}) <= 1
    assert not running or state in OPEN_STATES
    for stage in Stage:
        ends = [instant for span in spans(steps, stage) for instant in span if instant]
        assert ends == sorted(ends)


@given(walks())
def test_suspension_counts_for_no_clock(steps: list[CaseStep]) -> None:
    away = {step.at for step in steps if step.to_state is CaseState.SUSPENDED}
    for stage in Stage:
        assert all(not (start <= at and (end is None or at < end)) for start, end in spans(steps, stage) for at in away)


def test_a_return_pauses_handling_and_another_unit_starts_anew() -> None:
    assert (ClockVerb.PAUSE, Stage.HANDLING) in marks_of(CaseAction.RETURN_TO_DISPATCH, CaseState.HANDLING, CaseState.RETURNED_TO_DISPATCH)
    again = marks_of(CaseAction.DISPATCH_AGAIN, CaseState.PENDING_DISPATCH, CaseState.PENDING_HANDLING)
    anew = marks_of(CaseAction.DISPATCH, CaseState.PENDING_DISPATCH, CaseState.PENDING_HANDLING)
    assert ((ClockVerb.RESUME, Stage.HANDLING) in again, (ClockVerb.START, Stage.HANDLING) in anew) == (True, True)
