"""Whatever people do in whatever order: no case leaves the table, gets lost, or has two who must act on it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.orm import Session

from gridmgmt.cases import step_store, store
from gridmgmt.cases.model import Case, CaseAction, CaseState, ReportSource
from gridmgmt.cases.workflow import DONE_STATES, FINAL_STATES, IN_A_UNITS_HANDS, TABLE
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import GridError
from tests.cases.loop import NOW, act, add_units, current, open_case

A, S = CaseAction, CaseState
REPORTS = 3
PEOPLE = ("an", "bo", "chen")
ACTIONS = [action for action in A if action is not A.REPORT]


@dataclasses.dataclass
class Bench:
    """Where the machine finds its database."""

    session: Session | None = None


BENCH = Bench()


class Loop(RuleBasedStateMachine):
    """Three reports, three people, any action on any case."""

    cases: list[Case]

    @initialize(sources=st.lists(st.sampled_from(ReportSource), min_size=REPORTS, max_size=REPORTS))
    def open(self, sources: list[ReportSource]) -> None:
        """Open the cases of three reports."""
        assert BENCH.session is not None
        self.session, self.hours = BENCH.session, 0
        add_units(self.session)
        self.cases = [open_case(self.session, source) for source in sources]

    @rule(data=st.data(), actor=st.sampled_from(PEOPLE), unit=st.sampled_from(("U1", "U2", "U9")), likely=st.integers(0, 9))
    def do(self, data: st.DataObject, actor: str, unit: str, likely: int) -> None:
        """Do something to a case: mostly what its state allows, sometimes anything; it works, or says why not and changes nothing."""
        self.hours += 1
        case = data.draw(st.sampled_from(self.cases))
        before = current(self.session, case)
        allowed = [action for state, action in TABLE if state is before.state]
        action = data.draw(st.sampled_from(allowed if allowed and likely else ACTIONS))
        details: dict[str, Any] = {"unit_code": unit, "into": data.draw(st.sampled_from(self.cases)).case_no}
        details |= {"pool": "season", "review_on": "2027-03-01", "until": "2027-01-01T00:00:00+00:00"}
        details |= {"parts": [{"note": "a"}, {"note": "b"}]}
        try:
            after = act(self.session, case, action, actor=actor, now=NOW + datetime.timedelta(hours=self.hours), details=details)
        except GridError:
            assert current(self.session, case) == before
            return
        expected = TABLE[before.state, action].to
        assert after.state is expected or (expected is None and before.state is S.SUSPENDED)
        if action is A.SPLIT:
            self.cases = [*self.cases, *step_store.list_parts(self.session, case.id)[-2:]]

    @invariant()
    def histories_are_unbroken_and_lines_of_the_table(self) -> None:
        """Ask that every step starts where the one before it led, by a line of the table, and the case is where the newest led."""
        for case in self.now():
            steps = store.list_steps(self.session, case.id)
            assert [step.seq for step in steps] == list(range(1, case.version + 1))
            assert [None, *(step.to_state for step in steps)][: len(steps)] == [step.from_state for step in steps]
            assert all(TABLE[step.from_state, step.action].to in {step.to_state, None} for step in steps)
            assert case.state is steps[-1].to_state

    @invariant()
    def exactly_one_has_the_case_in_hand(self) -> None:
        """Ask that a case in the hands of a unit names it, and a parent waits just as long as a part is open."""
        for case in self.now():
            assert (case.unit_code is not None) >= (case.state in IN_A_UNITS_HANDS)
            parts = step_store.list_parts(self.session, case.id)
            open_parts = [part for part in parts if part.state not in FINAL_STATES]
            assert bool(open_parts) == (case.state is S.SPLIT)

    @invariant()
    def no_report_is_lost(self) -> None:
        """Ask that every ended case was closed, refused or voided, or lives on in the case it was merged into."""
        known = {case.id: case for case in self.now()}
        for case in known.values():
            seen = set()
            while case.merged_into_id is not None:
                assert case.id not in seen
                seen.add(case.id)
                case = known[case.merged_into_id]  # noqa: PLW2901 - follows the chain
            assert case.state not in FINAL_STATES or case.state in {*DONE_STATES, S.REFUSED, S.VOIDED}

    def now(self) -> list[Case]:
        """Return all cases as stored."""
        return [current(self.session, case) for case in self.cases]

    def teardown(self) -> None:
        """Forget everything."""
        if BENCH.session is not None:
            BENCH.session.rollback()
            BENCH.session.expunge_all()


@contextlib.contextmanager
def bench(url: str) -> Iterator[None]:
    engine = make_engine(url)
    with make_session_factory(engine)() as session:
        BENCH.session = session
        yield
        BENCH.session = None
    engine.dispose()


@pytest.mark.slow
def test_no_sequence_of_actions_leaves_the_table_loses_a_case_or_makes_two_owners(toy_url: str) -> None:
    settings = hypothesis.settings(
        max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    with bench(toy_url):
        hypothesis.stateful.run_state_machine_as_test(Loop, settings=settings)
