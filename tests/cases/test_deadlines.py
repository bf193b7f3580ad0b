"""When a case is due: examples that can be checked with a wall calendar."""

from __future__ import annotations

import datetime
import zoneinfo
from decimal import Decimal

import pytest

from gridmgmt.cases.deadlines import ClockMark, Deadline, MarkKind, find_deadline
from gridmgmt.catalogue.model import TimeLimit, TimeUnit
from gridmgmt.city.calendar import CalendarDay, OfficeHours, WorkingCalendar, parse_windows
from gridmgmt.errors import ConflictError

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
CHINA = WorkingCalendar(SHANGHAI)
HOUR = datetime.timedelta(hours=1)


def at(text: str, zone: zoneinfo.ZoneInfo = SHANGHAI) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=zone)


def limit(amount: str, unit: TimeUnit) -> TimeLimit:
    return TimeLimit(Decimal(amount), unit)


def deadline(limits: TimeLimit | list[TimeLimit], *marks: tuple[str, MarkKind], calendar: WorkingCalendar = CHINA) -> Deadline:
    clock = [ClockMark(at(text, calendar.zone), kind) for text, kind in marks]
    found = find_deadline(limits if isinstance(limits, list) else [limits], clock, calendar)
    assert found is not None
    return found


def due(limits: TimeLimit | list[TimeLimit], *marks: tuple[str, MarkKind], calendar: WorkingCalendar = CHINA) -> str | None:
    found = deadline(limits, *marks, calendar=calendar).due
    return f"{found.astimezone(calendar.zone):%Y-%m-%d %H:%M}" if found else None


START, PAUSE, RESUME, STOP, EXTEND = MarkKind


@pytest.mark.parametrize(
    ("amount", "unit", "start", "expected"),
    [
        ("2", TimeUnit.URGENT_HOUR, "2026-10-01 23:30", "2026-10-02 01:30"),  # nights and holidays count
        ("2", TimeUnit.NATURAL_DAY, "2026-10-01 23:30", "2026-10-03 23:30"),
        ("4", TimeUnit.WORKING_HOUR, "2026-11-03 09:00", "2026-11-03 15:00"),  # over lunch
        ("4", TimeUnit.WORKING_HOUR, "2026-11-03 08:00", "2026-11-03 12:00"),  # used up at the stroke of noon, not at 14:00
        ("4", TimeUnit.WORKING_HOUR, "2026-11-06 17:00", "2026-11-09 11:00"),  # Friday evening to Monday
        ("2", TimeUnit.WORKING_HOUR, "2026-11-07 10:00", "2026-11-09 10:00"),  # begun on a Saturday
        ("1", TimeUnit.WORKING_DAY, "2026-11-03 10:00", "2026-11-04 10:00"),
        ("5", TimeUnit.WORKING_DAY, "2026-11-03 10:00", "2026-11-10 10:00"),
        ("0.5", TimeUnit.WORKING_DAY, "2026-11-03 08:00", "2026-11-03 12:00"),
        ("1", TimeUnit.WORKING_DAY, "2026-09-30 17:00", "2026-10-08 17:00"),  # National Day: 1 to 7 October
        ("1", TimeUnit.WORKING_DAY, "2026-10-09 12:00", "2026-10-10 12:00"),  # Saturday 10 October is worked
        ("2", TimeUnit.WORKING_DAY, "2026-02-13 08:00", "2026-02-14 18:00"),  # Saturday 14 February too
        ("1", TimeUnit.WORKING_DAY, "2026-02-14 18:00", "2026-02-24 18:00"),  # Spring Festival: 15 to 23 February
        ("0", TimeUnit.WORKING_DAY, "2026-10-01 03:00", "2026-10-01 03:00"),  # nothing is due at once
        ("0", TimeUnit.URGENT_HOUR, "2026-10-01 03:00", "2026-10-01 03:00"),
    ],
)
def test_limits_in_every_unit(amount: str, unit: TimeUnit, start: str, expected: str) -> None:
    assert due(limit(amount, unit), (start, START)) == expected


