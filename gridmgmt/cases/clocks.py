"""Which clock a step starts, pauses, resumes or stops (计时), and the spans of time a clock has run; derived from steps, never stored."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.model import CaseState as S
from gridmgmt.cases.model import CaseStep
from gridmgmt.cases.workflow import FINAL_STATES
from gridmgmt.labels import LabelledEnum


class Stage(LabelledEnum):
    """A stretch of the way that has a clock of its own."""

    FILING = "filing", "立案", "Filing"
    VERIFICATION = "verification", "核实", "Verification"
    DISPATCH = "dispatch", "派遣", "Dispatch"
    HANDLING = "handling", "处置", "Handling"
    CHECK = "check", "核查", "Check"
    CLOSING = "closing", "结案", "Closing"
    TOTAL = "total", "全程", "Total"


class ClockVerb(LabelledEnum):
    """What happens to a clock; resuming one that never ran starts it, stopping one that does not run is nothing."""

    START = "start", "起计", "start"
    PAUSE = "pause", "暂停", "pause"
    RESUME = "resume", "续计", "resume"
    STOP = "stop", "止计", "stop"


Mark = tuple[ClockVerb, Stage]
Span = tuple[datetime.datetime, datetime.datetime | None]
STAGE_OF = {
    S.REPORTED: Stage.FILING, S.UNFOUNDED: Stage.FILING, S.PENDING_FILING: Stage.FILING, S.RETURNED_TO_INTAKE: Stage.FILING,
    S.PENDING_VERIFICATION: Stage.VERIFICATION,
    S.PENDING_DISPATCH: Stage.DISPATCH, S.RETURNED_TO_DISPATCH: Stage.DISPATCH,
    S.PENDING_HANDLING: Stage.HANDLING, S.HANDLING: Stage.HANDLING, S.PENDING_CONFIRMATION: Stage.HANDLING,
    S.PENDING_CHECK: Stage.CHECK, S.PENDING_CLOSING: Stage.CLOSING,
}  # fmt: skip
PAUSING = frozenset({A.SUSPEND, A.RETURN_TO_DISPATCH})  # the clock left behind is expected to go on
RESUMING = frozenset({A.RESUME, A.DISPATCH_AGAIN, A.REWORK})  # the clock of the state arrived at goes on where it was


@dataclasses.dataclass(frozen=True)
class ClockMark:
    """A clock started, paused, resumed or stopped at an instant by a step."""

    at: datetime.datetime
    verb: ClockVerb
    stage: Stage
    step_seq: int


def marks_of(action: A, from_state: S | None, to_state: S) -> tuple[Mark, ...]:
    """Return what a step does to clocks; a step that stays within a stage does nothing.

    The total runs from filing (or splitting off) to the end, and pauses while the case is suspended.
    """
    left, entered = STAGE_OF.get(from_state) if from_state else None, STAGE_OF.get(to_state)
    marks: list[Mark] = []
    if left is not entered:
        if left:
            marks.append((ClockVerb.PAUSE if action in PAUSING else ClockVerb.STOP, left))
        if entered:
            marks.append((ClockVerb.RESUME if action in RESUMING else ClockVerb.START, entered))
    if action in {A.FILE, A.RESUME, A.SPLIT_OFF}:
        marks.append((ClockVerb.RESUME, Stage.TOTAL))  # a case filed again after a return keeps its total
    elif action is A.SUSPEND:
        marks.append((ClockVerb.PAUSE, Stage.TOTAL))
    elif to_state in FINAL_STATES and from_state not in FINAL_STATES:
        marks.append((ClockVerb.STOP, Stage.TOTAL))
    return tuple(marks)


def clock_marks(steps: Iterable[CaseStep]) -> list[ClockMark]:
    """Return everything that happened to the clocks of a case, in order."""
    return [
        ClockMark(step.at, verb, stage, step.seq) for step in steps for verb, stage in marks_of(step.action, step.from_state, step.to_state)
    ]


def spans(steps: Iterable[CaseStep], stage: Stage) -> list[Span]:
    """Return the spans of time that count for a stage, in order; the end is None while its clock runs.

    A start begins anew: what ran before it (under another unit) does not count any more.
    """
    counted: list[Span] = []
    running: datetime.datetime | None = None
    for mark in clock_marks(steps):
        if mark.stage is not stage:
            continue
        if mark.verb is ClockVerb.START:
            counted, running = [], mark.at
        elif mark.verb is ClockVerb.RESUME:
            running = running or mark.at
        elif running is not None:
            counted.append((running, mark.at))
            running = None
    return [*counted, (running, None)] if running is not None else counted
