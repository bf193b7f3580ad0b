"""Statements about who is to know: the accounts an audience means, and how each wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.tables import AccountRoleRow, AccountRow, AccountScopeRow, RoleRow
from gridmgmt.city.model import Level
from gridmgmt.messages.model import MAILED, Audience, Reader, Topic
from gridmgmt.messages.tables import MessagePreferenceRow


def find_accounts(session: Session, audience: Audience) -> frozenset[int]:
    """Return the accounts in use that an audience means; one that names nothing means nobody."""
    conditions = _conditions(audience)
    if not conditions:
        return frozenset()
    return frozenset(session.scalars(select(AccountRow.id).where(AccountRow.disabled_at.is_(None), *conditions)))


def list_readers(session: Session, account_ids: Collection[int], topic: Topic) -> list[Reader]:
    """Return how each of these accounts wants to be told of a topic."""
    wish = MessagePreferenceRow
    statement = (
        select(AccountRow.id, AccountRow.name, AccountRow.email, wish.in_app, wish.by_email)
        .outerjoin(wish, and_(wish.account_id == AccountRow.id, wish.topic == topic.value))
        .where(AccountRow.id.in_(account_ids))
        .order_by(AccountRow.id)
    )
    return [
        Reader(
            row.id,
            row.name,
            row.in_app is not False,
            row.email if (row.by_email if row.by_email is not None else topic in MAILED) else None,
        )
        for row in session.execute(statement)
    ]


def _conditions(audience: Audience) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if audience.account is not None:
        conditions.append(AccountRow.name == audience.account)
    if audience.unit_code is not None:
        conditions.append(AccountRow.unit_code == audience.unit_code)
    if audience.person_id is not None:
        conditions.append(AccountRow.person_id == audience.person_id)
    if audience.permission is not None:
        conditions.append(_may(audience.permission))
    return [*conditions, _sees(audience.areas)] if conditions and audience.areas is not None else conditions


def _may(permission: str) -> ColumnElement[bool]:
    role = select(AccountRoleRow).join(RoleRow, RoleRow.code == AccountRoleRow.role_code)
    return exists(role.where(AccountRoleRow.account_id == AccountRow.id, RoleRow.permissions.contains([permission])))


def _sees(areas: Sequence[tuple[Level, str]]) -> ColumnElement[bool]:
    part = AccountScopeRow
    named = [and_(part.kind == "area", part.level == level.value, part.code == code) for level, code in areas]
    return exists(select(part).where(part.account_id == AccountRow.id, or_(part.kind == "everything", *named)))
