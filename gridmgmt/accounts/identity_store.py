"""Every statement about who an account is at an identity provider (统一身份认证)."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.tables import AccountIdentityRow, AccountRow


def find_name(session: Session, issuer: str, subject: str) -> str | None:
    """Return the log-in name of the account in use with a subject of an issuer, or None."""
    row = AccountIdentityRow
    statement = select(AccountRow.name).join(row, row.account_id == AccountRow.id)
    return session.scalar(statement.where(row.issuer == issuer, row.subject == subject, AccountRow.disabled_at.is_(None)))


def link(session: Session, account_id: int, issuer: str, subject: str) -> bool:
    """Link an account to a subject; False when the subject is linked to another account already."""
    values = {"issuer": issuer, "subject": subject, "account_id": account_id}
    session.execute(insert(AccountIdentityRow).values(values).on_conflict_do_nothing())
    return session.get_one(AccountIdentityRow, (issuer, subject), populate_existing=True).account_id == account_id


def list_subjects(session: Session, account_id: int) -> list[tuple[str, str]]:
    """Return issuer and subject of every link of an account, in order."""
    row = AccountIdentityRow
    statement = select(row.issuer, row.subject).where(row.account_id == account_id).order_by(row.issuer, row.subject)
    return [(issuer, subject) for issuer, subject in session.execute(statement)]


def unlink(session: Session, account_id: int) -> int:
    """Take every link of an account away; return how many."""
    row = AccountIdentityRow
    return len(session.scalars(delete(row).where(row.account_id == account_id).returning(row.subject)).all())
