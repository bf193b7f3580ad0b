"""The one row that says which city this database holds."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
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
