"""Every statement about the working calendar."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterable

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.city.calendar import CalendarDay, OfficeHours, WorkingCalendar, parse_windows, windows_text
from gridmgmt.city.tables import CalendarDayRow, CityProfileRow, OfficeHoursRow
from gridmgmt.errors import ConflictError


def load_calendar(session: Session, agency: str | None = None) -> WorkingCalendar:
    """Return the city's calendar with the office hours of an agency, or of the whole city."""
    zone = session.execute(select(CityProfileRow.time_zone)).scalar_one()
    hours = [entry for entry in list_office_hours(session) if entry.agency in {None, agency}]
    return WorkingCalendar(zoneinfo.ZoneInfo(zone), {day.day: day for day in list_days(session)}, tuple(hours))


def list_days(session: Session, *, since: datetime.date | None = None, until: datetime.date | None = None) -> list[CalendarDay]:
    """Return the days of the table by date, of a span (both ends included) where asked."""
    statement = select(CalendarDayRow).order_by(CalendarDayRow.day)
    if since is not None:
        statement = statement.where(CalendarDayRow.day >= since)
    if until is not None:
        statement = statement.where(CalendarDayRow.day <= until)
    return [CalendarDay(row.day, row.working, row.note) for row in session.scalars(statement.execution_options(populate_existing=True))]


def save_days(session: Session, days: Iterable[CalendarDay]) -> None:
    """Write days, each over what the table says of it."""
    for day in days:
        values = {"working": day.working, "note": day.note}
        statement = insert(CalendarDayRow).values(day=day.day, **values).on_conflict_do_update(index_elements=["day"], set_=values)
        session.execute(statement)


def remove_days(session: Session, days: Iterable[datetime.date]) -> int:
    """Take days out of the table, so that they are what is published again; return how many were there."""
    return len(session.scalars(delete(CalendarDayRow).where(CalendarDayRow.day.in_(list(days))).returning(CalendarDayRow.day)).all())


def list_office_hours(session: Session) -> list[OfficeHours]:
    """Return all office hours: the whole city's first, then by agency, each by first day."""
    row = OfficeHoursRow
    statement = select(row).order_by(row.agency.nulls_first(), row.valid_from).execution_options(populate_existing=True)
    return [OfficeHours(parse_windows(each.windows), each.agency, each.valid_from, each.valid_to) for each in session.scalars(statement)]


def set_office_hours(session: Session, hours: OfficeHours) -> None:
    """Let office hours begin on a day: what was valid then ends, the same first day is corrected.

    Raises ConflictError where others begin later.
    """
    row = OfficeHoursRow
    same = row.agency.is_not_distinct_from(hours.agency)
    session.execute(delete(row).where(same, row.valid_from == hours.valid_from))
    current = and_(same, row.valid_from < hours.valid_from, or_(row.valid_to.is_(None), row.valid_to > hours.valid_from))
    session.execute(update(row).where(current).values(valid_to=hours.valid_from))
    values = {"agency": hours.agency, "windows": windows_text(hours.windows), "valid_from": hours.valid_from, "valid_to": hours.valid_to}
    try:
        with session.begin_nested():
            session.execute(insert(row).values(values))
    except IntegrityError as error:
        message = f"other office hours begin after {hours.valid_from}; set those of the later day instead"
        raise ConflictError(message, zh=f"{hours.valid_from} 之后已有其他作息；请改设较晚的日期") from error
