"""Photos: their hashes, who sent them, what their cameras wrote; the pictures themselves are files."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, DateTime, Double, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base


class PhotoRow(Base):
    """A photo that was taken in; position in WGS 84 degrees as the camera wrote it."""

    __tablename__ = "photo"
    __table_args__ = (
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("(lon IS NULL) = (lat IS NULL)", name="position"),
        Index("ix_photo_unbound", "uploaded_at", postgresql_where=text("bound_at IS NULL")),
    )

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    uploaded_by: Mapped[str] = mapped_column(Text)
    uploaded_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    bound_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    taken_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
