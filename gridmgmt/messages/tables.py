"""Outbox, inboxes, deliveries with their attempts, channels, preferences, the escalation ladder and the worker's timetable."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.accounts import tables as _account_tables  # noqa: F401 - foreign keys below name its tables
from gridmgmt.db import Base
from gridmgmt.labels import LabelledEnum
from gridmgmt.messages.model import AttemptState, ChannelKind, DeliveryState, Rung


def _one_of(column: str, members: Iterable[LabelledEnum]) -> str:
    values = ", ".join(f"'{member.value}'" for member in members)
    return f"{column} IN ({values})"


class MessageRow(Base):
    """A message, written in the transaction of what it tells; it is in the outbox until ``spread_at`` is set."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_outbox", "id", postgresql_where=text("spread_at IS NULL")),
        Index("ix_message_about", "about"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    topic: Mapped[str] = mapped_column(Text)
    about: Mapped[str | None] = mapped_column(Text)
    zh: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    audiences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    by: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    spread_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class InboxRow(Base):
    """A message in the inbox of an account: once, whatever happens."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_message_id", "message_id"),
        Index("ix_inbox_unread", "account_id", "message_id", postgresql_where=text("read_at IS NULL")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    read_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class MessageChannelRow(Base):
    """A webhook; its address and secret are settings of the worker under its code."""

    __tablename__ = "message_channel"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ChannelKind), name="kind"),
        CheckConstraint("code ~ '^[a-z][a-z0-9_]*$'", name="code"),
        CheckConstraint("per_minute > 0", name="per_minute"),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    unit_code: Mapped[str | None] = mapped_column(Text)
    per_minute: Mapped[int] = mapped_column(Integer, server_default=text("20"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))


class DeliveryRow(Base):
    """A message on its way to one e-mail address or one channel: once, because the pair is unique.

    While ``leased_until`` lies ahead a worker has it in hand; a worker that dies leaves the lease to run out.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "target"),
        CheckConstraint(_one_of("state", DeliveryState), name="state"),
        CheckConstraint("(email IS NULL) <> (channel_code IS NULL)", name="target"),
        CheckConstraint("(finished_at IS NULL) = (state = 'waiting')", name="finished"),
        Index("ix_delivery_waiting", "channel_code", "next_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_delivery_dead", "id", postgresql_where=text("state = 'dead'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    channel_code: Mapped[str | None] = mapped_column(ForeignKey("message_channel.code", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(Text, server_default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    leased_until: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class DeliveryAttemptRow(Base):
    """One attempt to send, written before it is made, so that one that was cut off shows; it names the channel, whose attempts are counted."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        CheckConstraint(_one_of("state", AttemptState), name="state"),
        Index("ix_delivery_attempt_channel_code_at", "channel_code", "at", postgresql_where=text("channel_code IS NOT NULL")),
    )

    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    channel_code: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(Text, server_default="started")
    words: Mapped[str] = mapped_column(Text, server_default="")


class MessagePreferenceRow(Base):
    """How an account wants to be told of a topic, where it is not as everybody is."""

    __tablename__ = "message_preference"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[str] = mapped_column(Text, primary_key=True)
    in_app: Mapped[bool] = mapped_column()
    by_email: Mapped[bool] = mapped_column()


class EscalationRungRow(Base):
    """A rung of the escalation ladder; a class with rungs of its own has these instead of the common ones."""

    __tablename__ = "escalation_rung"
    __table_args__ = (CheckConstraint(_one_of("tells", Rung), name="tells"),)

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    after_minutes: Mapped[int] = mapped_column(Integer)
    tells: Mapped[str] = mapped_column(Text)
    class_code: Mapped[str | None] = mapped_column(Text)


class EscalationMarkRow(Base):
    """A rung that a case has passed for one deadline: what makes sure that it is announced once."""

    __tablename__ = "escalation_mark"

    about: Mapped[str] = mapped_column(Text, primary_key=True)
    rung: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), primary_key=True)


class PeriodicJobRow(Base):
    """When the worker does something next, and how it went last; whoever has locked the row is doing it."""

    __tablename__ = "periodic_job"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    next_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    last_words: Mapped[str] = mapped_column(Text, server_default="")
    failed: Mapped[bool] = mapped_column(server_default=text("false"))
