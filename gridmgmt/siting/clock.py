"""Time, progress and cancelling: one object that every step of a solver asks."""

from __future__ import annotations

import time

from gridmgmt.siting.model import Cancel, Progress, Watch

OFTEN_S = 0.5


class Clock:
    """Seconds since the start, what is left, and whom to tell."""

    def __init__(self, time_limit_s: float | None, on_progress: Watch | None, cancel: Cancel | None, scale: int = 1) -> None:
        """Start now; values are told in units of ``scale`` parts."""
        self._began, self._limit = time.perf_counter(), time_limit_s
        self._watch, self._cancel, self._scale = on_progress, cancel, scale
        self.value: int | None = None
        self.bound: float | None = None
        self.selected: tuple[int, ...] = ()
        self._told = ("", -OFTEN_S)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._began

    def left(self, share: float = 1.0) -> float | None:
        """Return the seconds left until a share of the time limit; None: no limit."""
        return None if self._limit is None else max(0.0, self._limit * share - self.seconds)

    def done(self, start: float, share: float) -> float:
        """Return how much of the time between a moment (seconds) and a share of the limit is over, from 0 to 1; 1 when cancelled."""
        if self.cancelled():
            return 1.0
        if self._limit is None:
            return 0.0
        return min(1.0, (self.seconds - start) / max(1e-9, self._limit * share - start)) if self._limit * share > start else 1.0

    def goes_on(self, share: float = 1.0) -> bool:
        """Return whether there is time left until a share of the limit and nobody cancelled."""
        left = self.left(share)
        return (left is None or left > 0) and not self.cancelled()

    def cancelled(self) -> bool:
        """Return whether somebody cancelled."""
        return self._cancel is not None and self._cancel()

    def stopped(self) -> str:
        """Return why the work ends early, empty when it need not."""
        return "cancelled" if self.cancelled() else "" if self.goes_on() else "time limit"

    def tell(self, step: str, *, value: int | None = None, bound: float | None = None, selected: tuple[int, ...] | None = None) -> None:
        """Note better figures and pass them on: each new step, and twice a second."""
        if value is not None and (self.value is None or value > self.value):
            self.value, self.selected = value, selected if selected is not None else self.selected
        if bound is not None and (self.bound is None or bound < self.bound):
            self.bound = bound
        now = self.seconds
        if self._watch is not None and (step != self._told[0] or now - self._told[1] >= OFTEN_S):
            self._told = (step, now)
            self._watch(Progress(step, self._part(self.value), self._part(self.bound), now, self.selected))

    def _part(self, parts: float | None) -> float | None:
        return None if parts is None else parts / self._scale
