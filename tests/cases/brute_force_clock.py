"""A clock that looks at every minute by itself: slow, plain, and nothing of the code under test in it."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable

MINUTE = datetime.timedelta(minutes=1)
Runs = Callable[[datetime.datetime], bool]


def due_by_minutes(
    start: datetime.datetime,
    needed_minutes: int,
    *,
    runs: Runs,
    works: Runs,
    most_minutes: int = 60 * 24 * 40,
) -> datetime.datetime | None:
    """Return the first minute at which as many minutes were counted as are needed, or None within ``most_minutes``."""
    now = start.astimezone(datetime.UTC)
    for _ in range(most_minutes):
        if needed_minutes == 0:
            return now
        if runs(now) and works(now):
            needed_minutes -= 1
        now += MINUTE
    return None


def office_clock(zone: zoneinfo.ZoneInfo, windows: list[tuple[int, int]], worked: Callable[[datetime.date], bool]) -> Runs:
    """Return whether the local clock shows office hours (minutes since midnight) of a day that is worked."""

    def works(instant: datetime.datetime) -> bool:
        local = instant.astimezone(zone)
        minute = local.hour * 60 + local.minute
        return worked(local.date()) and any(opens <= minute < closes for opens, closes in windows)

    return works
