"""An appeal comes after closing, once, before two different reviewers, and changes neither state nor clock."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.clocks import clock_marks
from gridmgmt.cases.history import read_history
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.errors import ConflictError
from tests.cases.loop import TO_CHECK, TO_CLOSED, act, bring

A, S = CaseAction, CaseState


def upheld(session: Session, case: Case) -> bool | None:
    appeal = read_history(store.list_steps(session, case.id)).appeal
    assert appeal is not None
    return appeal.upheld


def test_two_reviewers_uphold_an_appeal_and_the_clock_says_what_it_said(session: Session) -> None:
    case = bring(session, *TO_CLOSED)
    before = clock_marks(store.list_steps(session, case.id))
    act(session, case, A.REQUEST_APPEAL, actor="unit")
    act(session, case, A.SUPPORT_APPEAL, actor="first")
    assert upheld(session, case) is None
    case = act(session, case, A.SUPPORT_APPEAL, actor="second")
    assert (upheld(session, case), case.state) == (True, S.CLOSED)
    assert clock_marks(store.list_steps(session, case.id)) == before


def test_one_reviewer_is_enough_to_reject(session: Session) -> None:
    case = bring(session, *TO_CLOSED, A.REQUEST_APPEAL)
    act(session, case, A.SUPPORT_APPEAL, actor="first")
    act(session, case, A.REJECT_APPEAL, actor="second")
    assert upheld(session, case) is False
    with pytest.raises(ConflictError, match="waits for review"):
        act(session, case, A.SUPPORT_APPEAL, actor="third")


@pytest.mark.parametrize("reviewer", ["first", "unit", A.HANDLE.value])
def test_nobody_reviews_twice_or_his_own(session: Session, reviewer: str) -> None:
    case = bring(session, *TO_CLOSED)
    act(session, case, A.REQUEST_APPEAL, actor="unit")
    act(session, case, A.SUPPORT_APPEAL, actor="first")
    with pytest.raises(ConflictError, match="two different reviewers"):
        act(session, case, A.SUPPORT_APPEAL, actor=reviewer)


def test_a_case_is_appealed_once_and_only_when_closed(session: Session) -> None:
    with pytest.raises(ConflictError, match="not possible"):
        act(session, bring(session, *TO_CHECK), A.REQUEST_APPEAL)
    case = bring(session, *TO_CLOSED, A.REQUEST_APPEAL, A.REJECT_APPEAL)
    with pytest.raises(ConflictError, match="once per case"):
        act(session, case, A.REQUEST_APPEAL)
