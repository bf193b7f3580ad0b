"""The catalogue, versioned by standard, and the limits of its classes, versioned by date."""

from __future__ import annotations

import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, Identity, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
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


class ClassLimitRow(Base):
    """One version of a filing condition with its handling limit; a trigger lets nothing but ``valid_to`` change, and no row go.

    A version that was corrected on its own first day has an empty span: it was never in force, but a case may have been filed under it.
    """

    __tablename__ = "class_limit"
    __table_args__ = (
        UniqueConstraint("standard", "kind", "class_code", "condition_no", "version"),
        ExcludeConstraint(
            ("standard", "="), ("kind", "="), ("class_code", "="), ("condition_no", "="),
            (text("daterange(valid_from, valid_to)"), "&&"), name="ex_class_limit_days", using="gist",
        ),
        CheckConstraint("valid_to >= valid_from", name="days"),
        CheckConstraint("amount >= 0", name="amount"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    standard: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    class_code: Mapped[str] = mapped_column(Text)
    condition_no: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    filing_condition: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    unit: Mapped[str] = mapped_column(Text)
    closing_condition: Mapped[str | None] = mapped_column(Text)
    is_sample: Mapped[bool]
    provenance: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)