def test_the_clock_of_a_suspended_case_stands_still() -> None:
    four_hours = limit("4", TimeUnit.WORKING_HOUR)
    paused = deadline(four_hours, ("2026-11-03 09:00", START), ("2026-11-03 11:00", PAUSE))
    assert (paused.due, paused.left, paused.is_overdue(at("2027-01-01 00:00"))) == (None, 2 * HOUR, False)
    marks = (("2026-11-03 09:00", START), ("2026-11-03 11:00", PAUSE), ("2026-11-05 15:00", RESUME))
    assert due(four_hours, *marks) == "2026-11-05 17:00"


def test_a_pause_over_national_day_costs_nothing() -> None:
    day = limit("1", TimeUnit.WORKING_DAY)
    marks = (("2026-09-30 14:00", START), ("2026-09-30 16:00", PAUSE), ("2026-10-05 09:00", RESUME))
    assert due(day, *marks) == "2026-10-08 16:00"


def test_a_case_that_was_late_before_its_pause_stays_late() -> None:
    late = deadline(limit("2", TimeUnit.URGENT_HOUR), ("2026-11-03 09:00", START), ("2026-11-03 12:00", PAUSE))
    assert late.due == at("2026-11-03 11:00")
    assert late.is_overdue(at("2026-11-03 13:00"))


def test_a_stopped_clock_still_says_when_the_case_would_have_been_due() -> None:
    hours = limit("4", TimeUnit.WORKING_HOUR)
    early = deadline(hours, ("2026-11-03 09:00", START), ("2026-11-03 14:30", STOP))
    assert (early.due, early.stopped_at) == (at("2026-11-03 15:00"), at("2026-11-03 14:30"))
    assert not early.is_overdue(at("2026-12-01 00:00"))
    late = deadline(hours, ("2026-11-03 09:00", START), ("2026-11-03 15:01", STOP))
    assert late.is_overdue(at("2026-12-01 00:00"))
    while_paused = deadline(hours, ("2026-11-03 09:00", START), ("2026-11-03 10:00", PAUSE), ("2026-11-09 10:00", STOP))
    assert while_paused.due is None
    assert not while_paused.is_overdue(at("2026-12-01 00:00"))


def test_rework_goes_on_where_the_clock_stopped_and_a_new_start_begins_afresh() -> None:
    hours = limit("4", TimeUnit.WORKING_HOUR)
    handled = (("2026-11-03 09:00", START), ("2026-11-03 11:00", STOP))
    assert due(hours, *handled, ("2026-11-04 09:00", RESUME)) == "2026-11-04 11:00"
    assert due(hours, *handled, ("2026-11-04 09:00", START)) == "2026-11-04 15:00"


def test_an_extension_goes_on_in_its_own_unit() -> None:
    base, extra = limit("4", TimeUnit.WORKING_HOUR), limit("1", TimeUnit.NATURAL_DAY)
    assert due([base, extra], ("2026-11-06 17:00", START)) == "2026-11-10 11:00"
    marks = (("2026-11-06 17:00", START), ("2026-11-09 12:00", PAUSE), ("2026-11-09 15:00", RESUME))
    assert due([base, extra], *marks) == "2026-11-10 14:00"
    assert due([base, extra], *marks, ("2026-11-09 16:00", EXTEND)) == "2026-11-10 14:00"


def test_marks_that_change_nothing_change_nothing() -> None:
    hours = limit("4", TimeUnit.WORKING_HOUR)
    assert find_deadline([hours], [ClockMark(at("2026-11-03 09:00"), PAUSE)], CHINA) is None
    assert find_deadline([hours], [], CHINA) is None
    twice = (("2026-11-03 09:00", START), ("2026-11-03 10:00", RESUME), ("2026-11-03 10:30", RESUME))
    assert due(hours, *twice) == "2026-11-03 15:00"
    assert due(hours, ("2026-11-03 09:00", START), ("2026-11-03 09:30", STOP), ("2026-11-03 09:40", PAUSE)) == "2026-11-03 15:00"
    backwards = (("2026-11-03 09:00", START), ("2026-11-03 08:00", PAUSE), ("2026-11-03 10:00", RESUME))
    assert due(hours, *backwards) == "2026-11-03 16:00"
    overlapping = (("2026-11-03 09:00", START), ("2026-11-03 11:00", PAUSE), ("2026-11-03 10:00", RESUME))
    assert due(hours, *overlapping) == "2026-11-03 15:00"


