"""Sign in with a name and a password (登录)."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, failure_store
from gridmgmt.accounts.model import Account
from gridmgmt.accounts.password import hash_password, is_password, needs_new_hash
from gridmgmt.errors import NotSignedInError, TooOftenError


def check_lock(session: Session, name: str, ip: str | None, *, now: datetime.datetime) -> None:
    """Raise TooOftenError while too many sign-ins failed under this name or from this address; the same for names that do not exist."""
    until = failure_store.find_lock(session, failure_store.counted(name, ip), now=now)
    if until is not None:
        raise TooOftenError(max(1, round((until - now).total_seconds())))


def sign_in(session: Session, name: str, password: str, ip: str | None) -> Account:
    """Return the account; raise NotSignedInError with one sentence and in the same time for a wrong name, a wrong password, a disabled account.

    The caller counts the failure in a transaction of its own (``failure_store.count_failure``), since this one is given up.
    """
    account = account_store.find_account(session, name)
    stored = account_store.get_password_hash(session, account.id) if account else None
    if not is_password(stored, password) or account is None or account.disabled_at is not None:
        raise NotSignedInError("name or password is wrong", zh="登录名或密码不正确")
    if stored is not None and needs_new_hash(stored):
        account_store.change_account(session, account.id, password_hash=hash_password(password))
    failure_store.forget_failures(session, failure_store.counted(name, ip))
    return account
