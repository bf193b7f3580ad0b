"""The names of people as others read them, by log-in name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ARRAY, Text, cast, func, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.tables import AccountRow


def shown_names(session: Session, names: Collection[str]) -> dict[str, str]:
    """Return what the accounts with these log-in names are called; names nobody has are left out."""
    wanted = cast(sorted(names), ARRAY(Text))  # one value however many: one statement that stays prepared
    rows = session.execute(select(AccountRow.name, AccountRow.shown_name).where(AccountRow.name == func.any(wanted)))
    return {row.name: row.shown_name for row in rows}