def test_the_table_of_days_wins_over_what_is_published() -> None:
    day = limit("1", TimeUnit.WORKING_DAY)
    table = {
        d.day: d for d in (CalendarDay(datetime.date(2026, 10, 1), working=True), CalendarDay(datetime.date(2026, 11, 4), False, "军运会"))
    }
    calendar = WorkingCalendar(SHANGHAI, table)
    assert due(day, ("2026-09-30 18:00", START), calendar=calendar) == "2026-10-01 18:00"
    held = deadline(day, ("2026-11-03 18:00", START), calendar=calendar)
    assert held.due == at("2026-11-05 18:00")
    assert any("军运会" in line.zh for line in held.lines)


def test_office_hours_are_those_of_the_day() -> None:
    summer = OfficeHours(parse_windows("09:00-12:00, 15:00-18:30"), valid_from=datetime.date(2026, 11, 4))
    calendar = WorkingCalendar(SHANGHAI, hours=(summer,))
    assert due(limit("4", TimeUnit.WORKING_HOUR), ("2026-11-03 17:00", START), calendar=calendar) == "2026-11-04 12:00"


def test_a_year_nobody_has_published_is_announced_and_judged_by_weekday() -> None:
    far = deadline(limit("1", TimeUnit.WORKING_DAY), ("2031-10-01 08:00", START))
    assert far.due == at("2031-10-01 18:00")
    assert far.guessed_years == (2031,)
    over_new_year = deadline(limit("4", TimeUnit.WORKING_DAY), ("2026-12-31 08:00", START))
    assert over_new_year.guessed_years == (2027,)
    assert deadline(limit("1", TimeUnit.NATURAL_DAY), ("2031-10-01 08:00", START)).guessed_years == ()
    assert deadline(limit("1", TimeUnit.WORKING_DAY), ("2026-11-03 08:00", START)).guessed_years == ()


def test_another_country_keeps_its_own_holidays() -> None:
    calendar = WorkingCalendar(NEW_YORK)
    found = deadline(limit("1", TimeUnit.WORKING_DAY), ("2026-10-01 08:00", START), calendar=calendar)
    assert found.due == at("2026-10-01 18:00", NEW_YORK)
    assert found.guessed_years == ()


def test_natural_days_are_24_hours_and_office_hours_follow_the_wall_clock_when_clocks_are_set() -> None:
    calendar = WorkingCalendar(NEW_YORK)  # 2026-03-08 02:00 → 03:00
    assert due(limit("1", TimeUnit.NATURAL_DAY), ("2026-03-07 12:00", START), calendar=calendar) == "2026-03-08 13:00"
    assert due(limit("4", TimeUnit.WORKING_HOUR), ("2026-03-06 17:00", START), calendar=calendar) == "2026-03-09 11:00"


def test_an_explanation_adds_up() -> None:
    marks = (("2026-09-29 17:00", START), ("2026-09-30 09:00", PAUSE), ("2026-09-30 17:30", RESUME))
    found = deadline(limit("1", TimeUnit.WORKING_DAY), *marks)
    assert sum((line.counted for line in found.lines), datetime.timedelta()) == 8 * HOUR
    assert [line.zh for line in found.lines] == [
        "开始计时", "工作日", "工作日", "暂停计时", "恢复计时", "工作日", "国庆节", "工作日", "工作日",
    ]  # fmt: skip
    holiday = next(line for line in found.lines if line.zh == "国庆节")
    assert (holiday.start, holiday.end, holiday.counted) == (at("2026-10-01 00:00"), at("2026-10-08 00:00"), datetime.timedelta())
    assert found.lines[-1].left == datetime.timedelta()
    assert found.lines[-1].end == found.due


def test_what_comes_after_a_stop_is_told_apart() -> None:
    found = deadline(limit("4", TimeUnit.WORKING_HOUR), ("2026-11-03 09:00", START), ("2026-11-03 11:00", STOP))
    assert [line.zh for line in found.lines][-1] == "工作日（已停止，仅推算）"
    assert next(line.counted for line in found.lines if line.end) == 2 * HOUR


def test_a_calendar_without_working_time_is_refused() -> None:
    never = {d: CalendarDay(d, working=False) for d in (datetime.date(2026, 1, 1) + datetime.timedelta(days=n) for n in range(8000))}
    with pytest.raises(ConflictError, match="twenty years"):
        due(limit("1", TimeUnit.WORKING_DAY), ("2026-11-03 09:00", START), calendar=WorkingCalendar(SHANGHAI, never))
