"""Whatever people do in whatever order: no case leaves the table, gets lost, or has two who must act on it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import random
from collections.abc import Iterator

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.model import Case, CaseAction, CaseState, ReportSource
from gridmgmt.cases.workflow import DONE_STATES, FINAL_STATES, IN_A_UNITS_HANDS, TABLE, find_rule
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import GridError
from tests.cases.loop import NOW, TO_CLOSED, act, add_units, open_case

A, S = CaseAction, CaseState
REPORTS = 4
PEOPLE = ("an", "bo", "chen")
ACTIONS = [action for action in A if action is not A.REPORT]

REST = {
    "pool": "season", "review_on": "2027-03-01", "until": "2027-01-01T00:00:00+00:00", "parts": [{"note": "a"}, {"note": "b"}],
}  # fmt: skip


@dataclasses.dataclass
class Bench:
    """Where the machine finds its database."""

    session: Session | None = None


BENCH = Bench()


class Loop(RuleBasedStateMachine):
    """Some reports, some way along; three people; any action on any case."""

    @initialize(seed=st.integers(0, 2**32))
    def open(self, seed: int) -> None:
        """Open the cases of some reports and bring those of inspectors some way along."""
        assert BENCH.session is not None
        self.session, self.hours = BENCH.session, 0
        chance = random.Random(seed)
        add_units(self.session)
        for source in (ReportSource.INSPECTOR, ReportSource.INSPECTOR, ReportSource.INSPECTOR, ReportSource.PUBLIC):
            case = open_case(self.session, source)
            for action in TO_CLOSED[: chance.randint(0, len(TO_CLOSED))] if source is ReportSource.INSPECTOR else ():
                case = act(self.session, case, action)
        self.touched = list(self.stored().values())

    @rule(seed=st.integers(0, 2**32), actor=st.sampled_from(PEOPLE), unit=st.sampled_from(("U1", "U2")), odd=st.integers(0, 9))
    def do(self, seed: int, actor: str, unit: str, odd: int) -> None:
        """Do something: mostly what keeps the case going, sometimes what ends it or is not possible; refused, it changes nothing."""
        chance = random.Random(seed)  # an even choice: drawn one by one, the first of each list would be taken most
        self.hours += 1
        before = self.stored()
        case, into = chance.choices(list(before.values()), k=2)
        allowed = [action for state, action in TABLE if state is case.state] or ACTIONS
        lively = [action for action in allowed if (line := find_rule(case.state, action)) and line.to not in FINAL_STATES]
        action = chance.choice(ACTIONS if odd == 0 else allowed if odd < 3 or not lively else lively)
        details = {"unit_code": unit, "into": into.case_no, **REST}
        try:
            after = act(self.session, case, action, actor=actor, now=NOW + datetime.timedelta(hours=self.hours), details=details)
        except GridError:
            assert self.stored() == before
            return
        expected = TABLE[case.state, action].to
        assert after.state is expected or (expected is None and case.state is S.SUSPENDED)
        now = self.stored()
        self.touched = [entry for number, entry in now.items() if before.get(number) != entry]
        assert {entry.id for entry in self.touched} <= {case.id, case.parent_id} | {entry.id for entry in now.values()} - {
            entry.id for entry in before.values()
        }

    @invariant()
    def histories_are_unbroken_and_lines_of_the_table(self) -> None:
        """Ask that every step starts where the one before it led, by a line of the table, and the case is where the newest led."""
        for case in self.touched:
            steps = store.list_steps(self.session, case.id)
            assert [step.seq for step in steps] == list(range(1, case.version + 1))
            assert [None, *(step.to_state for step in steps)][: len(steps)] == [step.from_state for step in steps]
            assert all(TABLE[step.from_state, step.action].to in {step.to_state, None} for step in steps)
            assert case.state is steps[-1].to_state

    @invariant()
    def exactly_one_has_the_case_in_hand(self) -> None:
        """Ask that a case in the hands of a unit names it, and a parent waits just as long as a part is open."""
        cases = self.stored().values()
        for case in cases:
            assert (case.unit_code is not None) >= (case.state in IN_A_UNITS_HANDS)
            open_parts = [part for part in cases if part.parent_id == case.id and part.state not in FINAL_STATES]
            assert bool(open_parts) == (case.state is S.SPLIT)

    @invariant()
    def no_report_is_lost(self) -> None:
        """Ask that every ended case was closed, refused or voided, or lives on in the case it was merged into."""
        known = {case.id: case for case in self.stored().values()}
        assert sum(case.parent_id is None for case in known.values()) == REPORTS
        for start in known.values():
            case, seen = start, set[int]()
            while case.merged_into_id is not None:
                assert case.id not in seen
                seen.add(case.id)
                case = known[case.merged_into_id]
            assert case.state not in FINAL_STATES or case.state in {*DONE_STATES, S.REFUSED, S.VOIDED}

    def stored(self) -> dict[str, Case]:
        """Return all cases as they are stored, by number."""
        found = sorted((case for case, _ in store.list_cases(self.session)), key=lambda case: case.id)
        return {case.case_no: case for case in found}

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
        max_examples=30, stateful_step_count=40, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    with bench(toy_url):
        hypothesis.stateful.run_state_machine_as_test(Loop, settings=settings)
