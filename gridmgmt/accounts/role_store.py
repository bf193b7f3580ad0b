"""Every statement about roles."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Role
from gridmgmt.accounts.tables import AccountRoleRow, RoleRow


def list_roles(session: Session) -> list[Role]:
    """Return the roles in their order."""
    statement = select(RoleRow).order_by(RoleRow.position, RoleRow.code).execution_options(populate_existing=True)
    return [_role(row) for row in session.scalars(statement)]


def find_role(session: Session, code: str) -> Role | None:
    """Return a role by its code, or None."""
    row = session.get(RoleRow, code, populate_existing=True)
    return _role(row) if row else None


def permissions_of(session: Session, code: str) -> frozenset[str]:
    """Return the permissions of a role; none where it does not exist."""
    return frozenset(session.scalar(select(RoleRow.permissions).where(RoleRow.code == code)) or ())


def put_roles(session: Session, roles: Iterable[Role]) -> None:
    """Store roles, each over what is stored under its code; new ones stand at the end."""
    last = session.scalar(select(func.coalesce(func.max(RoleRow.position), 0))) or 0
    for position, role in enumerate(roles, last + 1):
        values = {"zh": role.zh, "en": role.en, "permissions": sorted(role.permissions)}
        statement = insert(RoleRow).values(code=role.code, position=position, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))


def count_holders(session: Session, code: str) -> int:
    """Return how many accounts have a role."""
    return session.scalar(select(func.count()).select_from(AccountRoleRow).where(AccountRoleRow.role_code == code)) or 0


def remove_role(session: Session, code: str) -> None:
    """Delete a role that nobody has."""
    session.execute(delete(RoleRow).where(RoleRow.code == code))


def _role(row: RoleRow) -> Role:
    return Role(row.code, row.zh, row.en, frozenset(row.permissions))
