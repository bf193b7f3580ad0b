"""The clock of handling against the spans of time the workflow says a case was in a unit's hands."""

from __future__ import annotations

import datetime
import zoneinfo
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gridmgmt.cases.clocks import ClockVerb, Stage, clock_marks, spans
from gridmgmt.cases.handling_clock import handling_deadline
from gridmgmt.cases.model import CaseAction, CaseState, CaseStep
from gridmgmt.cases.workflow import TABLE
from gridmgmt.catalogue.model import TimeLimit, TimeUnit
from gridmgmt.city.calendar import WorkingCalendar

A = CaseAction
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
BEGIN = datetime.datetime(2026, 11, 2, 10, tzinfo=SHANGHAI)


@st.composite
def walks(draw: st.DrawFn) -> list[CaseStep]:
    """Walk through the workflow table from the first report on, a while between any two steps."""
    steps: list[CaseStep] = []
    state: CaseState | None = None
    suspended_in: CaseState | None = None
    now = BEGIN
    for seq in range(1, draw(st.integers(2, 25))):
        possible = [(action, rule.to) for (from_state, action), rule in TABLE.items() if from_state is state]
        possible = [(action, to) for action, to in possible if action is not A.REQUEST_EXTENSION and action is not A.APPROVE_EXTENSION]
        if not possible:
            break
        action, to = draw(st.sampled_from(possible))
        arrived = to or suspended_in
        assert arrived is not None
        suspended_in = state if action is A.SUSPEND else suspended_in
        now += datetime.timedelta(minutes=draw(st.integers(0, 5000)))
        steps.append(CaseStep(seq, action, state, arrived, now, "somebody", None))
        state = arrived
    return steps


@settings(deadline=None)
@given(steps=walks())
def test_whatever_the_workflow_allows_the_clock_counts_the_spans_of_handling(steps: list[CaseStep]) -> None:
    limit = TimeLimit(Decimal(90_000), TimeUnit.URGENT_HOUR)  # longer than any walk
    found = handling_deadline(limit, steps, WorkingCalendar(SHANGHAI))
    counted = spans(steps, Stage.HANDLING)
    if not counted:
        assert found is None
        return
    assert found is not None
    left = limit.duration() - sum((end - start for start, end in counted if end), datetime.timedelta())
    last_mark = [mark for mark in clock_marks(steps) if mark.stage is Stage.HANDLING][-1]
    start, end = counted[-1]
    if end is None:
        assert (found.due, found.stopped_at) == (start + left, None)
    elif last_mark.verb is ClockVerb.PAUSE:
        assert (found.due, found.left) == (None, left)
    else:
        assert (found.due, found.stopped_at) == (end + left, end)
