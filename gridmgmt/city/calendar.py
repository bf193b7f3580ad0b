"""Working days and office hours of a city (工作日历): which instants count as working time; pure."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
import unicodedata
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence

from gridmgmt.city.statutory_days import CHINESE_ZONES, find_statutory_day, knows_year
from gridmgmt.errors import InvalidInputError

DAY_MINUTES = 24 * 60
DEFAULT_HOURS = "08:00-12:00,14:00-18:00"
WEEKDAYS_ZH, WEEKDAYS_EN = "一二三四五六日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SATURDAY = 5
WINDOW = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")
REACH = datetime.timedelta(hours=30)  # every local day lies within this much of its midnight in UTC, at any offset on earth


@dataclasses.dataclass(frozen=True)
class CalendarDay:
    """A day of the table that wins over what is published (``working`` or not), with its reason."""

    day: datetime.date
    working: bool
    note: str = ""


@dataclasses.dataclass(frozen=True)
class Window:
    """Office hours without a break, in minutes of the local clock since midnight; ``closes`` is exclusive, at most 1440 (24:00)."""

    opens: int
    closes: int


@dataclasses.dataclass(frozen=True)
class OfficeHours:
    """The windows of a working day, from a day until another (exclusive; None = open); ``agency`` None is the whole city."""

    windows: tuple[Window, ...]
    agency: str | None = None
    valid_from: datetime.date = datetime.date.min
    valid_to: datetime.date | None = None


@dataclasses.dataclass(frozen=True)
class DayVerdict:
    """Whether a day is worked and why; ``by_weekday`` when nothing but its weekday says so, ``guessed`` in a year nobody has published."""

    working: bool
    zh: str
    en: str
    by_weekday: bool = False
    guessed: bool = False


Interval = tuple[datetime.datetime, datetime.datetime]


@dataclasses.dataclass(frozen=True)
class WorkingCalendar:
    """What decides working time in one city for one agency.

    The table of days wins, then the statutory days of China where the time zone is one of China, then the weekday. Of the office
    hours, the last that is valid on a day wins (put the city's first and the agency's after); a day no row covers has the default hours.
    """

    zone: zoneinfo.ZoneInfo
    days: Mapping[datetime.date, CalendarDay] = dataclasses.field(default_factory=dict)
    hours: Sequence[OfficeHours] = ()

    def judge_day(self, day: datetime.date) -> DayVerdict:
        """Say whether a day is worked and why."""
        listed = self.days.get(day)
        if listed is not None:
            kind = ("上班", "worked") if listed.working else ("放假", "day off")
            zh, en = (f"：{listed.note}", f": {listed.note}") if listed.note else ("", "")
            return DayVerdict(listed.working, f"日历表{kind[0]}{zh}", f"calendar table, {kind[1]}{en}")
        chinese = self.zone.key in CHINESE_ZONES
        statutory = find_statutory_day(day) if chinese else None
        if statutory is not None and statutory.working:
            return DayVerdict(working=True, zh=f"调休上班（{statutory.zh}）", en=f"make-up working day ({statutory.en})")
        if statutory is not None:
            return DayVerdict(working=False, zh=statutory.zh, en=statutory.en)
        working = day.weekday() < SATURDAY
        words = ("工作日", "working day") if working else ("周末", "weekend")
        if chinese and not knows_year(day.year):
            return DayVerdict(working, f"{words[0]}（按星期推定）", f"{words[1]} (judged by its weekday)", by_weekday=True, guessed=True)
        return DayVerdict(working, *words, by_weekday=True)

    def windows_on(self, day: datetime.date) -> tuple[Window, ...]:
        """Return the office hours that are valid on a day, whether it is worked or not."""
        valid = [entry for entry in self.hours if entry.valid_from <= day and (entry.valid_to is None or day < entry.valid_to)]
        return valid[-1].windows if valid else DEFAULT_WINDOWS

    def working_intervals(self, day: datetime.date) -> list[Interval]:
        """Return the instants (UTC, half open, in order) at which the local clock shows office hours of a working day.

        When clocks are put forward the missing hour is worked by nobody, when they are put back the hour shown twice counts twice.
        """
        if not self.judge_day(day).working:
            return []
        found = []
        midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
        for start, end, offset in _pieces(midnight - REACH, midnight + REACH + datetime.timedelta(days=1), self.zone):
            for window in self.windows_on(day):
                opens = max(start, midnight + datetime.timedelta(minutes=window.opens) - offset)
                closes = min(end, midnight + datetime.timedelta(minutes=window.closes) - offset)
                if opens < closes:
                    found.append((opens, closes))
        return found


def parse_windows(text: str) -> tuple[Window, ...]:
    """Read office hours such as ``08:00-12:00,14:00-18:00``; 24:00 is midnight at the end of the day.

    Hours over midnight are two windows. Raises InvalidInputError for what is no window, ends before it begins, or overlaps another.
    """
    windows: list[Window] = []
    for part in re.split(r"[,;、]", unicodedata.normalize("NFKC", text).replace(" ", "")):
        found = WINDOW.fullmatch(part)
        if not found:
            raise InvalidInputError("hours", f"{part!r} is not a window such as 08:00-12:00", zh=f"{part!r} 不是时段（如 08:00-12:00）")
        hour, minute, last_hour, last_minute = map(int, found.groups())
        window = Window(hour * 60 + minute, last_hour * 60 + last_minute)
        if max(minute, last_minute) > 59 or not 0 <= window.opens < window.closes <= DAY_MINUTES:  # noqa: PLR2004 - minutes of an hour
            reason = f"{part} does not end after it begins within one day; hours over midnight are two windows"
            raise InvalidInputError("hours", reason, zh=f"{part} 不是一天之内先后的两个时刻；跨零点的时段请写成两段")
        windows.append(window)
    windows.sort(key=lambda window: window.opens)
    if any(after.opens < before.closes for before, after in itertools.pairwise(windows)):
        raise InvalidInputError("hours", f"{text} overlaps itself", zh=f"{text} 时段重叠")
    return tuple(windows)


def windows_text(windows: Sequence[Window]) -> str:
    """Return office hours as ``parse_windows`` reads them."""
    return ",".join(f"{_clock(window.opens)}-{_clock(window.closes)}" for window in windows)


def weekday_label(day: datetime.date) -> str:
    """Return the short Chinese name of a weekday."""
    return f"周{WEEKDAYS_ZH[day.weekday()]}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _pieces(
    start: datetime.datetime, end: datetime.datetime, zone: zoneinfo.ZoneInfo
) -> Iterator[tuple[datetime.datetime, datetime.datetime, datetime.timedelta]]:
    """Cut a stretch of a few days, within which clocks are set once at most, into pieces of one UTC offset (to the second)."""
    first, last = _offset(start, zone), _offset(end, zone)
    if first == last:
        yield start, end, first
        return
    before, after = start, end
    while after - before > datetime.timedelta(seconds=1):
        middle = before + datetime.timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(middle, zone) == first else (before, middle)
    yield start, after, first
    yield after, end, last


def _offset(instant: datetime.datetime, zone: zoneinfo.ZoneInfo) -> datetime.timedelta:
    return instant.astimezone(zone).utcoffset() or datetime.timedelta()


DEFAULT_WINDOWS = parse_windows(DEFAULT_HOURS)
