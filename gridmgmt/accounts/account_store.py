"""Every statement about accounts, their roles and what they see."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Account, NewAccount, Scope
from gridmgmt.accounts.tables import AccountRoleRow, AccountRow, AccountScopeRow, RoleRow
from gridmgmt.city.model import Level


def insert_account(
    session: Session, wanted: NewAccount, *, person_id: int | None, password_hash: str | None, now: datetime.datetime
) -> int:
    """Store an account; return its id. The name is free, see ``find_account``."""
    values = {
        "name": wanted.name, "shown_name": wanted.shown_name, "password_hash": password_hash, "person_id": person_id,
        "unit_code": wanted.unit_code, "email": wanted.email, "created_at": now, "password_changed_at": now if password_hash else None,
    }  # fmt: skip
    account_id = session.execute(insert(AccountRow).values(values).returning(AccountRow.id)).scalar_one()
    set_roles(session, account_id, wanted.roles)
    set_scope(session, account_id, everything=wanted.everything, areas=wanted.areas, unit_codes=wanted.unit_codes)
    return account_id


def set_roles(session: Session, account_id: int, roles: Collection[str]) -> None:
    """Give an account these roles and no others."""
    session.execute(delete(AccountRoleRow).where(AccountRoleRow.account_id == account_id))
    if roles:
        session.execute(insert(AccountRoleRow), [{"account_id": account_id, "role_code": code} for code in sorted(set(roles))])


def set_scope(
    session: Session, account_id: int, *, everything: bool, areas: Sequence[tuple[Level, str]], unit_codes: Sequence[str]
) -> None:
    """Let an account see this and nothing else."""
    session.execute(delete(AccountScopeRow).where(AccountScopeRow.account_id == account_id))
    rows = [{"kind": "area", "level": level.value, "code": code} for level, code in dict.fromkeys(areas)]
    rows += [{"kind": "unit", "level": "", "code": code} for code in dict.fromkeys(unit_codes)]
    rows += [{"kind": "everything", "level": "", "code": ""}] if everything else []
    if rows:
        session.execute(insert(AccountScopeRow), [{"account_id": account_id, **row} for row in rows])


def change_account(session: Session, account_id: int, **values: Any) -> None:  # noqa: ANN401 - the columns that change
    """Write some columns of an account."""
    session.execute(update(AccountRow).where(AccountRow.id == account_id).values(values))


def find_account(session: Session, name: str) -> Account | None:
    """Return an account by its log-in name, or None."""
    found = _accounts(session, AccountRow.name == name.strip().lower())
    return found[0] if found else None


def get_password_hash(session: Session, account_id: int) -> str | None:
    """Return what is stored of an account's password."""
    return session.scalar(select(AccountRow.password_hash).where(AccountRow.id == account_id))


def list_accounts(session: Session, *, text: str = "", role: str | None = None, limit: int = 1000) -> list[Account]:
    """Return accounts by name; ``text`` is looked for in both names, the unit and the e-mail address."""
    conditions: list[Any] = []
    if text:
        searched = (AccountRow.name, AccountRow.shown_name, AccountRow.unit_code, AccountRow.email)
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in searched)))
    if role:
        conditions.append(AccountRow.id.in_(select(AccountRoleRow.account_id).where(AccountRoleRow.role_code == role)))
    return _accounts(session, *conditions, limit=limit)


def list_with_permission(session: Session, permission: str) -> list[Account]:
    """Return the accounts in use that hold a permission, by name: whom a message may go to."""
    holders = (
        select(AccountRoleRow.account_id)
        .join(RoleRow, RoleRow.code == AccountRoleRow.role_code)
        .where(RoleRow.permissions.contains([permission]))
    )
    return _accounts(session, AccountRow.disabled_at.is_(None), AccountRow.id.in_(holders), limit=None)


def _accounts(session: Session, *conditions: Any, limit: int | None = 1) -> list[Account]:  # noqa: ANN401 - SQL expressions
    statement = select(AccountRow).where(*conditions).order_by(AccountRow.name).limit(limit).execution_options(populate_existing=True)
    rows = session.scalars(statement).all()
    ids = [row.id for row in rows]
    roles: dict[int, list[str]] = {}
    role_rows = select(AccountRoleRow).join(RoleRow, RoleRow.code == AccountRoleRow.role_code).order_by(RoleRow.position)
    for entry in session.scalars(role_rows.where(AccountRoleRow.account_id.in_(ids))):
        roles.setdefault(entry.account_id, []).append(entry.role_code)
    parts: dict[int, list[AccountScopeRow]] = {}
    order = (AccountScopeRow.kind, AccountScopeRow.level, AccountScopeRow.code)
    for part in session.scalars(select(AccountScopeRow).where(AccountScopeRow.account_id.in_(ids)).order_by(*order)):
        parts.setdefault(part.account_id, []).append(part)
    return [_account(row, roles.get(row.id, []), [(p.kind, p.level, p.code) for p in parts.get(row.id, [])]) for row in rows]


def scope_of(name: str, person_id: int | None, unit_code: str | None, parts: Sequence[tuple[str, str, str]]) -> Scope:
    """Return what an account sees: the parts given to it (kind, level, code), its unit's cases, its own as a chief, its own reports."""
    units = {code for kind, _, code in parts if kind == "unit"} | ({unit_code} if unit_code else set())
    return Scope(
        everything=any(kind == "everything" for kind, _, _ in parts),
        areas=tuple((Level(level), code) for kind, level, code in parts if kind == "area"),
        unit_codes=tuple(sorted(units)), person_id=person_id, actor=name,
    )  # fmt: skip


def _account(row: AccountRow, roles: Sequence[str], parts: Sequence[tuple[str, str, str]]) -> Account:
    return Account(
        id=row.id, name=row.name, shown_name=row.shown_name, roles=tuple(roles), person_id=row.person_id, unit_code=row.unit_code,
        scope=scope_of(row.name, row.person_id, row.unit_code, parts), email=row.email, has_password=row.password_hash is not None,
        must_change_password=row.must_change_password, created_at=row.created_at, last_sign_in_at=row.last_sign_in_at,
        disabled_at=row.disabled_at,
    )  # fmt: skip
