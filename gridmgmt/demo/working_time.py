"""Working time of many instants at once: seconds counted up to an instant, and the instant at which so many are counted; pure."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from gridmgmt.city.calendar import WorkingCalendar

Seconds = npt.NDArray[np.int64]  # since 1970 in UTC, or counted


@dataclasses.dataclass(frozen=True)
class CountedTime:
    """Intervals that count, in order; instants before the first or after the last are not asked for."""

    opens: Seconds
    closes: Seconds
    before: Seconds

    def at(self, instants: Seconds) -> Seconds:
        """Return the seconds counted up to instants."""
        place = np.searchsorted(self.opens, instants, side="right") - 1
        return np.asarray(self.before[place] + np.minimum(instants, self.closes[place]) - self.opens[place])

    def reached(self, counted: Seconds) -> Seconds:
        """Return the earliest instants at which so many seconds are counted."""
        place = np.searchsorted(self.before + self.closes - self.opens, counted, side="left")
        return np.asarray(self.opens[place] + counted - self.before[place])


def office_time(calendar: WorkingCalendar, first: datetime.date, last: datetime.date) -> CountedTime:
    """Return the office hours of a span of days."""
    return _counted(interval for day in _days(first, last) for interval in calendar.working_intervals(day))


def shift_time(calendar: WorkingCalendar, first: datetime.date, last: datetime.date, *, opens: int, closes: int) -> CountedTime:
    """Return the hours of a shift that is worked every day."""
    at = (datetime.time(opens), datetime.time(closes))
    return _counted(
        (datetime.datetime.combine(day, at[0], calendar.zone), datetime.datetime.combine(day, at[1], calendar.zone))
        for day in _days(first, last)
    )


def _days(first: datetime.date, last: datetime.date) -> Iterable[datetime.date]:
    return (first + datetime.timedelta(days=number) for number in range((last - first).days + 1))


def _counted(intervals: Iterable[tuple[datetime.datetime, datetime.datetime]]) -> CountedTime:
    pairs = np.array([(start.timestamp(), end.timestamp()) for start, end in intervals], dtype=np.int64)
    lengths = pairs[:, 1] - pairs[:, 0]
    return CountedTime(pairs[:, 0], pairs[:, 1], np.cumsum(lengths) - lengths)
