"""Reports as received, cases, and steps that are only ever appended."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
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
    Index,
    Integer,
    Sequence,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.cases.model import CaseState
from gridmgmt.cases.workflow import FINAL_STATES, IN_A_UNITS_HANDS, IN_NO_UNITS_HANDS
from gridmgmt.catalogue import tables as _catalogue_tables  # noqa: F401 - foreign keys below name its tables
from gridmgmt.db import Base
from gridmgmt.hierarchy import tables as _hierarchy_tables  # noqa: F401
from gridmgmt.photos import tables as _photos_tables  # noqa: F401
from gridmgmt.roads import tables as _roads_tables  # noqa: F401

# Ids are yyyymm * 10^9 + a serial number of the city, so an id says its month; reports, cases and steps are kept in monthly partitions
# (schema ``monthly``, made by the function ``make_month``). A case that is not a part has the id of its report.
CASE_SERIAL = Sequence("case_serial", data_type=BigInteger, maxvalue=999_999_999, metadata=Base.metadata)
FINAL = tuple(state for state in CaseState if state in FINAL_STATES)
_RUNNING = "is_open AND clock_stopped_at IS NULL AND due_at IS NOT NULL"
# A list is narrowed by one of these: open cases and those that are over have indexes of their own, each in the order of ids, so that a case
# stands in one of the two; how many open ones are in which state (of a district: in which part of it, and how late) is counted in the index
# alone. A case without a unit is in no index of units.
_NARROWED_BY = (
    "district_code", "street_office_code", "community_code", "unit_grid_code", "unit_code", "zone_code", "segment_code", "person_id",
    "reported_by",
)  # fmt: skip
_COUNTED = {"district_code": ["state", "street_office_code", "community_code", "due_at", "clock_stopped_at"]}
_HAS = {"unit_code": " AND unit_code IS NOT NULL"}


def _quoted(states: Iterable[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


class IncidentReportRow(Base):
    """A report as received; a trigger refuses every update and delete."""

    __tablename__ = "incident_report"
    __table_args__ = (
        CheckConstraint("(kind IS NULL) = (class_code IS NULL)", name="class"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(Text)
    source_ref: Mapped[str | None] = mapped_column(Text)
    client_request_id: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    received_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    raw_x: Mapped[float] = mapped_column(Double)
    raw_y: Mapped[float] = mapped_column(Double)
    raw_crs: Mapped[str] = mapped_column(Text)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    kind: Mapped[str | None] = mapped_column(Text)
    class_code: Mapped[str | None] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")
    address: Mapped[str | None] = mapped_column(Text)


class ReportKeyRow(Base):
    """What makes a report known when it is sent again: a request id, or the id in the source's own system."""

    __tablename__ = "report_key"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    # deferred: a key is taken before its report is written, so that who comes second writes none
    report_id: Mapped[int] = mapped_column(ForeignKey("incident_report.id", deferrable=True, initially="DEFERRED"))


