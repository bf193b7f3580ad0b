"""Which days are worked, and at what hours."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from chinese_calendar import is_workday
from sqlalchemy.orm import Session

from gridmgmt.city import calendar_store
from gridmgmt.city.calendar import CalendarDay, OfficeHours, Window, WorkingCalendar, parse_windows, windows_text
from gridmgmt.city.statutory_days import FIRST_YEAR, LAST_YEAR, find_statutory_day, knows_year
from gridmgmt.errors import ConflictError, InvalidInputError

DAY = datetime.date
CHINA = WorkingCalendar(zoneinfo.ZoneInfo("Asia/Shanghai"))
NEW_YORK = WorkingCalendar(zoneinfo.ZoneInfo("America/New_York"), hours=(OfficeHours((Window(60, 180),)),))


def test_every_known_day_is_judged_as_the_package_judges_it() -> None:
    day = DAY(FIRST_YEAR, 1, 1)
    while day.year <= LAST_YEAR:
        verdict = CHINA.judge_day(day)
        assert verdict.working == is_workday(day), day
        assert not verdict.guessed
        day += datetime.timedelta(days=1)


def test_a_day_says_why() -> None:
    assert (CHINA.judge_day(DAY(2026, 10, 1)).zh, CHINA.judge_day(DAY(2026, 10, 1)).en) == ("国庆节", "National Day")
    assert CHINA.judge_day(DAY(2026, 2, 14)).zh == "调休上班（春节）"
    assert CHINA.judge_day(DAY(2026, 11, 7)).zh == "周末"
    assert find_statutory_day(DAY(2026, 11, 7)) is None


def test_an_unknown_year_is_guessed_and_says_so() -> None:
    assert not knows_year(LAST_YEAR + 1)
    assert not knows_year(FIRST_YEAR - 1)
    verdict = CHINA.judge_day(DAY(LAST_YEAR + 1, 10, 1))
    assert verdict.guessed
    assert "按星期推定" in verdict.zh
    listed = WorkingCalendar(CHINA.zone, {DAY(LAST_YEAR + 1, 10, 1): CalendarDay(DAY(LAST_YEAR + 1, 10, 1), working=False, note="国庆")})
    assert not listed.judge_day(DAY(LAST_YEAR + 1, 10, 1)).guessed
    assert not listed.judge_day(DAY(LAST_YEAR + 1, 10, 1)).working


def test_a_city_elsewhere_has_its_weekends_and_its_table_only() -> None:
    assert NEW_YORK.judge_day(DAY(2026, 10, 1)).working
    assert not NEW_YORK.judge_day(DAY(2026, 10, 10)).working
    assert not NEW_YORK.judge_day(DAY(2031, 1, 1)).guessed


def test_hours_follow_the_clock_on_the_wall_when_it_is_set() -> None:
    def hours(day: datetime.date) -> list[tuple[str, str]]:
        return [(f"{a:%H:%M}", f"{b:%H:%M}") for a, b in NEW_YORK.working_intervals(day)]

    table = {day: CalendarDay(day, working=True) for day in (DAY(2026, 3, 8), DAY(2026, 11, 1))}  # both are Sundays
    calendar = WorkingCalendar(NEW_YORK.zone, table, NEW_YORK.hours)
    assert hours(DAY(2026, 3, 6)) == [("06:00", "08:00")]  # 01:00 to 03:00, in UTC
    assert [(b - a).total_seconds() / 3600 for a, b in calendar.working_intervals(DAY(2026, 3, 8))] == [1.0]  # 02:00 to 03:00 was left out
    assert [(b - a).total_seconds() / 3600 for a, b in calendar.working_intervals(DAY(2026, 11, 1))] == [
        1.0,
        2.0,
    ]  # 01:00 to 02:00 came twice
    assert calendar.working_intervals(DAY(2026, 3, 7)) == []


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("08:00-12:00,14:00-18:00", ((480, 720), (840, 1080))),
        ("14:00-18:00;8:30-12:00", ((510, 720), (840, 1080))),
        ("08:00-12:00、14:00-18:00", ((480, 720), (840, 1080))),
        ("00:00-24:00", ((0, 1440),)),
        ("00:00-06:00, 22:00-24:00", ((0, 360), (1320, 1440))),
    ],
)
def test_windows_are_read(text: str, windows: tuple[tuple[int, int], ...]) -> None:
    read = parse_windows(text)
    assert tuple((window.opens, window.closes) for window in read) == windows
    assert parse_windows(windows_text(read)) == read


@pytest.mark.parametrize(
    "text", ["", "8-12", "08:00-08:00", "22:00-06:00", "08:00-24:01", "08:60-09:00", "08:00-12:00,11:00-13:00", "上午"]
)
def test_windows_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_windows(text)


def test_the_calendar_is_stored(session: Session) -> None:
    off, worked = CalendarDay(DAY(2027, 1, 1), working=False, note="元旦"), CalendarDay(DAY(2027, 1, 2), working=True)
    calendar_store.save_days(session, [off, worked])
    calendar_store.save_days(session, [CalendarDay(DAY(2027, 1, 2), working=False)])
    assert calendar_store.list_days(session) == [off, CalendarDay(DAY(2027, 1, 2), working=False)]
    assert calendar_store.list_days(session, since=DAY(2027, 1, 2), until=DAY(2027, 1, 2)) == [CalendarDay(DAY(2027, 1, 2), working=False)]
    assert calendar_store.remove_days(session, [DAY(2027, 1, 2), DAY(2027, 5, 1)]) == 1
    loaded = calendar_store.load_calendar(session)
    assert loaded.zone.key == "Asia/Shanghai"
    assert loaded.judge_day(DAY(2027, 1, 1)).zh == "日历表放假：元旦"


def test_office_hours_of_an_agency_win_over_the_citys_and_new_ones_over_old(session: Session) -> None:
    winter, summer, own = parse_windows("08:30-17:30"), parse_windows("08:00-12:00,15:00-19:00"), parse_windows("00:00-24:00")
    calendar_store.set_office_hours(session, OfficeHours(winter, None, DAY(2026, 1, 1)))
    calendar_store.set_office_hours(session, OfficeHours(summer, None, DAY(2026, 6, 1)))
    calendar_store.set_office_hours(session, OfficeHours(own, "U1", DAY(2026, 3, 1)))
    city, agency = calendar_store.load_calendar(session, "U2"), calendar_store.load_calendar(session, "U1")
    assert windows_text(city.windows_on(DAY(2025, 12, 31))) == "08:00-12:00,14:00-18:00"
    assert [city.windows_on(DAY(2026, 5, 31)), city.windows_on(DAY(2026, 6, 1))] == [winter, summer]
    assert [agency.windows_on(DAY(2026, 2, 28)), agency.windows_on(DAY(2026, 6, 1))] == [winter, own]
    calendar_store.set_office_hours(session, OfficeHours(own, None, DAY(2026, 6, 1)))
    assert calendar_store.load_calendar(session).windows_on(DAY(2026, 6, 1)) == own
    with pytest.raises(ConflictError, match="begin after"):
        calendar_store.set_office_hours(session, OfficeHours(winter, None, DAY(2026, 5, 1)))
