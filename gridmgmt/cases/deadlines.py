"""When a case is due (处置时限): marks on a clock, a limit and a calendar in; an instant and its explanation out; pure.

The due instant is the earliest at which the time counted reaches the limit, so a limit that is used up at closing time is due then and
not the next morning, and a limit of nothing is due when its clock starts.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Sequence

from gridmgmt.catalogue.model import TimeLimit
from gridmgmt.city.calendar import DayVerdict, WorkingCalendar
from gridmgmt.errors import ConflictError
from gridmgmt.labels import LabelledEnum

MOST_DAYS = 20 * 366  # a calendar that leaves less working time than the limit within twenty years is a mistake
NOTHING = datetime.timedelta()
LONG_AGO = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class MarkKind(LabelledEnum):
    """What a step does to the clock."""

    START = "start", "开始计时", "clock starts"
    PAUSE = "pause", "暂停计时", "clock pauses"
    RESUME = "resume", "恢复计时", "clock resumes"
    STOP = "stop", "停止计时", "clock stops"
    EXTEND = "extend", "延长时限", "limit is extended"


@dataclasses.dataclass(frozen=True)
class ClockMark:
    """One mark; ``zh`` and ``en`` say which step made it. A start begins afresh, a resume goes on (or begins).

    An extension is only told: what it grants stands in the limits.
    """

    at: datetime.datetime
    kind: MarkKind
    zh: str = ""
    en: str = ""


@dataclasses.dataclass(frozen=True)
class ClockLine:
    """One line of an explanation: a mark (``end`` and ``left`` are None), or a stretch of time, what of it counted and what was left."""

    start: datetime.datetime
    end: datetime.datetime | None
    counted: datetime.timedelta
    left: datetime.timedelta | None
    zh: str
    en: str


@dataclasses.dataclass(frozen=True)
class Deadline:
    """The answer, in UTC.

    ``due`` is None while there is time left on a clock that pauses. After a stop it is when the case would have been due had the clock
    gone on. ``guessed_years`` are those whose holidays nobody has published: their days were judged by weekday.
    """

    due: datetime.datetime | None
    stopped_at: datetime.datetime | None
    left: datetime.timedelta
    lines: tuple[ClockLine, ...]
    guessed_years: tuple[int, ...]

    def is_overdue(self, now: datetime.datetime) -> bool:
        """Say whether the limit was passed before the clock stopped, or is by now."""
        return self.due is not None and (self.stopped_at or now) > self.due


@dataclasses.dataclass(frozen=True)
class _Piece:
    start: datetime.datetime
    end: datetime.datetime
    counts: bool
    why: DayVerdict


Stretch = tuple[datetime.datetime, datetime.datetime | None]  # the clock runs from … to …, None: it still does
ALWAYS = DayVerdict(working=True, zh="连续计时", en="runs without a break")


def find_deadline(limits: Sequence[TimeLimit], marks: Sequence[ClockMark], calendar: WorkingCalendar) -> Deadline | None:
    """Return when a case is due, or None before its clock was ever started.

    ``limits`` are used up one after the other, each in its own unit: first the handling limit, then extensions. ``marks`` come in the
    order of the steps; one that is earlier than the one before counts from the one before. Raises ConflictError for a calendar without
    working time.
    """
    stretches, stopped_at = _running(marks)
    if not stretches:
        return None
    lines: list[ClockLine] = []
    guessed: set[int] = set()
    due, left = stretches[0][0], NOTHING
    for limit in limits:
        reached, left = _use_up(limit, _from(due, stretches), calendar, lines, guessed)
        if reached is None:
            return Deadline(None, stopped_at, left, _told(lines, marks, stopped_at), tuple(sorted(guessed)))
        due = reached
    return Deadline(due, stopped_at, left, _told(lines, marks, stopped_at), tuple(sorted(guessed)))


def _running(marks: Sequence[ClockMark]) -> tuple[list[Stretch], datetime.datetime | None]:
    """Return when the clock runs, and when it stopped; a clock that ran when it stopped goes on in a stretch of its own, for the due instant."""
    stretches: list[Stretch] = []
    stopped_at: datetime.datetime | None = None
    latest = LONG_AGO
    for mark in marks:
        latest = max(latest, mark.at.astimezone(datetime.UTC))
        if mark.kind is MarkKind.START or (mark.kind is MarkKind.RESUME and not stretches):
            stretches, stopped_at = [(latest, None)], None
        elif not stretches:
            continue
        elif mark.kind is MarkKind.STOP:
            stopped_at = stopped_at or latest
        elif mark.kind is MarkKind.RESUME:
            stretches, stopped_at = [*_closed(stretches, stopped_at or latest), (latest, None)], None
        elif mark.kind is MarkKind.PAUSE and stopped_at is None:
            stretches = _closed(stretches, latest)
    if stopped_at is not None and stretches[-1][1] is None:
        stretches = [*_closed(stretches, stopped_at), (stopped_at, None)]
    return stretches, stopped_at


def _closed(stretches: Sequence[Stretch], at: datetime.datetime) -> list[Stretch]:
    start, end = stretches[-1]
    return [*stretches[:-1], (start, end or at)]


def _from(instant: datetime.datetime, stretches: Sequence[Stretch]) -> list[Stretch]:
    return [(max(start, instant), end) for start, end in stretches if end is None or end >= instant]


def _use_up(
    limit: TimeLimit, stretches: Sequence[Stretch], calendar: WorkingCalendar, lines: list[ClockLine], guessed: set[int]
) -> tuple[datetime.datetime | None, datetime.timedelta]:
    """Count one limit down; return when it is reached (None: not while the clock has run) and what is left; lines and years are added."""
    left = limit.duration()
    for start, end in stretches:
        if not left:
            return start, NOTHING
        for piece in _pieces(limit, (start, end or start + left) if limit.unit.runs_always else (start, end), calendar):
            if piece.why.guessed:
                guessed.add(piece.start.astimezone(calendar.zone).year)
            spent = min(piece.end - piece.start, left) if piece.counts else NOTHING
            left -= spent
            lines.append(
                ClockLine(piece.start, piece.start + spent if piece.counts else piece.end, spent, left, piece.why.zh, piece.why.en)
            )
            if not left:
                return piece.start + spent, NOTHING
    return None, left


def _pieces(limit: TimeLimit, stretch: Stretch, calendar: WorkingCalendar) -> Iterator[_Piece]:
    """Cut a stretch into what counts and the days that do not; what lies between office hours of a working day is left out."""
    start, end = stretch
    if limit.unit.runs_always and end is not None:
        yield _Piece(start, end, counts=True, why=ALWAYS)
        return
    first = start.astimezone(calendar.zone).date()
    last = end.astimezone(calendar.zone).date() if end else first + datetime.timedelta(days=MOST_DAYS)
    off: _Piece | None = None
    for day in (first + datetime.timedelta(days=number) for number in range((last - first).days + 1)):
        for piece in _day_pieces(day, start, end, calendar):
            if off and not piece.counts and piece.why == off.why and piece.start == off.end:
                off = dataclasses.replace(off, end=piece.end)
                continue
            if off:
                yield off
            off = None if piece.counts else piece
            if piece.counts:
                yield piece
    if off:
        yield off
    if end is None:
        message = f"the calendar leaves less than {limit.label('en')} of working time in twenty years"
        raise ConflictError(message, zh=f"工作日历二十年内的工作时间不足{limit.label()}")


def _day_pieces(day: datetime.date, start: datetime.datetime, end: datetime.datetime | None, calendar: WorkingCalendar) -> Iterator[_Piece]:
    verdict = calendar.judge_day(day)
    whole = tuple(
        datetime.datetime.combine(at, datetime.time(), calendar.zone).astimezone(datetime.UTC)
        for at in (day, day + datetime.timedelta(days=1))
    )
    for opens, closes in calendar.working_intervals(day) if verdict.working else [whole]:
        opened, closed = max(opens, start), closes if end is None else min(closes, end)
        if opened < closed:
            yield _Piece(opened, closed, counts=verdict.working, why=verdict)


def _told(lines: Sequence[ClockLine], marks: Sequence[ClockMark], stopped_at: datetime.datetime | None) -> tuple[ClockLine, ...]:
    """Put the marks between the stretches, and say of what comes after a stop that it did not happen."""
    said = [
        dataclasses.replace(line, zh=f"{line.zh}（已停止，仅推算）", en=f"{line.en} (stopped, had it gone on)")
        if stopped_at and line.start >= stopped_at
        else line
        for line in lines
    ]
    steps = [
        ClockLine(
            mark.at.astimezone(datetime.UTC),
            None,
            NOTHING,
            None,
            _joined("：", mark.zh, mark.kind.zh),
            _joined(": ", mark.en, mark.kind.en),
        )
        for mark in marks
    ]
    return tuple(sorted([*steps, *said], key=lambda line: (line.start, line.end is not None)))


def _joined(colon: str, step: str, kind: str) -> str:
    return colon.join((step, kind)) if step else kind
