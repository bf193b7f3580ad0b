"""Statutory holidays and make-up working days of China (法定节假日与调休), as published year by year; the only user of ``chinese_calendar``."""

from __future__ import annotations

import dataclasses
import datetime

from chinese_calendar import Holiday
from chinese_calendar.constants import holidays, workdays

FIRST_YEAR: int = min(holidays).year
LAST_YEAR: int = max(holidays).year
CHINESE: dict[str, str] = {holiday.value: holiday.chinese for holiday in Holiday}
# A city of China is known by its time zone: it stands in every profile, and no other city keeps these days.
CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Kashgar", "PRC"})


@dataclasses.dataclass(frozen=True)
class StatutoryDay:
    """A holiday, or a day at a weekend that is worked to make up for one; ``zh`` and ``en`` name the holiday."""

    working: bool
    zh: str
    en: str


def knows_year(year: int) -> bool:
    """Say whether the days of a year are known; the State Council publishes them in the autumn before."""
    return FIRST_YEAR <= year <= LAST_YEAR


def find_statutory_day(day: datetime.date) -> StatutoryDay | None:
    """Return what a day is by statute, or None for one that only its weekday decides (or of an unknown year)."""
    working = day in workdays
    name = workdays.get(day) or holidays.get(day)
    return StatutoryDay(working, CHINESE.get(name, name), name) if name else None
