"""Every statement about browsers that are signed in: open, find who it is, renew the id, close."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import secrets
from typing import Any

from sqlalchemy import ColumnElement, DateTime, LargeBinary, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from gridmgmt.accounts.account_store import scope_of
from gridmgmt.accounts.model import Principal
from gridmgmt.accounts.tables import AccountRoleRow, AccountRow, AccountScopeRow, RoleRow, SignedInRow

STILL_GOOD = datetime.timedelta(seconds=30)  # how long an id works on after it was made anew
SEEN_EVERY = datetime.timedelta(minutes=1)  # when somebody was last seen is not written more often


@dataclasses.dataclass(frozen=True)
class SignedIn:
    """A browser that is signed in (会话)."""

    id: int
    account_id: int
    signed_in_at: datetime.datetime
    seen_at: datetime.datetime
    expires_at: datetime.datetime
    ip: str | None
    browser: str | None


@dataclasses.dataclass(frozen=True)
class Recognised:
    """Who a request comes from, by the id in its cookie; ``must_rotate``: the id is to be made anew."""

    principal: Principal
    signed_in_id: int
    seen_at: datetime.datetime
    must_rotate: bool


def hash_of(token: str) -> bytes:
    """Return what is stored of an id or a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def open_signed_in(
    session: Session, account_id: int, *, now: datetime.datetime, lasts: datetime.timedelta, ip: str | None, browser: str | None
) -> str:
    """Remember a browser that has just signed in; return the id for its cookie, which is not stored."""
    token = secrets.token_urlsafe(32)
    values = {
        "token_hash": hash_of(token), "account_id": account_id, "signed_in_at": now, "seen_at": now, "expires_at": now + lasts,
        "ip": ip, "browser": browser and browser[:300],
    }  # fmt: skip
    session.execute(insert(SignedInRow).values(values))
    session.execute(update(AccountRow).where(AccountRow.id == account_id).values(last_sign_in_at=now))
    return token


def find_signed_in(session: Session, token: str, *, now: datetime.datetime, idle: datetime.timedelta) -> Recognised | None:
    """Return who has this id: one statement; None for an id that is unknown, expired, idle too long, or of a disabled account."""
    found = session.execute(_recognising(), {"hashed": hash_of(token), "now": now, "seen_since": now - idle}).one_or_none()
    return Recognised(principal_of(found), found.signed_in_id, found.seen_at, found.rotate) if found else None


@functools.cache
def _recognising() -> Select[Any]:
    """Return the statement of ``find_signed_in``, built once: it runs with every request."""
    row, hashed, now = SignedInRow, bindparam("hashed", type_=LargeBinary), bindparam("now", type_=DateTime(timezone=True))
    known = or_(row.token_hash == hashed, and_(row.previous_hash == hashed, row.previous_until > now))
    statement = principal_columns(
        row.id.label("signed_in_id"), row.seen_at, and_(row.must_rotate, row.token_hash == hashed).label("rotate")
    )
    since = bindparam("seen_since", type_=DateTime(timezone=True))
    return statement.join(row, row.account_id == AccountRow.id).where(known, row.expires_at > now, row.seen_at > since)


def mark_seen(session: Session, signed_in_id: int, *, now: datetime.datetime) -> None:
    """Write that somebody is still there."""
    session.execute(update(SignedInRow).where(SignedInRow.id == signed_in_id, SignedInRow.seen_at < now).values(seen_at=now))


def rotate(session: Session, token: str, *, now: datetime.datetime) -> str | None:
    """Make an id anew and return it; None when another request did so meanwhile."""
    fresh, hashed = secrets.token_urlsafe(32), hash_of(token)
    values = {"token_hash": hash_of(fresh), "previous_hash": hashed, "previous_until": now + STILL_GOOD, "must_rotate": False}
    done = session.execute(update(SignedInRow).where(SignedInRow.token_hash == hashed).values(values).returning(SignedInRow.id))
    return fresh if done.scalar_one_or_none() is not None else None


