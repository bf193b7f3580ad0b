"""What who reported may know, and say, of their case."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases.follow import answer_satisfaction, get_progress
from gridmgmt.cases.follow_code import follow_code, is_follow_code
from gridmgmt.cases.follow_store import find_answer
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from tests.cases.loop import NOW, TO_CHECK, TO_HANDLING, act, bring
from tests.cases.test_photos import ONE, TWO, photos, take_in

A = CaseAction


def handled(session: Session) -> Case:
    case = bring(session, *TO_HANDLING)
    said = photos((take_in(session, ONE), "before"), (take_in(session, TWO), "after"))
    act(session, case, A.HANDLE, reason="垃圾已清运", details=said)
    return act(session, case, A.CONFIRM_HANDLED)


def test_a_code_has_eight_letters_that_cannot_be_misread() -> None:
    codes = {follow_code("secret", f"20261102-{number:08d}") for number in range(2000)}
    assert len(codes) == 2000
    assert all(re.fullmatch("[2-9A-HJKMNP-Z]{8}", code) for code in codes)


def test_a_code_opens_its_own_case_under_its_own_secret_only() -> None:
    code = follow_code("secret", "20261102-00000001")
    assert is_follow_code("secret", "20261102-00000001", f" {code[:4].lower()}-{code[4:]} ")
    for secret, case_no, given in (
        ("other", "20261102-00000001", code),
        ("secret", "20261102-00000002", code),
        ("secret", "20261102-00000001", ""),
    ):
        assert not is_follow_code(secret, case_no, given)
    assert not is_follow_code("secret", "20261102-00000001", "垃圾")


def test_nothing_is_published_before_the_case_is_over(session: Session) -> None:
    progress = get_progress(session, handled(session).case_no)
    assert (progress.result, progress.photos, progress.may_answer) == (None, (), False)
    assert [action for action, _ in progress.milestones] == [A.REPORT, A.FILE, A.DISPATCH, A.CONFIRM_HANDLED]
    assert progress.unit_name == "市政所"


def test_a_closed_case_shows_what_was_done_and_the_place_afterwards(session: Session) -> None:
    case = handled(session)
    for action in (A.CHECK_PASSED, A.CLOSE):
        act(session, case, action, reason="内部意见")
    progress = get_progress(session, case.case_no)
    assert progress.state is CaseState.CLOSED
    assert progress.result == "垃圾已清运"
    assert [photo.photo.sha256 for photo in progress.photos] == [TWO]
    assert progress.may_answer


def test_work_that_is_done_again_has_not_been_handled(session: Session) -> None:
    case = bring(session, *TO_CHECK, A.REWORK)
    assert A.CONFIRM_HANDLED not in dict(get_progress(session, case.case_no).milestones)


def test_a_duplicate_shows_how_far_the_other_case_is(session: Session) -> None:
    kept, double = bring(session, A.FILE), bring(session)
    act(session, double, A.MERGE, details={"into": kept.case_no})
    act(session, kept, A.DISPATCH)
    progress = get_progress(session, double.case_no)
    assert (progress.case.case_no, progress.state) == (double.case_no, CaseState.PENDING_HANDLING)


def test_a_split_case_shows_the_work_of_its_parts(session: Session) -> None:
    case = bring(session, A.FILE, A.SPLIT)
    for number in (1, 2):
        part = get_progress(session, f"{case.case_no}-{number}").case
        act(session, part, A.DISPATCH)
        act(session, part, A.FORCE_CLOSE)
    assert A.DISPATCH in dict(get_progress(session, case.case_no).milestones)


def test_a_refusal_says_why(session: Session) -> None:
    case = bring(session, A.REFUSE)
    progress = get_progress(session, case.case_no)
    assert (progress.result, progress.may_answer) == ("理由", True)


def test_satisfaction_is_said_once_and_only_when_the_case_is_over(session: Session) -> None:
    case = handled(session)
    said: dict[str, Any] = {"satisfied": False, "comment": " 又堆上了 ", "now": NOW}
    with pytest.raises(ConflictError, match="not over"):
        answer_satisfaction(session, case.case_no, **said)
    for action in (A.CHECK_PASSED, A.CLOSE):
        act(session, case, action)
    with pytest.raises(InvalidInputError):
        answer_satisfaction(session, case.case_no, **said | {"comment": "长" * 501})
    answer_satisfaction(session, case.case_no, **said)
    with pytest.raises(ConflictError, match="already"):
        answer_satisfaction(session, case.case_no, **said | {"satisfied": True})
    answer = find_answer(session, case.id)
    assert answer is not None
    assert (answer.satisfied, answer.comment) == (False, "又堆上了")
    assert not get_progress(session, case.case_no).may_answer


def test_there_is_no_progress_of_no_case(session: Session) -> None:
    with pytest.raises(NotFoundError):
        get_progress(session, "20261102-99999999")
