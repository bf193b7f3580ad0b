"""How a deadline comes about, as rows of a table in the language of the request (时限说明)."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo

from flask_babel import gettext as _

from gridmgmt.cases.deadlines import ClockLine, Deadline
from gridmgmt.city.calendar import weekday_label
from gridmgmt.web import language
from gridmgmt.web.door import profile
from gridmgmt.web.words import span


@dataclasses.dataclass(frozen=True)
class DeadlineRow:
    """One row: from when, until when, why, what counted and what was left; a mark of the clock has no end."""

    start: str
    end: str
    why: str
    counted: str
    left: str
    is_mark: bool


def deadline_rows(found: Deadline) -> list[DeadlineRow]:
    """Return an explanation from the first mark to the due instant, in the city's time."""
    zone = profile().zone
    return [_row(line, zone) for line in found.lines]


def _row(line: ClockLine, zone: zoneinfo.ZoneInfo) -> DeadlineRow:
    zh = language.choose() == "zh"
    start = line.start.astimezone(zone)
    when = f"{start:%m-%d} {weekday_label(start.date()) if zh else f'{start:%a}'} {start:%H:%M}"
    why = line.zh if zh else line.en
    if line.end is None or line.left is None:
        return DeadlineRow(when, "", why, "", "", is_mark=True)
    end = line.end.astimezone(zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%m-%d %H:%M}"
    counted = amount(line.counted) if line.counted else str(_("不计"))
    return DeadlineRow(when, until, why, counted, amount(line.left), is_mark=False)


def amount(time: datetime.timedelta) -> str:
    """Return an amount of working time in hours and minutes; working hours never become days of 24."""
    minutes = int(time.total_seconds()) // 60
    if minutes < 60:  # noqa: PLR2004 - minutes of an hour
        return span(time)
    hours, rest = divmod(minutes, 60)
    return str(_("%(hours)s 小时 %(minutes)s 分", hours=hours, minutes=rest)) if rest else str(_("%(hours)s 小时", hours=hours))
