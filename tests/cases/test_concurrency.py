"""Many people at once, on a real database: one wins, the others are told what happened, nobody waits for ever."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import step_store, store
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import ConflictError, GridError
from tests.cases.loop import TO_CHECK, TO_FILED, TO_HANDLING, act, bring

A, S = CaseAction, CaseState
PEOPLE = 8
Act = Callable[[Session, int], Case]


@pytest.fixture
def factory(toy_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a toy city of its own, enough for everybody."""
    engine = make_engine(toy_url, pool_size=PEOPLE)
    yield make_session_factory(engine)
    engine.dispose()


def brought(factory: sessionmaker[Session], *actions: CaseAction) -> Case:
    with factory.begin() as session:
        return bring(session, *actions)


def at_once(factory: sessionmaker[Session], what: Act) -> list[Case | GridError]:
    """Let everybody do something at the same moment, each in a transaction; return what each was answered."""
    gate = threading.Barrier(PEOPLE)

    def one(number: int) -> Case | GridError:
        gate.wait()
        try:
            with factory.begin() as session:
                return what(session, number)
        except GridError as error:
            return error

    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(one, range(PEOPLE)))


def test_one_of_many_wins_and_the_others_are_told_who(factory: sessionmaker[Session]) -> None:
    case = brought(factory, *TO_FILED)
    answers = at_once(factory, lambda session, n: act(session, case, A.DISPATCH, actor=f"dispatcher-{n}"))
    winners = [answer for answer in answers if isinstance(answer, Case)]
    losers = [answer for answer in answers if isinstance(answer, ConflictError)]
    assert (len(winners), len(losers)) == (1, PEOPLE - 1)
    with factory() as session:
        newest = store.list_steps(session, case.id)[-1]
    assert newest.seq == case.version + 1
    assert all(f"{newest.actor} Dispatch" in str(loser) for loser in losers)


def test_different_acts_at_once_make_one_unbroken_history(factory: sessionmaker[Session]) -> None:
    case = brought(factory, *TO_HANDLING)
    actions = (A.HANDLE, A.SUSPEND, A.RETURN_TO_DISPATCH, A.FORCE_CLOSE, A.SUPERVISE, A.REQUEST_EXTENSION, A.HANDLE, A.SUPERVISE)
    answers = at_once(factory, lambda session, n: act(session, case, actions[n], actor=f"person-{n}"))
    with factory() as session:
        steps = store.list_steps(session, case.id)
        found = store.find_case(session, case.case_no)
    assert found is not None
    assert len(steps) == case.version + sum(isinstance(answer, Case) for answer in answers)
    assert all(later.from_state is earlier.to_state for earlier, later in itertools.pairwise(steps))
    assert (found[0].state, found[0].version) == (steps[-1].to_state, len(steps))


def test_the_same_request_at_once_acts_once_and_everybody_hears_the_same(factory: sessionmaker[Session]) -> None:
    case = brought(factory, *TO_FILED)
    answers = at_once(factory, lambda session, _: act(session, case, A.SPLIT, client_request_id="q1"))
    assert {answer.version for answer in answers if isinstance(answer, Case)} == {case.version + 1}
    assert not [answer for answer in answers if isinstance(answer, GridError)]
    with factory() as session:
        assert len(step_store.list_parts(session, case.id)) == 2


def test_two_who_saw_the_same_version_do_not_both_act(factory: sessionmaker[Session]) -> None:
    case = brought(factory, *TO_FILED)
    answers = at_once(factory, lambda session, n: act(session, case, A.SUPERVISE, actor=f"p{n}", expected_version=case.version))
    assert sum(isinstance(answer, Case) for answer in answers) == 1


def test_cases_merged_into_each_other_at_once_leave_one_open(factory: sessionmaker[Session]) -> None:
    pair = (brought(factory), brought(factory))
    at_once(factory, lambda session, n: act(session, pair[n % 2], A.MERGE, details={"into": pair[1 - n % 2].case_no}, actor=f"p{n}"))
    with factory() as session:
        found = [entry[0].state for case in pair if (entry := store.find_case(session, case.case_no))]
    assert sorted(found) == [S.MERGED, S.REPORTED]


def test_the_last_parts_closed_at_once_move_the_parent_once(factory: sessionmaker[Session]) -> None:
    with factory.begin() as session:
        parent = bring(session, *TO_FILED)
        parent = act(session, parent, A.SPLIT, details={"parts": [{"note": str(n)} for n in range(PEOPLE)]})
        parts = step_store.list_parts(session, parent.id)
        for part in parts:
            for action in (*TO_CHECK[1:], A.CHECK_PASSED):
                act(session, part, action)
    answers = at_once(factory, lambda session, n: act(session, parts[n], A.CLOSE, actor=f"closer-{n}"))
    assert all(isinstance(answer, Case) for answer in answers)
    with factory() as session:
        steps = store.list_steps(session, parent.id)
    assert [step.action for step in steps if step.actor == "system"] == [A.ASSIGN, A.PARTS_DONE]


def test_parts_merged_into_each_other_while_the_parent_is_supervised_wait_for_nobody(factory: sessionmaker[Session]) -> None:
    with factory.begin() as session:
        parent = bring(session, *TO_FILED)
        parent = act(session, parent, A.SPLIT, details={"parts": [{"note": str(n)} for n in range(PEOPLE)]})
        parts = step_store.list_parts(session, parent.id)

    def one(session: Session, n: int) -> Case:
        if n % 2:
            return act(session, parent, A.SUPERVISE, actor=f"p{n}")
        return act(session, parts[n], A.MERGE, details={"into": parts[(n + 2) % PEOPLE].case_no}, actor=f"p{n}")

    answers = at_once(factory, one)
    assert all(isinstance(answer, Case) for answer in answers[1::2])
    assert sum(isinstance(answer, Case) for answer in answers[::2]) >= 2  # a ring: what is merged already takes in no other
    with factory() as session:
        left = [part for part in step_store.list_parts(session, parent.id) if part.state is S.PENDING_DISPATCH]
    assert len(left) >= PEOPLE // 2 + 1
