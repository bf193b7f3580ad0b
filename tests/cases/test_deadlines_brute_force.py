"""The deadline against a clock that looks at every minute: any limit, calendar, zone and pauses."""

from __future__ import annotations

import datetime
import itertools
import zoneinfo
from collections.abc import Sequence
from decimal import Decimal

import pytest
from chinese_calendar import is_workday
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gridmgmt.cases.deadlines import ClockMark, MarkKind, find_deadline
from gridmgmt.catalogue.model import UNIT_HOURS, TimeLimit, TimeUnit
from gridmgmt.city.calendar import CalendarDay, OfficeHours, Window, WorkingCalendar
from tests.cases.brute_force_clock import due_by_minutes, office_clock

MINUTE = datetime.timedelta(minutes=1)
# No DST; DST at two in the morning; DST at midnight (the day begins at 01:00); half an hour of DST; a zone of :45; a day that was left out.
ZONES = ("Asia/Shanghai", "America/New_York", "America/Asuncion", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
# Spring Festival, National Day week with its make-up Saturdays, clocks forward and back, and 30 December 2011, which Apia never had.
SEASONS = tuple(
    datetime.date.fromisoformat(day)
    for day in (
        "2026-02-10", "2026-09-18", "2026-09-28", "2026-03-05", "2026-10-30", "2024-10-04", "2024-03-22", "2026-04-03", "2011-12-28",
    )
)  # fmt: skip
START, PAUSE, RESUME, STOP, _ = MarkKind
TURNS = ((PAUSE, RESUME), (STOP, RESUME), (PAUSE, STOP, RESUME), (PAUSE,), (STOP,), (RESUME,), (STOP, PAUSE), (START,))
DEFAULT = ((480, 720), (840, 1080))


def midnight(day: datetime.date, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """Return the beginning of a local day."""
    return datetime.datetime.combine(day, datetime.time(), zone).astimezone(datetime.UTC)


@st.composite
def office_windows(draw: st.DrawFn) -> tuple[tuple[int, int], ...]:
    """Draw up to three windows, some from or until midnight, some that touch."""
    edges = draw(st.lists(st.one_of(st.sampled_from([0, 90, 120, 150, 1440]), st.integers(0, 1440)), min_size=2, max_size=6))
    edges = sorted(set(edges[: len(edges) // 2 * 2]))
    windows = tuple(zip(edges[::2], edges[1::2], strict=False))
    return windows or DEFAULT


@st.composite
def marks(draw: st.DrawFn, zone: zoneinfo.ZoneInfo) -> list[ClockMark]:
    """Draw a start, then pauses, resumes, stops and new starts at whole minutes, some at the same one."""
    now = midnight(draw(st.sampled_from(SEASONS)), zone) + draw(st.integers(0, 5 * 1440)) * MINUTE
    found = [ClockMark(now, MarkKind.START)]
    for kind in itertools.chain.from_iterable(draw(st.lists(st.sampled_from(TURNS), max_size=3))):
        now += draw(st.one_of(st.just(0), st.integers(0, 600), st.integers(0, 4 * 1440))) * MINUTE
        found.append(ClockMark(now, kind))
    return found


def runs_at(instant: datetime.datetime, clock: Sequence[ClockMark]) -> bool:
    """Say whether the clock runs during the minute that begins at an instant; a clock that ran when it stopped is let run on."""
    running = stopped = False
    for mark in clock:
        if mark.at > instant:
            break
        if mark.kind is MarkKind.START:
            running, stopped = True, False
        elif mark.kind is MarkKind.PAUSE and not stopped:
            running = False
        elif mark.kind is MarkKind.RESUME:
            running, stopped = True, False
        elif mark.kind is MarkKind.STOP:
            stopped = True
    return running and not (stopped and any(mark.at > instant and mark.kind is MarkKind.RESUME for mark in _same_life(clock, instant)))


def _same_life(clock: Sequence[ClockMark], instant: datetime.datetime) -> list[ClockMark]:
    """Return the marks up to the next new start after an instant."""
    ends = [mark.at for mark in clock if mark.kind is MarkKind.START and mark.at > instant]
    return [mark for mark in clock if not ends or mark.at < min(ends)]


Windows = tuple[tuple[int, int], ...]
DRAWN = {
    "data": st.data(), "zone_name": st.sampled_from(ZONES), "windows": office_windows(), "unit": st.sampled_from(TimeUnit),
    "quarters": st.integers(0, 24),
}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(**DRAWN)
@example(data=None, zone_name="Asia/Shanghai", windows=((1080, 1440),), unit=TimeUnit.WORKING_HOUR, quarters=24)
@example(data=None, zone_name="America/New_York", windows=((90, 150),), unit=TimeUnit.WORKING_HOUR, quarters=24)
def test_the_due_instant_is_that_of_a_clock_that_looks_at_every_minute(
    data: st.DataObject | None, zone_name: str, windows: Windows, unit: TimeUnit, quarters: int
) -> None:
    assert_due_by_minutes(data, zone_name, windows, unit, quarters)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(**DRAWN)
def test_the_due_instant_is_that_of_the_clock_of_minutes_for_hundreds_of_clocks(
    data: st.DataObject, zone_name: str, windows: Windows, unit: TimeUnit, quarters: int
) -> None:
    assert_due_by_minutes(data, zone_name, windows, unit, quarters)


def assert_due_by_minutes(data: st.DataObject | None, zone_name: str, windows: Windows, unit: TimeUnit, quarters: int) -> None:
    """Draw a clock, a calendar and a limit, and ask both; without data, a plain clock on working days."""
    zone = zoneinfo.ZoneInfo(zone_name)
    clock = data.draw(marks(zone)) if data else [ClockMark(midnight(SEASONS[3], zone), MarkKind.START)]
    first_day = clock[0].at.astimezone(zone).date()
    # Clocks are set on Sundays: half the time every day is worked, but for those the table says are not.
    days = {first_day + datetime.timedelta(days=number): True for number in range(60)} if data is None or data.draw(st.booleans()) else {}
    table = data.draw(st.dictionaries(st.integers(0, 12), st.booleans(), max_size=3)) if data else {}
    days |= {first_day + datetime.timedelta(days=number): working for number, working in table.items()}
    limit = TimeLimit(Decimal(quarters) / 4, unit)

    def worked(day: datetime.date) -> bool:
        chinese = zone_name == "Asia/Shanghai"
        return days.get(day, bool(is_workday(day)) if chinese else day.weekday() < 5)

    calendar = WorkingCalendar(
        zone,
        {day: CalendarDay(day, working) for day, working in days.items()},
        (OfficeHours(tuple(Window(*window) for window in windows)),),
    )
    found = find_deadline([limit], clock, calendar)
    assert found is not None
    life = clock[max(number for number, mark in enumerate(clock) if mark.kind is MarkKind.START) :]
    always = unit.runs_always
    expected = due_by_minutes(
        life[0].at, quarters * 15 * UNIT_HOURS[unit], runs=lambda instant: runs_at(instant, life),
        works=(lambda _: True) if always else office_clock(zone, list(windows), worked), most_minutes=1440 * 45,
    )  # fmt: skip
    if expected is not None or found.due is None:
        assert found.due == expected
    else:
        assert found.due is not None
        assert found.due >= life[0].at + datetime.timedelta(days=45)
    assert sum((line.counted for line in found.lines), datetime.timedelta()) + found.left == limit.duration()
