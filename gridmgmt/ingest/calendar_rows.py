"""Holidays and make-up working days from a table, compared with the stored ones."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from sqlalchemy.orm import Session

from gridmgmt.city import calendar_store
from gridmgmt.city.calendar import CalendarDay
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.table_values import parse_day, text_rows

WANTED = ("day", "day_kind", "note")
REQUIRED = ("day", "day_kind")
OFF_WORDS = frozenset({"休", "放假", "休息", "假日", "节假日", "holiday", "off"})
WORKED_WORDS = frozenset({"班", "上班", "补班", "调休上班", "工作日", "workday", "working"})


@dataclasses.dataclass(frozen=True)
class CalendarPlan:
    """What an import of days would do."""

    added: tuple[CalendarDay, ...]
    changed: tuple[CalendarDay, ...]
    unchanged: int
    refused: tuple[InvalidInputError, ...]


def plan_calendar(session: Session, table: SourceLayer) -> CalendarPlan:
    """Compare the rows of a table with the stored days; a day the table does not list stays."""
    stored = {day.day: day for day in calendar_store.list_days(session)}
    listed: dict[datetime.date, CalendarDay] = {}
    refused = []
    for number, row in text_rows(table):
        try:
            day = _day(row, listed)
            listed[day.day] = day
        except InvalidInputError as error:
            refused.append(InvalidInputError(error.field, error.reason, row=number, zh=error.zh_reason))
    days = sorted(listed.values(), key=lambda day: day.day)
    return CalendarPlan(
        added=tuple(day for day in days if day.day not in stored),
        changed=tuple(day for day in days if stored.get(day.day, day) != day),
        unchanged=sum(stored.get(day.day) == day for day in days),
        refused=tuple(refused),
    )


def _day(row: Mapping[str, str | None], listed: Mapping[datetime.date, CalendarDay]) -> CalendarDay:
    day, word = parse_day(row.get("day"), "day"), (row.get("day_kind") or "").lower()
    if day is None:
        raise InvalidInputError("day", "is empty", zh="不能为空")
    if day in listed:
        raise InvalidInputError("day", f"{day} is listed twice", zh=f"{day} 重复")
    if word not in OFF_WORDS | WORKED_WORDS:
        raise InvalidInputError("day_kind", f"{word!r} is neither holiday nor workday", zh=f"“{word}”既不是休也不是班")
    return CalendarDay(day, word in WORKED_WORDS, row.get("note") or "")
