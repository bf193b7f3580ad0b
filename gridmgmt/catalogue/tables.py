"""The catalogue, versioned by standard."""

from __future__ import annotations

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base


class ManagedClassRow(Base):
    """One minor class; ``code`` is major + minor (five digits in GB/T 47678.5-2026)."""

    __tablename__ = "managed_class"
    __table_args__ = (Index("ix_managed_class_alias_2013", "alias_2013"),)

    standard: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    major_code: Mapped[str] = mapped_column(Text)
    major_name: Mapped[str] = mapped_column(Text)
    alias_2013: Mapped[str | None] = mapped_column(Text)
