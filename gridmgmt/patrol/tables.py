"""Patrols, their raw tracks, the rules they are judged by; frontages and their checks."""

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
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base
from gridmgmt.roads import tables as _roads_tables  # noqa: F401 - foreign keys below name its tables


class PatrolRuleRow(Base):
    """What makes a segment covered, from a day on until the next row."""

    __tablename__ = "patrol_rule"
    __table_args__ = (
        CheckConstraint("within_m > 0 AND covered_share > 0 AND covered_share <= 1", name="covered"),
        CheckConstraint("worst_accuracy_m > 0 AND longest_gap_s > 0 AND longest_gap_m > 0 AND fastest_m_s > 0", name="track"),
    )

    valid_from: Mapped[datetime.date] = mapped_column(Date, primary_key=True)
    within_m: Mapped[float] = mapped_column(Double)
    covered_share: Mapped[float] = mapped_column(Double)
    worst_accuracy_m: Mapped[float] = mapped_column(Double)
    longest_gap_s: Mapped[float] = mapped_column(Double)
    longest_gap_m: Mapped[float] = mapped_column(Double)
    fastest_m_s: Mapped[float] = mapped_column(Double)


class PatrolRow(Base):
    """A walk; the line is drawn anew from its batches whenever one arrives."""

    __tablename__ = "patrol"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="times"),
        Index("ix_patrol_open", "person_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_patrol_person_id", "person_id", "started_at"),
        Index("ix_patrol_started_at", "started_at"),
        Index("ix_patrol_street_office_code", "street_office_code", "started_at"),
        Index("ix_patrol_line", "line", "started_at", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(Text, unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    account: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    line: Mapped[Any | None] = mapped_column(Geometry("MULTILINESTRING", srid=0, spatial_index=False))
    length_m: Mapped[float] = mapped_column(Double, Computed("coalesce(st_length(line), 0)", persisted=True))
    point_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    zone_code: Mapped[str | None] = mapped_column(Text)
    district_code: Mapped[str | None] = mapped_column(Text)
    street_office_code: Mapped[str | None] = mapped_column(Text)
    community_code: Mapped[str | None] = mapped_column(Text)


class PatrolBatchRow(Base):
    """Positions as the phone gave them: seconds since 1970, WGS 84 degrees, metres; a trigger refuses every update and delete."""

    __tablename__ = "patrol_batch"
    __table_args__ = (
        CheckConstraint(
            "cardinality(at_s) = cardinality(lon) AND cardinality(at_s) = cardinality(lat) AND cardinality(at_s) = cardinality(accuracy_m)",
            name="lengths",
        ),
    )

    patrol_id: Mapped[int] = mapped_column(ForeignKey("patrol.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    received_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    at_s: Mapped[list[float]] = mapped_column(ARRAY(Double))
    lon: Mapped[list[float]] = mapped_column(ARRAY(Double))
    lat: Mapped[list[float]] = mapped_column(ARRAY(Double))
    accuracy_m: Mapped[list[float | None]] = mapped_column(ARRAY(Double))


class FrontageRow(Base):
    """A shop and the stretch before it that it answers for."""

    __tablename__ = "frontage"
    __table_args__ = (
        CheckConstraint("point IS NOT NULL OR segment_code IS NOT NULL", name="place"),
        Index("ix_frontage_zone_code", "zone_code"),
        Index("ix_frontage_segment_code", "segment_code"),
        Index("ix_frontage_street_office_code", "street_office_code"),
        Index("ix_frontage_shop_head_id", "shop_head_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    shop_name: Mapped[str] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    segment_code: Mapped[str | None] = mapped_column(Text)
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    shop_head_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_on: Mapped[datetime.date | None] = mapped_column(Date)
    closed_on: Mapped[datetime.date | None] = mapped_column(Date)
    zone_code: Mapped[str | None] = mapped_column(Text)
    district_code: Mapped[str | None] = mapped_column(Text)
    street_office_code: Mapped[str | None] = mapped_column(Text)
    community_code: Mapped[str | None] = mapped_column(Text)


class FrontageCheckRow(Base):
    """What somebody saw at a frontage; a trigger refuses every update and delete."""

    __tablename__ = "frontage_check"
    __table_args__ = (Index("ix_frontage_check_frontage_id", "frontage_id", "checked_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    frontage_id: Mapped[int] = mapped_column(ForeignKey("frontage.id"))
    checked_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sanitation: Mapped[bool]
    greenery: Mapped[bool | None]
    public_order: Mapped[bool]
    passed: Mapped[bool] = mapped_column(Computed("sanitation AND public_order AND coalesce(greenery, true)", persisted=True))
    note: Mapped[str] = mapped_column(Text, server_default="")
    client_request_id: Mapped[str | None] = mapped_column(Text, unique=True)


class FrontageCheckPhotoRow(Base):
    """A photo of a check, by its content hash."""

    __tablename__ = "frontage_check_photo"
    __table_args__ = (Index("ix_frontage_check_photo_photo", "photo"),)

    check_id: Mapped[int] = mapped_column(ForeignKey("frontage_check.id"), primary_key=True)
    photo: Mapped[str] = mapped_column(Text, primary_key=True)
