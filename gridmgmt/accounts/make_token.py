"""Make and end API tokens (接口令牌)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.accounts import role_store, token_store
from gridmgmt.accounts.change_account import By, note
from gridmgmt.accounts.model import Account
from gridmgmt.errors import InvalidInputError

LONGEST_DAYS = 366
NEVER = frozenset({"account.manage", "token.own"})  # a token that leaks must not make accounts or further tokens


def grantable(session: Session, account: Account) -> list[str]:
    """Return what a token of an account may be allowed."""
    held = {permission for code in account.roles for permission in role_store.permissions_of(session, code)}
    return sorted(held - NEVER)


def make_token(
    session: Session, account: Account, title: str, permissions: Sequence[str], *, days: int, now: datetime.datetime, by: By
) -> str:
    """Return a new token, for the only time; raise InvalidInputError for a permission the account lacks or no token may have."""
    if not title.strip():
        raise InvalidInputError("title", "say what the token is for", zh="请填写令牌用途")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInputError("days", f"a token holds 1 to {LONGEST_DAYS} days", zh=f"有效期须为 1 至 {LONGEST_DAYS} 天")
    refused = sorted(set(permissions) - set(grantable(session, account)))
    if refused or not permissions:
        named = ", ".join(refused) or "none"
        raise InvalidInputError("permissions", f"{named}: not to be given to a token", zh=f"令牌不能有以下权限：{named}")
    expires_at = now + datetime.timedelta(days=days)
    token = token_store.add_token(session, account.id, title.strip(), permissions, expires_at=expires_at, now=now)
    note(session, by, "token.add", account.name, {"title": title.strip(), "permissions": sorted(permissions), "days": days})
    return token


def revoke(session: Session, account: Account, token_id: int, *, now: datetime.datetime, by: By) -> bool:
    """End a token of an account; False when it has no such token in use."""
    done = token_store.revoke_token(session, account.id, token_id, now=now)
    if done:
        note(session, by, "token.revoke", account.name, {"id": token_id})
    return done
