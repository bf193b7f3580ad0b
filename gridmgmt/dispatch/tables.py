"""Sets of dispatch rules, what was changed in them, and the units of road chiefs' teams."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.cases import tables as _cases_tables  # noqa: F401 - foreign keys below name its tables
from gridmgmt.db import Base
from gridmgmt.roads import tables as _roads_tables  # noqa: F401

NONE = text("'{}'")


class DispatchRuleSetRow(Base):
    """A set of rules; triggers let nothing of one that was put in force change but its end."""

    __tablename__ = "dispatch_rule_set"
    __table_args__ = (
        ExcludeConstraint(
            (text("tstzrange(in_force_from, in_force_to)"), "&&"), name="ex_dispatch_rule_set_in_force", using="gist",
            where=text("in_force_from IS NOT NULL"),
        ),
        CheckConstraint("in_force_to >= in_force_from", name="in_force"),
        CheckConstraint("(in_force_from IS NULL) = (put_in_force_by IS NULL)", name="put_in_force"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    in_force_from: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    in_force_to: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    put_in_force_by: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)


class DispatchRuleRow(Base):
    """One rule; an empty list asks nothing. ``areas`` are ``level:code``, ``hours`` as office hours are written."""

    __tablename__ = "dispatch_rule"
    __table_args__ = (
        UniqueConstraint("set_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint("(target = 'unit') = (unit_code IS NOT NULL)", name="target"),
        CheckConstraint("(target = 'area_unit') = (unit_pattern IS NOT NULL)", name="pattern"),
        CheckConstraint("position > 0", name="position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("dispatch_rule_set.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Text)
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("handling_unit.code"))
    unit_pattern: Mapped[str | None] = mapped_column(Text)
    automatic: Mapped[bool]
    kind: Mapped[str | None] = mapped_column(Text)
    class_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    areas: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    road_classes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=NONE)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=NONE)
    hours: Mapped[str] = mapped_column(Text, server_default="")
    working_time: Mapped[bool | None]
    note: Mapped[str] = mapped_column(Text, server_default="")


class DispatchRuleChangeRow(Base):
    """Who changed what in a set of rules, and why; appended, never edited."""

    __tablename__ = "dispatch_rule_change"
    __table_args__ = (Index("ix_dispatch_rule_change_set_id", "set_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int]
    at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class DispatchTeamRow(Base):
    """The unit of a road chief's team: that of a zone, or that of a person wherever this person is road chief."""

    __tablename__ = "dispatch_team"
    __table_args__ = (CheckConstraint("num_nonnulls(zone_code, person_id) = 1", name="whose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("handling_unit.code"))
    zone_code: Mapped[str | None] = mapped_column(ForeignKey("zone.code"), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
