"""When the steps of many cases happen, and when each case is due: the same rules as ``cases/handling_clock.py``, for arrays; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gridmgmt.cases.model import CaseAction
from gridmgmt.demo.scripts import Line
from gridmgmt.demo.working_time import CountedTime, Seconds

Flags = npt.NDArray[np.bool_]
NEVER = -1
UNLIMITED = 24 * 3600  # what a case without a limit takes: three working days
GRANTED = 2 * 86_400  # how much later an extension lets a case be due


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limit of each case: seconds (``NEVER`` for none), and whether nights and weekends count."""

    seconds: Seconds
    always: Flags

    def of(self, these: npt.NDArray[np.intp]) -> Limits:
        """Return the limits of some cases."""
        return Limits(self.seconds[these], self.always[these])


@dataclasses.dataclass(frozen=True)
class Hours:
    """What counts: office hours for limits in working time, shifts for inspectors and the centre."""

    office: CountedTime
    shift: CountedTime

    def counted(self, instants: Seconds, always: Flags) -> Seconds:
        """Return the seconds counted up to instants, each in the unit of its limit."""
        return np.where(always, instants, self.office.at(instants))

    def reached(self, counted: Seconds, always: Flags) -> Seconds:
        """Return when so many seconds are counted, each in the unit of its limit."""
        return np.where(always, counted, self.office.reached(np.where(always, 0, counted)))


def draw_times(
    lines: Sequence[Line], starts: Seconds, limits: Limits, pace: npt.NDArray[np.float64], *, hours: Hours, rng: np.random.Generator
) -> Seconds:
    """Return when each step of a script happens, one row for each case."""
    count = len(starts)
    at = np.empty((count, len(lines)), dtype=np.int64)
    at[:, 0] = starts
    whole = np.where(limits.seconds > 0, limits.seconds, UNLIMITED) * pace
    for number, line in enumerate(lines[1:], 1):
        before, move = at[:, number - 1], line.move
        if move.days:
            waited = before + rng.integers(move.days[0] * 86_400, move.days[1] * 86_400, count)
            at[:, number] = hours.shift.reached(hours.shift.at(waited) + 60)
        elif move.share:
            spent = np.maximum(60, whole * move.share).astype(np.int64)
            at[:, number] = hours.reached(hours.counted(before, limits.always) + spent, limits.always)
        elif move.minutes:
            spent = (60 + rng.exponential(move.minutes * 60, count)).astype(np.int64)
            at[:, number] = hours.shift.reached(hours.shift.at(before) + spent)
        else:
            at[:, number] = before
    return at


@dataclasses.dataclass
class HandlingClock:
    """The clock of handling of many cases, moved by one step after the other; all instants are ``NEVER`` where there is none."""

    limits: Limits
    hours: Hours
    used: Seconds = dataclasses.field(init=False)
    start: Seconds = dataclasses.field(init=False)
    running: Flags = dataclasses.field(init=False)
    stopped: Seconds = dataclasses.field(init=False)
    fixed: Seconds = dataclasses.field(init=False)
    until: Seconds = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        count = len(self.limits.seconds)
        self.used, self.running = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
        self.start, self.stopped, self.fixed, self.until = (np.full(count, NEVER, dtype=np.int64) for _ in range(4))

    def step(self, line: Line, at: Seconds, happened: Flags) -> None:
        """Let a step happen to some of the cases."""
        for verb in line.clock:
            getattr(self, f"_{verb.value}")(at, happened)
        if line.ends:
            self._stop(at, happened)
        if line.move.action is CaseAction.REQUEST_EXTENSION:
            due = self.due()
            self.until = np.where(happened & (self.until == NEVER), np.where(due != NEVER, due, at) + GRANTED, self.until)

    def due(self) -> Seconds:
        """Return when the cases are due; ``NEVER`` before the clock started, while it pauses in time, and without a limit."""
        counted = self.hours.counted(np.where(self.running, self.start, 0), self.limits.always | ~self.running)
        open_due = self.hours.reached(counted + self.limits.seconds - self.used, self.limits.always | ~self.running)
        due = np.where(self.fixed != NEVER, self.fixed, np.where(self.running, np.maximum(open_due, self.start), NEVER))
        return np.where(self.limits.seconds < 0, NEVER, np.where((self.until != NEVER) & (due != NEVER), self.until, due))

    def stopped_at(self) -> Seconds:
        """Return when the clocks stopped."""
        return np.where(self.limits.seconds < 0, NEVER, self.stopped)

    def _start(self, at: Seconds, happened: Flags) -> None:
        self.used[happened], self.fixed[happened], self.until[happened] = 0, NEVER, NEVER
        self._run_from(at, happened)

    def _resume(self, at: Seconds, happened: Flags) -> None:
        stretch_ends = np.where(self.stopped != NEVER, self.stopped, at)
        self._close(stretch_ends, happened & self.running)
        self._run_from(at, happened)

    def _pause(self, at: Seconds, happened: Flags) -> None:
        these = happened & self.running & (self.stopped == NEVER)
        self._close(at, these)
        self.running[these] = False

    def _stop(self, at: Seconds, happened: Flags) -> None:
        these = happened & (self.start != NEVER) & (self.stopped == NEVER)
        self.stopped[these] = at[these]

    def _run_from(self, at: Seconds, happened: Flags) -> None:
        self.start[happened], self.stopped[happened], self.running[happened] = at[happened], NEVER, True

    def _close(self, at: Seconds, these: Flags) -> None:
        """End a stretch in which the clock ran; when the limit was used up in it, the case was due then."""
        always, first = self.limits.always[these], self.start[these]
        began = self.hours.counted(first, always)
        spent = self.hours.counted(at[these], always) - began
        left = self.limits.seconds[these] - self.used[these]
        passed = (self.fixed[these] == NEVER) & (spent >= left)
        reached = np.maximum(self.hours.reached(began + np.where(passed, left, 1), always), first)
        self.fixed[these] = np.where(passed, reached, self.fixed[these])
        self.used[these] += spent
