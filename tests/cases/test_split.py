"""A case that is split waits for its parts; none of them gets lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import step_store, store
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.errors import ConflictError
from tests.cases.loop import TO_CLOSED, TO_FILED, act, bring, current

A, S = CaseAction, CaseState
ON = TO_CLOSED[1:]  # from dispatch to closing


def parts_of(session: Session, case: Case) -> Sequence[Case]:
    return step_store.list_parts(session, case.id)


def do(session: Session, case: Case, *actions: CaseAction) -> Case:
    for action in actions:
        case = act(session, case, action)
    return case


def test_parts_have_the_report_and_the_assignment_of_their_parent_and_numbers_of_their_own(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    first, second = parts_of(session, parent)
    assert (first.case_no, second.case_no) == (f"{parent.case_no}-1", f"{parent.case_no}-2")
    assert (first.report_id, first.unit_grid_code, first.zone_code) == (parent.report_id, parent.unit_grid_code, parent.zone_code)
    assert [step.reason for step in store.list_steps(session, second.id)] == ["修补路面"]
    assert {first.state, second.state} == {S.PENDING_DISPATCH}


def test_the_parent_waits_for_its_last_part_and_is_then_to_be_closed(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    first, second = parts_of(session, parent)
    do(session, first, *ON)
    assert current(session, parent).state is S.SPLIT
    with pytest.raises(ConflictError, match="not possible"):
        act(session, parent, A.FORCE_CLOSE)
    do(session, second, *ON)
    assert current(session, parent).state is S.PENDING_CLOSING
    assert act(session, parent, A.CLOSE).state is S.CLOSED


def test_one_part_handled_is_enough_to_close_the_parent(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    first, second = parts_of(session, parent)
    do(session, first, A.FORCE_CLOSE)
    do(session, second, A.VOID)
    assert current(session, parent).state is S.PENDING_CLOSING


def test_no_part_handled_brings_the_parent_back_to_the_dispatcher(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    for part in parts_of(session, parent):
        act(session, part, A.VOID)
    assert current(session, parent).state is S.PENDING_DISPATCH
    assert store.list_steps(session, parent.id)[-1].actor == "system"


def test_split_again_the_numbers_go_on(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    for part in parts_of(session, parent):
        act(session, part, A.VOID)
    act(session, parent, A.SPLIT)
    assert [part.case_no.rpartition("-")[2] for part in parts_of(session, parent)] == ["1", "2", "3", "4"]


def test_a_part_is_not_split_again(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    with pytest.raises(ConflictError, match="not itself a part"):
        act(session, parts_of(session, parent)[0], A.SPLIT)


def test_splitting_twice_by_one_request_opens_the_parts_once(session: Session) -> None:
    parent = bring(session, *TO_FILED)
    act(session, parent, A.SPLIT, client_request_id="q1")
    act(session, parent, A.SPLIT, client_request_id="q1")
    assert len(parts_of(session, parent)) == 2


def test_a_repeated_report_still_answers_with_the_parent(session: Session) -> None:
    parent = bring(session, *TO_FILED, A.SPLIT)
    found = store.find_case(session, parent.case_no)
    assert found is not None
    repeated = store.find_repeated(session, found[1])
    assert repeated is not None
    assert repeated[1].case_no == parent.case_no
