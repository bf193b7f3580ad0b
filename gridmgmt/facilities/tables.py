"""One table for what all facilities share, a side table for what one kind has of its own."""

from __future__ import annotations

import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base


class FacilityRow(Base):
    """A facility of any kind (设施)."""

    __tablename__ = "facility"
    __table_args__ = (
        Index("ix_facility_kind_status", "kind", "status"),
        Index("ix_facility_unit_grid_code", "unit_grid_code"),
        Index("ix_facility_point", "point", postgresql_using="gist"),
        CheckConstraint("(programme IS NULL) = (programme_year IS NULL)", name="programme"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    unit_grid_code: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(Text)
    maintainer: Mapped[str | None] = mapped_column(Text)
    surveyed_on: Mapped[datetime.date | None] = mapped_column(Date)
    opened_on: Mapped[datetime.date | None] = mapped_column(Date)
    closed_on: Mapped[datetime.date | None] = mapped_column(Date)
    programme: Mapped[str | None] = mapped_column(Text)
    programme_year: Mapped[int | None] = mapped_column(SmallInteger)
    counts_toward_plan: Mapped[bool] = mapped_column(server_default="false")
    remark: Mapped[str | None] = mapped_column(Text)


class ToiletRow(Base):
    """What a register of public toilets holds (公共厕所)."""

    __tablename__ = "toilet"
    __table_args__ = (CheckConstraint("toilet_class BETWEEN 1 AND 3", name="class"),)

    facility_code: Mapped[str] = mapped_column(ForeignKey("facility.code", ondelete="CASCADE"), primary_key=True)
    toilet_class: Mapped[int | None] = mapped_column(SmallInteger)
    form: Mapped[str | None] = mapped_column(Text)
    opening_hours: Mapped[str | None] = mapped_column(Text)
    cubicles_male: Mapped[int | None]
    cubicles_female: Mapped[int | None]
    cubicles_accessible: Mapped[int | None]
    family_toilet: Mapped[bool | None]
    barrier_free: Mapped[bool | None]
    building_area_m2: Mapped[float | None]
    plot_area_m2: Mapped[float | None]
    septic_tank: Mapped[str | None] = mapped_column(Text)
    smart_sensors: Mapped[bool | None]


class TransferStationRow(Base):
    """What a register of transfer stations holds (转运站)."""

    __tablename__ = "transfer_station"
    __table_args__ = (CheckConstraint("station_class IN ('I', 'II', 'III', 'IV', 'V')", name="class"),)

    facility_code: Mapped[str] = mapped_column(ForeignKey("facility.code", ondelete="CASCADE"), primary_key=True)
    station_class: Mapped[str | None] = mapped_column(Text)
    design_t_per_day: Mapped[float | None]
    site_area_m2: Mapped[float | None]
    building_distance_m: Mapped[float | None]
    green_belt_m: Mapped[float | None]
    truck_access: Mapped[bool | None]


class CollectionHouseRow(Base):
    """What a register of sorted-waste collection houses holds (分类收集屋)."""

    __tablename__ = "collection_house"

    facility_code: Mapped[str] = mapped_column(ForeignKey("facility.code", ondelete="CASCADE"), primary_key=True)
    compound: Mapped[str | None] = mapped_column(Text)
    households_served: Mapped[int | None]
    capacity_t_per_day: Mapped[float | None]
    bin_washing: Mapped[bool | None]
    drain: Mapped[bool | None]
    deodorising: Mapped[bool | None]
    vehicle_bay: Mapped[bool | None]
    hand_wash: Mapped[bool | None]
    smart_access: Mapped[bool | None]


class DemolitionSiteRow(Base):
    """What a register of demolition-waste points holds (拆除工地、消纳场).

    ``quantities`` maps each of the five kinds of waste to declared, approved and disposed tonnes and cubic metres.
    """

    __tablename__ = "demolition_site"

    facility_code: Mapped[str] = mapped_column(ForeignKey("facility.code", ondelete="CASCADE"), primary_key=True)
    site_kind: Mapped[str] = mapped_column(Text)
    footprint: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", srid=0, spatial_index=False))
    road_segment_code: Mapped[str | None] = mapped_column(Text)
    builder: Mapped[str | None] = mapped_column(Text)
    contractor: Mapped[str | None] = mapped_column(Text)
    supervisor_unit: Mapped[str | None] = mapped_column(Text)
    permit_no: Mapped[str | None] = mapped_column(Text)
    permit_from: Mapped[datetime.date | None] = mapped_column(Date)
    permit_to: Mapped[datetime.date | None] = mapped_column(Date)
    permitted_hours: Mapped[str | None] = mapped_column(Text)
    quantities: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    carriers: Mapped[str | None] = mapped_column(Text)
    route: Mapped[Any | None] = mapped_column(Geometry("LINESTRING", srid=0, spatial_index=False))
    destination_code: Mapped[str | None] = mapped_column(Text)
    wash_bay: Mapped[bool | None]
    fenced: Mapped[bool | None]
    hardened: Mapped[bool | None]
    covered: Mapped[bool | None]
    dust_noise_sensors: Mapped[bool | None]
    contact: Mapped[str | None] = mapped_column(Text)
    capacity_m3: Mapped[float | None]
    remaining_m3: Mapped[float | None]
    intake_t_per_day: Mapped[float | None]
    accepted_categories: Mapped[str | None] = mapped_column(Text)
    service_life: Mapped[str | None] = mapped_column(Text)
    river_port: Mapped[str | None] = mapped_column(Text)
    city_side: Mapped[str | None] = mapped_column(Text)
