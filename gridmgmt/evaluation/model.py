"""Figures of the board and of a month."""

from __future__ import annotations

import dataclasses
import datetime

from gridmgmt.cases.model import CaseState


@dataclasses.dataclass(frozen=True)
class OpenCount:
    """Open cases of one area in one state; ``code`` None for cases outside every area."""

    code: str | None
    state: CaseState
    cases: int
    overdue: int
    soon: int


@dataclasses.dataclass(frozen=True)
class Flow:
    """What came in and went out in a span of time.

    ``closed`` were closed with something done (by force too), ``timed`` of them had a deadline, ``in_time`` kept it; ``dropped`` were
    refused, voided or merged.
    """

    opened: int = 0
    closed: int = 0
    timed: int = 0
    in_time: int = 0
    dropped: int = 0

    @property
    def in_time_percent(self) -> float | None:
        """Return the closed cases in time in percent of those with a deadline, None where there is none (按期结案率)."""
        return 100 * self.in_time / self.timed if self.timed else None


@dataclasses.dataclass(frozen=True)
class DayFlow:
    """The flow of one day of the city."""

    day: datetime.date
    flow: Flow


@dataclasses.dataclass(frozen=True)
class BoardRow:
    """One area on the board: open cases by state, how many are late or soon will be, and the flow of today."""

    code: str | None
    name: str | None
    states: dict[CaseState, int]
    overdue: int
    soon: int
    today: Flow

    @property
    def open(self) -> int:
        """Return how many cases are open."""
        return sum(self.states.values())


@dataclasses.dataclass(frozen=True)
class Spot:
    """A square cell of the storage CRS with cases in it; ``x``, ``y`` its south-western corner in metres."""

    x: float
    y: float
    size_m: float
    cases: int
    overdue: int


@dataclasses.dataclass(frozen=True)
class MonthCount:
    """Cases opened in a month by the state they are in now; ``late`` missed their deadline or are past it."""

    state: CaseState
    cases: int
    timed: int
    late: int


@dataclasses.dataclass(frozen=True)
class Satisfaction:
    """Answers of those who reported, once their case was over."""

    answers: int
    satisfied: int

    @property
    def percent(self) -> float | None:
        """Return the satisfied in percent of the answers, None where nobody answered."""
        return 100 * self.satisfied / self.answers if self.answers else None
