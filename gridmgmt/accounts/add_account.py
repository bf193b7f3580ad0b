"""Make an account (开户)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection

from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, role_store
from gridmgmt.accounts.model import Account, NewAccount
from gridmgmt.accounts.password import check_password, hash_password
from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.roads import chief_store

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
RESERVED = frozenset(
    {"system", "public", "operator", "worker", "reporter", "import", "demo", "new", "export.csv"}
)  # actors that are no accounts
PUBLIC_ROLE = "public"


def add_account(
    session: Session, wanted: NewAccount, *, password: str | None, now: datetime.datetime, is_generated: bool = False
) -> Account:
    """Store an account; without a password it can only be used through an identity provider.

    A ``is_generated`` password is not asked for strength and has to be changed at the first sign-in only if the caller says so. Raises
    InvalidInputError naming the field, ConflictError when the name is taken.
    """
    if not NAME.fullmatch(wanted.name) or wanted.name in RESERVED:
        raise InvalidInputError(
            "name", f"{wanted.name!r} is no log-in name: a-z, 0-9, dot, dash; 2 to 64", zh="登录名须为 2 至 64 位小写字母、数字、点或短横"
        )
    if not wanted.shown_name.strip():
        raise InvalidInputError("shown_name", "is missing", zh="缺少姓名")
    check_roles(session, wanted.roles)
    if password is not None and not is_generated:
        check_password(password, name=wanted.name)
    if account_store.find_account(session, wanted.name) is not None:
        raise ConflictError(f"there is an account {wanted.name} already", zh=f"登录名 {wanted.name} 已被使用")
    person_id = find_person_id(session, wanted.person_code)
    password_hash = hash_password(password) if password is not None else None
    account_store.insert_account(session, wanted, person_id=person_id, password_hash=password_hash, now=now)
    made = account_store.find_account(session, wanted.name)
    if made is None:
        raise ConflictError(f"the account {wanted.name} is gone", zh=f"账号 {wanted.name} 不存在")
    return made


def check_roles(session: Session, roles: Collection[str]) -> None:
    """Raise InvalidInputError unless all of these are roles for people who sign in."""
    known = {role.code for role in role_store.list_roles(session)} - {PUBLIC_ROLE}
    unknown = sorted(set(roles) - known)
    if unknown:
        raise InvalidInputError("role", f"{', '.join(unknown)}: no such role", zh=f"没有角色 {'、'.join(unknown)}")


def find_person_id(session: Session, person_code: str | None) -> int | None:
    """Return the id of a person on the roster by staff number; raise InvalidInputError for one that is not there."""
    if not person_code:
        return None
    person = chief_store.find_person(session, person_code)
    if person is None:
        raise InvalidInputError("person", f"there is nobody with the number {person_code}", zh=f"没有编号为 {person_code} 的人员")
    return person.id
