"""Roles, accounts, what they see, sessions, tokens, limits on trying, and the audit log."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, Identity, Index, Integer, LargeBinary, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridmgmt.db import Base
from gridmgmt.roads import tables as _roads_tables  # noqa: F401 - a foreign key below names its table

UNLOGGED = {"prefixes": ["UNLOGGED"]}  # quick to write; empty after a crash, which forgives


class RoleRow(Base):
    """A role; ``position`` is its place in lists."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    zh: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))


class AccountRow(Base):
    """An account; ``unit_code`` names a handling unit, which belongs to a room above."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("name = lower(name) AND name <> ''", name="name"),
        Index("ix_account_unit_code", "unit_code"),
        Index("ix_account_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    shown_name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_changed_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    unit_code: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    last_sign_in_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    disabled_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class AccountRoleRow(Base):
    """A role an account has."""

    __tablename__ = "account_role"
    __table_args__ = (Index("ix_account_role_role_code", "role_code"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"), primary_key=True)


class AccountScopeRow(Base):
    """A part of the city an account sees: an area (level and code), the cases of a unit (code), or everything."""

    __tablename__ = "account_scope"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'area' AND level <> '' AND code <> '') OR (kind = 'unit' AND level = '' AND code <> '')"
            " OR (kind = 'everything' AND level = '' AND code = '')",
            name="kind",
        ),
        Index("ix_account_scope_kind_level_code", "kind", "level", "code"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    level: Mapped[str] = mapped_column(Text, primary_key=True, server_default="")
    code: Mapped[str] = mapped_column(Text, primary_key=True, server_default="")


class AccountIdentityRow(Base):
    """Who an account is at an identity provider: the verified subject of an issuer."""

    __tablename__ = "account_identity"
    __table_args__ = (Index("ix_account_identity_account_id", "account_id"),)

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))


class SignedInRow(Base):
    """A browser that is signed in; ``token_hash`` is of the id in its cookie.

    After a change of rights the id is made anew at the next request (``must_rotate``); for a moment the id before is still good, for
    requests that were on their way.
    """

    __tablename__ = "signed_in"
    __table_args__ = (
        Index("ix_signed_in_account_id", "account_id"),
        Index("ix_signed_in_previous_hash", "previous_hash"),
        Index("ix_signed_in_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_until: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    must_rotate: Mapped[bool] = mapped_column(server_default=text("false"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    signed_in_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    seen_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    ip: Mapped[str | None] = mapped_column(Text)
    browser: Mapped[str | None] = mapped_column(Text)


class ApiTokenRow(Base):
    """A token of a person for programs: some of its permissions, until a day."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class SignInFailureRow(Base):
    """How often signing in failed of late, by name, by address and by both; the same whether the name exists or not."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_failed_at", "failed_at"), UNLOGGED)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    failed_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    locked_until: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))


class RateRow(Base):
    """When the next request of a kind from an address would be on time, were they evenly spaced; shared by all workers."""

    __tablename__ = "request_rate"
    __table_args__ = (Index("ix_request_rate_due_at", "due_at"), UNLOGGED)

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    due_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))


class AuditRow(Base):
    """One line of the audit log; a trigger refuses every update and delete."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_actor_id", "actor", "id"),
        Index("ix_audit_log_what_id", "what", "id"),
        Index("ix_audit_log_about_id", "about", "id"),
        Index("ix_audit_log_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    account_id: Mapped[int | None] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str | None] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    about: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
