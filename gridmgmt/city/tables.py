"""The one row that says which city this database holds, and its working calendar."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, DateTime, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base


class CityProfileRow(Base):
    """The stored city profile; the key can only be 1."""

    __tablename__ = "city_profile"
    __table_args__ = (CheckConstraint("id = 1", name="one_city"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    storage_srid: Mapped[int]
    west: Mapped[float]
    south: Mapped[float]
    east: Mapped[float]
    north: Mapped[float]
    time_zone: Mapped[str] = mapped_column(Text)
    code_scheme: Mapped[str] = mapped_column(Text)
    levels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    catalogue_standard: Mapped[str] = mapped_column(Text)
    snap_limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class CalendarDayRow(Base):
    """A day that is worked, or not, whatever is published for it."""

    __tablename__ = "calendar_day"

    day: Mapped[datetime.date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, server_default="")


class OfficeHoursRow(Base):
    """The office hours of an agency, or of the whole city (``agency`` NULL), for a span of days; written as 08:00-12:00,14:00-18:00."""

    __tablename__ = "office_hours"
    __table_args__ = (
        ExcludeConstraint(
            (text("coalesce(agency, '')"), "="), (text("daterange(valid_from, valid_to)"), "&&"), name="ex_office_hours_days", using="gist"
        ),
        CheckConstraint("valid_to > valid_from", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str | None] = mapped_column(Text)
    windows: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)
