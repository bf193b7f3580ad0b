"""Road segments, zones, people, appointments."""

from __future__ import annotations

import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base

DAYS = text("daterange(valid_from, valid_to)")


class RoadSegmentRow(Base):
    """A road segment for a span of days; a redrawn segment keeps its code in a new row."""

    __tablename__ = "road_segment"
    __table_args__ = (
        ExcludeConstraint(("code", "="), (DAYS, "&&"), name="ex_road_segment_code_days", using="gist"),
        CheckConstraint("valid_to > valid_from", name="days"),
        Index("ix_road_segment_code", "code"),
        Index("ix_road_segment_line", "line", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    road_class: Mapped[str] = mapped_column(Text)
    line: Mapped[Any] = mapped_column(Geometry("LINESTRING", srid=0, spatial_index=False))
    length_m: Mapped[float] = mapped_column(Double, Computed("st_length(line)", persisted=True))
    source: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)


class RoadShapeRow(Base):
    """A road segment simplified for one range of zooms, in EPSG:3857; rebuilt from ``road_segment``, see ``AreaShapeRow``."""

    __tablename__ = "road_shape"
    __table_args__ = (
        Index("ix_road_shape_shape", "min_zoom", "shape", postgresql_using="gist"),
        Index("ix_road_shape_segment_id", "segment_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("road_segment.id", ondelete="CASCADE"))
    min_zoom: Mapped[int]
    shape: Mapped[Any] = mapped_column(Geometry("LINESTRING", srid=3857, spatial_index=False))


class ZoneRow(Base):
    """A responsibility zone."""

    __tablename__ = "zone"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)


class ZoneMemberRow(Base):
    """An area that belongs to a zone for a span of days; an area is in one zone at a time."""

    __tablename__ = "zone_member"
    __table_args__ = (
        ExcludeConstraint(
            (text("(level || '/' || area_code)"), "="),
            (DAYS, "&&"),
            name="ex_zone_member_days",
            using="gist",
        ),
        CheckConstraint("valid_to > valid_from", name="days"),
        Index("ix_zone_member_level_area_code", "level", "area_code", "valid_from"),
        Index("ix_zone_member_zone_code", "zone_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_code: Mapped[str] = mapped_column(ForeignKey("zone.code"))
    level: Mapped[str] = mapped_column(Text)
    area_code: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)


class PersonRow(Base):
    """A person; ``code`` is the staff number of the source."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    agency: Mapped[str | None] = mapped_column(Text)


class AppointmentRow(Base):
    """Who holds which post where and when.

    One road chief and one building head a zone, one road chief and one shop head a segment of a zone, at any time;
    nobody is appointed twice to the same thing.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("valid_to > valid_from", name="days"),
        CheckConstraint("zone_code IS NOT NULL OR segment_code IS NOT NULL", name="target"),
        ExcludeConstraint(
            ("zone_code", "="),
            ("post", "="),
            (DAYS, "&&"),
            name="ex_appointment_zone_days",
            using="gist",
            where=text("segment_code IS NULL AND post IN ('road_chief', 'building_head')"),
        ),
        ExcludeConstraint(
            ("segment_code", "="),
            (DAYS, "&&"),
            name="ex_appointment_segment_chief_days",
            using="gist",
            where=text("segment_code IS NOT NULL AND post = 'road_chief'"),
        ),
        ExcludeConstraint(
            ("segment_code", "="),
            (text("coalesce(zone_code, '')"), "="),
            (DAYS, "&&"),
            name="ex_appointment_shop_head_days",
            using="gist",
            where=text("segment_code IS NOT NULL AND post = 'shop_head'"),
        ),
        ExcludeConstraint(
            ("person_id", "="),
            ("post", "="),
            (text("coalesce(zone_code, '')"), "="),
            (text("coalesce(segment_code, '')"), "="),
            (DAYS, "&&"),
            name="ex_appointment_person_days",
            using="gist",
        ),
        Index("ix_appointment_zone_code", "zone_code"),
        Index("ix_appointment_segment_code", "segment_code"),
        Index("ix_appointment_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    post: Mapped[str] = mapped_column(Text)
    zone_code: Mapped[str | None] = mapped_column(ForeignKey("zone.code"))
    segment_code: Mapped[str | None] = mapped_column(Text)
    valid_from: Mapped[datetime.date] = mapped_column(Date)
    valid_to: Mapped[datetime.date | None] = mapped_column(Date)
