"""What is kept of days that are over."""

from __future__ import annotations

import datetime

from sqlalchemy import Date, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base


class CaseDayRow(Base):
    """The flow of cases of one day of the city in one street office; empty codes for cases outside every area."""

    __tablename__ = "case_day"
    __table_args__ = (
        Index("ix_case_day_district_code", "district_code", "day"),
        Index("ix_case_day_street_office_code", "street_office_code", "day"),
    )

    day: Mapped[datetime.date] = mapped_column(Date, primary_key=True)
    district_code: Mapped[str] = mapped_column(Text, primary_key=True)
    street_office_code: Mapped[str] = mapped_column(Text, primary_key=True)
    opened: Mapped[int] = mapped_column(Integer)
    closed: Mapped[int] = mapped_column(Integer)
    timed: Mapped[int] = mapped_column(Integer)
    in_time: Mapped[int] = mapped_column(Integer)
    dropped: Mapped[int] = mapped_column(Integer)


class CaseDayDoneRow(Base):
    """A day that was summed up, with or without cases."""

    __tablename__ = "case_day_done"

    day: Mapped[datetime.date] = mapped_column(Date, primary_key=True)
