"""Areas, editions and assessment units."""

from __future__ import annotations

import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base


class BoundaryEditionRow(Base):
    """An edition; two never overlap (exclusion constraint)."""

    __tablename__ = "boundary_edition"
    __table_args__ = (
        ExcludeConstraint(
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_boundary_edition_days",
            using="gist",
        ),
        CheckConstraint("valid_to > valid_from", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AreaRow(Base):
    """An area of any level for a span of days; unchanged areas keep one row over many editions.

    The exclusion constraint compares one expression, not the two columns: its GiST index would else tempt the planner away from
    ``ix_area_level_code``, which finds a code three times as fast.
    """

    __tablename__ = "area"
    __table_args__ = (
        ExcludeConstraint(
            (text("(level || '/' || code)"), "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_area_code_days",
            using="gist",
        ),
        CheckConstraint("valid_to > valid_from", name="days"),
        Index("ix_area_level_code", "level", "code", "valid_from"),
        Index("ix_area_level_parent_code", "level", "parent_code"),
        Index("ix_area_level_name", "level", "name"),
        *(
            Index(
                f"ix_area_shape_{level}",
                "shape",
                postgresql_using="gist",
                postgresql_where=text(f"level = '{level}'"),
            )
            for level in ("district", "street_office", "community", "unit_grid")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    shape: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", srid=0, spatial_index=False))
    area_m2: Mapped[float | None] = mapped_column(Double, Computed("st_area(shape)", persisted=True))
    geometry_source: Mapped[str | None] = mapped_column(Text)
    population: Mapped[int | None]
    land_use_class: Mapped[str | None] = mapped_column(Text)
    management_level: Mapped[str | None] = mapped_column(Text)
    remark: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)


class RetiredCodeRow(Base):
    """A code that ended with an edition; a trigger on ``area`` refuses to use it again."""

    __tablename__ = "retired_code"

    level: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    retired_on: Mapped[datetime.date] = mapped_column(Date)
    successor_code: Mapped[str | None] = mapped_column(Text)


class AreaChangeRow(Base):
    """One line of what an edition changed."""

    __tablename__ = "area_change"
    __table_args__ = (Index("ix_area_change_edition_id", "edition_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("boundary_edition.id"))
    level: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    old_code: Mapped[str | None] = mapped_column(Text)
    new_code: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    area_change_percent: Mapped[float | None] = mapped_column(Double)
    recorded_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class AssessmentUnitRow(Base):
    """A functional zone or district that is scored as one (考核单元)."""

    __tablename__ = "assessment_unit"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    league: Mapped[str | None] = mapped_column(Text)


class AssessmentMembershipRow(Base):
    """Which street office counts for which assessment unit, and when; one unit at a time."""

    __tablename__ = "assessment_membership"
    __table_args__ = (
        ExcludeConstraint(
            ("street_office_code", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_assessment_membership_days",
            using="gist",
        ),
        CheckConstraint("valid_to > valid_from", name="days"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("assessment_unit.code"))
    street_office_code: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)


class AreaShapeRow(Base):
    """A shape generalised for one range of zooms, in EPSG:3857, shared borders kept; rebuilt from ``area``.

    ``id`` grows with every rebuild, so its maximum tells tiles of one build from those of another.
    """

    __tablename__ = "area_shape"
    __table_args__ = (
        Index("ix_area_shape_shape", "level", "min_zoom", "shape", postgresql_using="gist"),
        Index("ix_area_shape_area_id", "area_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"))
    level: Mapped[str] = mapped_column(Text)
    min_zoom: Mapped[int]
    shape: Mapped[Any] = mapped_column(Geometry("MULTIPOLYGON", srid=3857, spatial_index=False))
