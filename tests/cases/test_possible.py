"""What a page offers is what may be done: the pure answer against doing it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import CaseAction, CaseState, ReportSource
from gridmgmt.cases.possible import list_possible, returned_by
from gridmgmt.cases.workflow import PERMISSIONS, Guard
from gridmgmt.errors import ConflictError, NotAllowedError
from tests import toy_city
from tests.cases.loop import DETAILS, NOW, REASON, TO_FILED, TO_HANDLING, bring, open_case
from tests.cases.test_every_line import BEFORE, WAYS

A, S = CaseAction, CaseState
PEOPLE = (("somebody", "U1"), (A.HANDLE.value, "U1"), (A.REQUEST_EXTENSION.value, "U2"), ("nobody", ""))
HISTORIES = [*WAYS.values(), *(((*TO_HANDLING, *steps)) for steps in BEFORE.values() if A.REQUEST_EXTENSION in steps)]


@pytest.mark.slow
@pytest.mark.parametrize("way", HISTORIES, ids=lambda way: "-".join(way) or "reported")
def test_every_action_offered_succeeds_and_every_other_is_refused(session: Session, way: tuple[CaseAction, ...]) -> None:
    case = bring(session, *way)
    steps, into = store.list_steps(session, case.id), open_case(session).case_no
    for actor, unit in PEOPLE:
        said: dict[str, Any] = {"actor": actor, "now": NOW, "permissions": PERMISSIONS, "unit_code": unit}
        offered = list_possible(case, ReportSource.INSPECTOR, steps, **said)
        can = {possible.action for possible in offered if possible.refused is None}
        for action in A:
            details = {**DETAILS.get(action, {}), "into": into, "unit_grid_code": toy_city.SOUTH_EAST}
            inner = session.begin_nested()
            try:
                act_on_case(session, case.case_no, action, reason=REASON, details=details, **said)
                done = True
            except (ConflictError, NotAllowedError):
                done = False
            inner.rollback()
            session.expire_all()
            assert done == (action in can), (actor, action)


def test_nothing_is_offered_without_the_permission(session: Session) -> None:
    case = bring(session)
    steps = store.list_steps(session, case.id)
    asked = list_possible(case, ReportSource.INSPECTOR, steps, actor="a", now=NOW, permissions={"case.file"}, unit_code="")
    assert [possible.action for possible in asked] == [A.FILE]


def test_guard_that_refuses_is_named(session: Session) -> None:
    case = bring(session, source=ReportSource.PUBLIC)
    steps = store.list_steps(session, case.id)
    asked = list_possible(case, ReportSource.PUBLIC, steps, actor="a", now=NOW, permissions={"case.file"}, unit_code="")
    assert [(possible.action, possible.refused) for possible in asked] == [(A.FILE, Guard.INSPECTOR_REPORT)]


def test_unit_that_returned_the_case_is_known(session: Session) -> None:
    case = bring(session, *TO_HANDLING, A.RETURN_TO_DISPATCH, A.CORRECT)
    assert returned_by(store.list_steps(session, case.id)) == "U1"
    assert returned_by(store.list_steps(session, bring(session, *TO_FILED).id)) is None
