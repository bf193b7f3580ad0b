"""Prepared sets, scenarios, jobs, plans, decisions."""

from __future__ import annotations

import datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Double, ForeignKey, Identity, Index, Integer, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base
from gridmgmt.hierarchy import tables as _hierarchy_tables  # noqa: F401 - a foreign key below names its table


class SitingSetRow(Base):
    """A prepared set of demand, candidates and standing facilities; a trigger refuses to change it."""

    __tablename__ = "siting_set"
    __table_args__ = (Index("ix_siting_set_kind", "kind", "made_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("boundary_edition.id"))
    made_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SitingPreparationRow(Base):
    """A set that somebody asked for on a page (准备任务); the worker prepares it under a lease."""

    __tablename__ = "siting_preparation"
    __table_args__ = (
        Index("uq_siting_preparation_one_open", "kind", unique=True, postgresql_where=text("state IN ('waiting', 'running')")),
        CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="lease"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    day: Mapped[datetime.date] = mapped_column(Date)
    asked_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    asked_by: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    leased_until: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    words: Mapped[str] = mapped_column(Text, server_default="")
    words_zh: Mapped[str] = mapped_column(Text, server_default="")
    set_id: Mapped[int | None] = mapped_column(ForeignKey("siting_set.id"))


class SitingLayerRow(Base):
    """A layer that a planner brought along (图层); ``kind`` only for candidates, ``ended_at`` once another took its place or it was taken away."""

    __tablename__ = "siting_layer"
    __table_args__ = (
        Index(
            "uq_siting_layer_one_in_use",
            "subject",
            text("coalesce(kind, '')"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(subject = 'candidates') = (kind IS NOT NULL)", name="kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    subject: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    shapes: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    added_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class SitingLayerShapeRow(Base):
    """A shape of a layer, with its name and, of a site, its area."""

    __tablename__ = "siting_layer_shape"

    layer_id: Mapped[int] = mapped_column(ForeignKey("siting_layer.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    area_m2: Mapped[float | None] = mapped_column(Double)
    shape: Mapped[Any] = mapped_column(Geometry("GEOMETRY", srid=0, spatial_index=False))


class SitingDemandRow(Base):
    """A demand point of a set (需求点): whole people, shops and cases."""

    __tablename__ = "siting_demand"

    set_id: Mapped[int] = mapped_column(ForeignKey("siting_set.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    people: Mapped[int] = mapped_column(BigInteger)
    shops: Mapped[int] = mapped_column(BigInteger)
    cases: Mapped[int] = mapped_column(BigInteger)
    unit_grid_code: Mapped[str] = mapped_column(Text)
    community_code: Mapped[str] = mapped_column(Text)
    street_office_code: Mapped[str] = mapped_column(Text)
    district_code: Mapped[str] = mapped_column(Text)


class SitingCandidateRow(Base):
    """A place that was looked at (候选点); ``dropped`` names the rule that forbids it, empty where none does.

    Kept ones come first, so that their row numbers are the positions a solver sees.
    """

    __tablename__ = "siting_candidate"
    __table_args__ = (Index("ix_siting_candidate_point", "point", postgresql_using="gist"),)

    set_id: Mapped[int] = mapped_column(ForeignKey("siting_set.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    facility_code: Mapped[str] = mapped_column(Text)
    road_class: Mapped[str] = mapped_column(Text)
    site_area_m2: Mapped[float | None] = mapped_column(Double)
    street_office_code: Mapped[str] = mapped_column(Text)
    district_code: Mapped[str] = mapped_column(Text)
    dropped: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)


class SitingStandingRow(Base):
    """A facility that stood when the set was prepared (现有设施)."""

    __tablename__ = "siting_standing"

    set_id: Mapped[int] = mapped_column(ForeignKey("siting_set.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(Text)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    meets: Mapped[bool]
    capacity_t_per_day: Mapped[float | None] = mapped_column(Double)


class SitingScenarioRow(Base):
    """A saved, named question (选址方案); a trigger refuses to change it."""

    __tablename__ = "siting_scenario"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    set_id: Mapped[int] = mapped_column(ForeignKey("siting_set.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[str] = mapped_column(Text)


class SitingPlanRow(Base):
    """A plan that the checker has passed (选址结果); a trigger refuses to change it."""

    __tablename__ = "siting_plan"
    __table_args__ = (
        Index("ix_siting_plan_scenario_id", "scenario_id", "made_at"),
        CheckConstraint("NOT proved OR gap = 0", name="proof"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("siting_scenario.id"))
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    made_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    made_by: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    summary: Mapped[dict[str, Any]] = mapped_column(JSONB)
    value: Mapped[float] = mapped_column(Double)
    bound: Mapped[float | None] = mapped_column(Double)
    gap: Mapped[float | None] = mapped_column(Double)
    seconds: Mapped[float] = mapped_column(Double)
    proved: Mapped[bool]


class SitingSiteRow(Base):
    """A proposed site of a plan (拟建点), in the order of building."""

    __tablename__ = "siting_site"
    __table_args__ = (Index("ix_siting_site_point", "point", postgresql_using="gist"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("siting_plan.id", ondelete="CASCADE"), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    facility_code: Mapped[str | None] = mapped_column(Text)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    year: Mapped[int | None] = mapped_column(SmallInteger)
    adds: Mapped[float] = mapped_column(Double)
    alone: Mapped[float] = mapped_column(Double)
    street_office_code: Mapped[str | None] = mapped_column(Text)
    district_code: Mapped[str | None] = mapped_column(Text)


class SitingJobRow(Base):
    """A solve under way or over; whoever holds the lease computes, and a lease that ran out is taken over from ``saved``."""

    __tablename__ = "siting_job"
    __table_args__ = (
        Index("ix_siting_job_scenario_id", "scenario_id"),
        Index("ix_siting_job_open", "asked_at", postgresql_where=text("state IN ('waiting', 'running')")),
        Index("uq_siting_job_one_open", "scenario_id", unique=True, postgresql_where=text("state IN ('waiting', 'running')")),
        CheckConstraint("(state = 'running') = (leased_until IS NOT NULL)", name="lease"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("siting_scenario.id"))
    state: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    asked_by: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    leased_until: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    lease_key: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    cancel_asked: Mapped[bool] = mapped_column(server_default=text("false"))
    seconds: Mapped[float] = mapped_column(Double, server_default=text("0"))
    progress: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    saved: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    words: Mapped[str] = mapped_column(Text, server_default="")
    words_zh: Mapped[str] = mapped_column(Text, server_default="")
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("siting_plan.id"))


class SitingDecisionRow(Base):
    """What the commission decided about a site (审定意见); a trigger refuses to change it, a site is decided once."""

    __tablename__ = "siting_decision"
    __table_args__ = (CheckConstraint("(verdict = 'moved') = (point IS NOT NULL)", name="moved"),)

    plan_id: Mapped[int] = mapped_column(ForeignKey("siting_plan.id"), primary_key=True)
    rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    verdict: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    year: Mapped[int | None] = mapped_column(SmallInteger)
    facility_code: Mapped[str | None] = mapped_column(Text)
    decided_on: Mapped[datetime.date] = mapped_column(Date)
    noted_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    noted_by: Mapped[str] = mapped_column(Text)
