"""The names of people as others read them, by log-in name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmgmt.accounts.tables import AccountRow


def shown_names(session: Session, names: Collection[str]) -> dict[str, str]:
    """Return what the accounts with these log-in names are called; names nobody has are left out."""
    rows = session.execute(select(AccountRow.name, AccountRow.shown_name).where(AccountRow.name.in_(sorted(names))))
    return {row.name: row.shown_name for row in rows}
