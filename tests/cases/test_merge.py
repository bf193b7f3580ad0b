"""A duplicate is merged into a case somebody still works on, and says into which."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import step_store, store
from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from tests.cases.loop import TO_CLOSED, TO_FILED, TO_HANDLING, act, bring, current

A, S = CaseAction, CaseState


def test_a_duplicate_ends_and_names_the_case_it_repeats(session: Session) -> None:
    first, second = bring(session, *TO_HANDLING), bring(session)
    merged = act(session, second, A.MERGE, details={"into": first.case_no})
    assert (merged.state, merged.merged_into_id, current(session, first)) == (S.MERGED, first.id, first)
    assert store.list_steps(session, second.id)[-1].details == {"into": first.case_no}


def test_two_cases_never_vanish_into_each_other(session: Session) -> None:
    first, second = bring(session), bring(session)
    act(session, second, A.MERGE, details={"into": first.case_no})
    with pytest.raises(ConflictError, match="takes in no other"):
        act(session, first, A.MERGE, details={"into": second.case_no})


@pytest.mark.parametrize("way", [TO_CLOSED, (*TO_FILED, A.SPLIT), (A.VOID,)])
def test_what_is_finished_or_split_takes_in_no_other(session: Session, way: tuple[CaseAction, ...]) -> None:
    first, second = bring(session, *way), bring(session)
    with pytest.raises(ConflictError, match="takes in no other"):
        act(session, second, A.MERGE, details={"into": first.case_no})


def test_a_case_is_not_merged_into_itself_or_into_nothing(session: Session) -> None:
    case = bring(session)
    with pytest.raises(InvalidInputError, match="itself"):
        act(session, case, A.MERGE, details={"into": case.case_no})
    with pytest.raises(NotFoundError):
        act(session, case, A.MERGE, details={"into": "20200101-00000001"})


def test_a_case_in_a_units_hands_is_not_merged_away(session: Session) -> None:
    first, second = bring(session), bring(session, *TO_HANDLING)
    with pytest.raises(ConflictError, match="not possible"):
        act(session, second, A.MERGE, details={"into": first.case_no})


def test_a_part_merged_away_lets_its_parent_go_on(session: Session) -> None:
    parent, other = bring(session, *TO_FILED, A.SPLIT), bring(session)
    first, second = step_store.list_parts(session, parent.id)
    act(session, first, A.MERGE, details={"into": second.case_no})
    act(session, second, A.MERGE, details={"into": other.case_no})
    assert current(session, parent).state is S.PENDING_DISPATCH