def ask_to_rotate(session: Session, account_id: int) -> None:
    """Let every browser of an account get a new id at its next request: its rights have changed."""
    session.execute(update(SignedInRow).where(SignedInRow.account_id == account_id).values(must_rotate=True))


def list_signed_in(session: Session, account_id: int, *, now: datetime.datetime, idle: datetime.timedelta) -> list[SignedIn]:
    """Return the browsers an account is signed in with, last seen first."""
    row = SignedInRow
    statement = (
        select(row).where(row.account_id == account_id, row.expires_at > now, row.seen_at > now - idle).order_by(row.seen_at.desc(), row.id)
    )
    return [
        SignedIn(each.id, each.account_id, each.signed_in_at, each.seen_at, each.expires_at, each.ip, each.browser)
        for each in session.scalars(statement)
    ]


def close_signed_in(session: Session, token: str) -> None:
    """Sign one browser out."""
    hashed = hash_of(token)
    session.execute(delete(SignedInRow).where(or_(SignedInRow.token_hash == hashed, SignedInRow.previous_hash == hashed)))


def close_everywhere(session: Session, account_id: int, *, but: int | None = None) -> int:
    """Sign an account out of every browser, save one; return how many there were."""
    conditions: list[ColumnElement[bool]] = [SignedInRow.account_id == account_id]
    if but is not None:
        conditions.append(SignedInRow.id != but)
    return len(session.scalars(delete(SignedInRow).where(*conditions).returning(SignedInRow.id)).all())


def close_one(session: Session, account_id: int, signed_in_id: int) -> bool:
    """Sign one browser of an account out; False when it has no such browser."""
    statement = delete(SignedInRow).where(SignedInRow.id == signed_in_id, SignedInRow.account_id == account_id).returning(SignedInRow.id)
    return session.scalars(statement).one_or_none() is not None


def clean_up(session: Session, *, now: datetime.datetime, idle: datetime.timedelta) -> int:
    """Forget browsers whose time is over; return how many."""
    over = or_(SignedInRow.expires_at <= now, SignedInRow.seen_at <= now - idle)
    return len(session.scalars(delete(SignedInRow).where(over).returning(SignedInRow.id)).all())


def principal_columns(*more: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Select what makes a principal of an account in use."""
    account = AccountRow
    roles = (
        select(func.array_agg(aggregate_order_by(RoleRow.code, RoleRow.position)))
        .join(AccountRoleRow, AccountRoleRow.role_code == RoleRow.code)
        .where(AccountRoleRow.account_id == account.id)
    )
    permission = func.unnest(RoleRow.permissions).table_valued("name").render_derived().lateral()
    permissions = (
        select(func.array_agg(permission.c.name.distinct()))
        .select_from(AccountRoleRow)
        .join(RoleRow, RoleRow.code == AccountRoleRow.role_code)
        .join(permission, RoleRow.code == AccountRoleRow.role_code)
        .where(AccountRoleRow.account_id == account.id)
    )
    part = AccountScopeRow
    parts = select(func.json_agg(func.json_build_array(part.kind, part.level, part.code))).where(part.account_id == account.id)
    return select(
        account.id, account.name, account.shown_name, account.person_id, account.unit_code, account.must_change_password,
        roles.scalar_subquery().label("roles"), permissions.scalar_subquery().label("permissions"),
        parts.scalar_subquery().label("parts"), *more,
    ).where(account.disabled_at.is_(None))  # fmt: skip


def principal_of(found: Any) -> Principal:  # noqa: ANN401 - a row of the statement above
    """Return the principal in a row of ``principal_columns``."""
    parts = sorted((kind, level, code) for kind, level, code in found.parts or ())
    return Principal(
        account_id=found.id, name=found.name, shown_name=found.shown_name, roles=tuple(found.roles or ()),
        permissions=frozenset(found.permissions or ()), scope=scope_of(found.name, found.person_id, found.unit_code, parts),
        person_id=found.person_id, unit_code=found.unit_code, must_change_password=found.must_change_password,
    )  # fmt: skip