class HandlingUnitRow(Base):
    """A unit that handles cases; an area of None means the whole city."""

    __tablename__ = "handling_unit"
    __table_args__ = (CheckConstraint("(area_level IS NULL) = (area_code IS NULL)", name="area"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    area_level: Mapped[str | None] = mapped_column(Text)
    area_code: Mapped[str | None] = mapped_column(Text)


class CaseRow(Base):
    """A case and the assignment it was opened with; codes, not row ids, so that history can be explained.

    A deferred trigger asks that the newest step of the case has the number ``version`` and leads to ``state``.
    """

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint(f"state IN ({_quoted(CaseState)})", name="state"),
        CheckConstraint(f"unit_code IS NOT NULL OR state NOT IN ({_quoted(IN_A_UNITS_HANDS)})", name="unit"),
        CheckConstraint(f"unit_code IS NULL OR state NOT IN ({_quoted(IN_NO_UNITS_HANDS)})", name="no_unit"),
        CheckConstraint("(merged_into_id IS NOT NULL) = (state = 'merged')", name="merged"),
        CheckConstraint("(kind IS NULL) = (class_code IS NULL)", name="class"),
        CheckConstraint("parent_id IS NOT NULL OR report_id = id", name="report"),
        CheckConstraint("left(case_no, 6) = (id / 1000000000)::text", name="month"),
        Index("ix_case_file_parent_id", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_case_file_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_case_file_suspended", "id", postgresql_where=text("state = 'suspended'")),
        Index("ix_case_file_opened_at", "opened_at"),
        Index("ix_case_file_due_at", "due_at", "id", postgresql_where=text(_RUNNING)),
        Index("ix_case_file_unit_code_due_at", "unit_code", "due_at", "id", postgresql_where=text(_RUNNING + _HAS["unit_code"])),
        *(
            Index(f"ix_case_file_over_{name}", name, "id", postgresql_where=text("NOT is_open" + _HAS.get(name, "")))
            for name in _NARROWED_BY
        ),
        *(
            Index(
                f"ix_case_file_open_{name}",
                name,
                "id",
                postgresql_include=_COUNTED.get(name, ["state"]),
                postgresql_where=text("is_open" + _HAS.get(name, "")),
            )
            for name in _NARROWED_BY
        ),
        Index("ix_case_file_open_state", "state", "id", postgresql_where=text("is_open")),
        Index("ix_case_file_open_point", "point", postgresql_using="gist", postgresql_where=text("is_open")),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_no: Mapped[str] = mapped_column(Text)
    report_id: Mapped[int] = mapped_column(ForeignKey("incident_report.id"))
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str | None] = mapped_column(Text)
    class_code: Mapped[str | None] = mapped_column(Text)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("handling_unit.code"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    manual_override: Mapped[bool] = mapped_column(server_default=text("false"))
    limit_id: Mapped[int | None] = mapped_column(ForeignKey("class_limit.id"))
    due_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    clock_stopped_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    opened_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    basis: Mapped[str] = mapped_column(Text)
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("boundary_edition.id"))
    district_code: Mapped[str | None] = mapped_column(Text)
    street_office_code: Mapped[str | None] = mapped_column(Text)
    community_code: Mapped[str | None] = mapped_column(Text)
    unit_grid_code: Mapped[str | None] = mapped_column(Text)
    shared_with: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    border_distance_m: Mapped[float | None] = mapped_column(Double)
    segment_code: Mapped[str | None] = mapped_column(Text)
    segment_distance_m: Mapped[float | None] = mapped_column(Double)
    zone_code: Mapped[str | None] = mapped_column(Text)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    source: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    reported_by: Mapped[str] = mapped_column(Text)
    point: Mapped[Any] = mapped_column(Geometry("POINT", srid=0, spatial_index=False))
    description: Mapped[str] = mapped_column(Text, server_default="")
    address: Mapped[str | None] = mapped_column(Text)
    is_open: Mapped[bool] = mapped_column(Computed(f"state NOT IN ({_quoted(FINAL)})", persisted=True))


class CaseStepRow(Base):
    """One step of a case; a trigger refuses every update and delete. Each month's steps refer to the cases of that month."""

    __tablename__ = "case_step"
    __table_args__ = (
        Index(
            "uq_case_step_case_id_client_request_id", "case_id", "client_request_id", unique=True,
            postgresql_where=text("client_request_id IS NOT NULL"),
        ),
        Index(
            "ix_case_step_asked", "case_id", "seq", postgresql_where=text("action IN ('request_extension', 'request_appeal')")
        ),
        Index("ix_case_step_ended", "at", postgresql_where=text(f"to_state IN ({_quoted(FINAL)}) AND from_state <> to_state")),
        {"postgresql_partition_by": "RANGE (case_id)"},
    )  # fmt: skip

    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(Text)
    from_state: Mapped[str | None] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    position: Mapped[str | None] = mapped_column(Text)
    client_request_id: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class CasePhotoRow(Base):
    """A photo that came with a step of a case; ``no`` is its place among those of the step."""

    __tablename__ = "case_photo"
    __table_args__ = (Index("ix_case_photo_sha256", "sha256"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("photo.sha256"))
    role: Mapped[str] = mapped_column(Text)
    caption: Mapped[str] = mapped_column(Text, server_default="")


class PhotoDemandRow(Base):
    """What an action taken on a page must show: one line for each role of photo."""

    __tablename__ = "photo_demand"

    action: Mapped[str] = mapped_column(Text, primary_key=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)


class ReporterContactRow(Base):
    """How to reach who reported; deleted when its time is over."""

    __tablename__ = "reporter_contact"

    report_id: Mapped[int] = mapped_column(ForeignKey("incident_report.id"), primary_key=True, autoincrement=False)
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    wants_answer: Mapped[bool] = mapped_column(server_default=text("false"))


class SatisfactionRow(Base):
    """What who reported says of a case that is over: one answer a case."""

    __tablename__ = "satisfaction"
    __table_args__ = (Index("ix_satisfaction_answered_at", "answered_at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True, autoincrement=False)
    satisfied: Mapped[bool] = mapped_column()
    comment: Mapped[str] = mapped_column(Text, server_default="")
    answered_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))


class BacklogRunRow(Base):
    """A backlog on its way in (历史上报导入); ``next_byte`` and ``next_number`` are where its file goes on, ``reject_bytes`` its rejects."""

    __tablename__ = "backlog_run"
    __table_args__ = (CheckConstraint("state IN ('reading', 'publishing', 'done')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(Text)
    next_byte: Mapped[int] = mapped_column(BigInteger)
    next_number: Mapped[int] = mapped_column(BigInteger)
    taken: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rejected: Mapped[int] = mapped_column(BigInteger, server_default="0")
    repeated: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reject_bytes: Mapped[int] = mapped_column(BigInteger, server_default="0")
    started_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))


class ReassignRunRow(Base):
    """How far a run of re-assigning as of a day came, under rules whose fingerprint this is; gone when it is over."""

    __tablename__ = "reassign_run"

    on_day: Mapped[datetime.date] = mapped_column(Date, primary_key=True)
    rules: Mapped[str] = mapped_column(Text)
    last_id: Mapped[int] = mapped_column(BigInteger)
    looked_at: Mapped[int] = mapped_column(BigInteger)
    changed: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
