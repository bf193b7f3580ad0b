"""Every statement about API tokens (接口令牌): shown once, stored hashed, some of their owner's permissions, until a day."""

from __future__ import annotations

import dataclasses
import datetime
import secrets
from collections.abc import Collection

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Principal
from gridmgmt.accounts.signed_in_store import hash_of, principal_columns, principal_of
from gridmgmt.accounts.tables import AccountRow, ApiTokenRow

PREFIX = "gmt_"  # so that a token that leaks is known for what it is
USED_EVERY = datetime.timedelta(minutes=1)


@dataclasses.dataclass(frozen=True)
class ApiToken:
    """A token as its owner sees it later: everything but itself."""

    id: int
    account_id: int
    title: str
    permissions: tuple[str, ...]
    created_at: datetime.datetime
    expires_at: datetime.datetime
    used_at: datetime.datetime | None
    revoked_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class TokenUse:
    """Who asks with a token."""

    principal: Principal
    token_id: int
    used_at: datetime.datetime | None


def add_token(
    session: Session, account_id: int, title: str, permissions: Collection[str], *, expires_at: datetime.datetime, now: datetime.datetime
) -> str:
    """Make a token; return it, for the only time."""
    token = PREFIX + secrets.token_urlsafe(32)
    values = {
        "account_id": account_id, "title": title, "token_hash": hash_of(token), "permissions": sorted(permissions), "created_at": now,
        "expires_at": expires_at,
    }  # fmt: skip
    session.execute(insert(ApiTokenRow).values(values))
    return token


def find_token(session: Session, token: str, *, now: datetime.datetime) -> TokenUse | None:
    """Return who asks with a token, with the permissions that both token and owner have; None for one that is unknown, over or revoked."""
    row = ApiTokenRow
    statement = principal_columns(row.id.label("token_id"), row.used_at, row.permissions.label("allowed"))
    statement = statement.join(row, row.account_id == AccountRow.id)
    found = session.execute(statement.where(row.token_hash == hash_of(token), row.expires_at > now, row.revoked_at.is_(None))).one_or_none()
    if found is None:
        return None
    owner = principal_of(found)
    return TokenUse(dataclasses.replace(owner, permissions=owner.permissions & frozenset(found.allowed)), found.token_id, found.used_at)


def mark_used(session: Session, token_id: int, *, now: datetime.datetime) -> None:
    """Write when a token was used."""
    session.execute(update(ApiTokenRow).where(ApiTokenRow.id == token_id).values(used_at=now))


def list_tokens(session: Session, account_id: int) -> list[ApiToken]:
    """Return the tokens of an account, newest first, revoked and expired ones as well."""
    row = ApiTokenRow
    statement = select(row).where(row.account_id == account_id).order_by(row.id.desc()).execution_options(populate_existing=True)
    return [
        ApiToken(
            each.id, each.account_id, each.title, tuple(each.permissions), each.created_at, each.expires_at, each.used_at, each.revoked_at
        )
        for each in session.scalars(statement)
    ]


def revoke_token(session: Session, account_id: int, token_id: int, *, now: datetime.datetime) -> bool:
    """End a token of an account; False when it has no such token, or ended it before."""
    row = ApiTokenRow
    statement = update(row).where(row.id == token_id, row.account_id == account_id, row.revoked_at.is_(None))
    return session.scalars(statement.values(revoked_at=now).returning(row.id)).one_or_none() is not None
