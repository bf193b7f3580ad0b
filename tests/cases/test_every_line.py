"""Every line of the table can be walked, and leads where it says."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.cases.workflow import TABLE
from tests.cases.loop import TO_CHECK, TO_CLOSED, TO_FILED, TO_HANDLING, act, bring, open_case

A, S = CaseAction, CaseState
Way = tuple[CaseAction, ...]
ASKED_TWICE = (A.REQUEST_EXTENSION, A.REQUEST_EXTENSION)
WAYS: dict[CaseState, Way] = {
    S.REPORTED: (),
    S.PENDING_VERIFICATION: (A.REQUEST_VERIFICATION,),
    S.UNFOUNDED: (A.REQUEST_VERIFICATION, A.VERIFY_UNFOUNDED),
    S.PENDING_FILING: (A.REQUEST_VERIFICATION, A.VERIFY),
    S.PENDING_DISPATCH: TO_FILED,
    S.RETURNED_TO_INTAKE: (*TO_FILED, A.RETURN_TO_INTAKE),
    S.RETURNED_TO_DISPATCH: (*TO_HANDLING, A.RETURN_TO_DISPATCH),
    S.PENDING_HANDLING: TO_HANDLING[:-1],
    S.HANDLING: TO_HANDLING,
    S.PENDING_CONFIRMATION: (*TO_HANDLING, A.HANDLE),
    S.PENDING_CHECK: TO_CHECK,
    S.PENDING_CLOSING: TO_CLOSED[:-1],
    S.SUSPENDED: (*TO_HANDLING, A.SUSPEND),
    S.SPLIT: (*TO_FILED, A.SPLIT),
    S.CLOSED: TO_CLOSED,
    S.FORCE_CLOSED: (*TO_FILED, A.FORCE_CLOSE),
}
# What some actions need to have happened besides.
BEFORE: dict[CaseAction, Way] = {
    A.APPROVE_EXTENSION: ASKED_TWICE,
    A.REJECT_EXTENSION: ASKED_TWICE,
    A.SUPPORT_APPEAL: (A.REQUEST_APPEAL,),
    A.REJECT_APPEAL: (A.REQUEST_APPEAL,),
}
OTHER_WAYS: dict[tuple[CaseState, CaseAction], Way] = {
    (S.PENDING_DISPATCH, A.DISPATCH_AGAIN): (*TO_HANDLING, A.RETURN_TO_DISPATCH, A.CORRECT),
    (S.PENDING_CLOSING, A.RETURN_TO_INTAKE): (A.HANDLE_ON_SPOT,),
}
LINES = [(state, action) for (state, action), line in TABLE.items() if state and line.permission]


@pytest.mark.parametrize("action", sorted({action for _, action in LINES}))
def test_every_line_leads_where_it_says(session: Session, action: CaseAction) -> None:
    for state in [state for state, known in LINES if known is action]:
        case = bring(session, *OTHER_WAYS.get((state, action), (*WAYS[state], *BEFORE.get(action, ()))))
        assert case.state is state
        details = {"into": open_case(session).case_no} if action is A.MERGE else None
        done = act(session, case, action, **({"details": details} if details else {}))
        assert done.state is (TABLE[state, action].to or S.HANDLING)
