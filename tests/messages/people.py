"""Accounts of the toy city that messages go to."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import NewAccount
from gridmgmt.city.model import Level
from gridmgmt.messages import inbox_store
from tests import toy_city
from tests.cases.loop import NOW

WEST = (Level.STREET_OFFICE, toy_city.WEST)
EAST = (Level.STREET_OFFICE, toy_city.EAST)


def add(
    session: Session, name: str, role: str, *, areas: Sequence[tuple[Level, str]] = (), unit: str | None = None, person: str | None = None,
    everything: bool = False, email: str | None = None,
) -> int:  # fmt: skip
    """Make an account without a password; return its id."""
    wanted = NewAccount(name, name, (role,), everything=everything, areas=tuple(areas), person_code=person, unit_code=unit, email=email)
    return add_account(session, wanted, password=None, now=NOW).id


def inbox(session: Session, account_id: int, *, limit: int = 50) -> list[str]:
    """Return the sentences of an inbox, oldest first."""
    return [line.message.zh for line in reversed(inbox_store.list_inbox(session, account_id, limit=limit))]


def later(**span: float) -> datetime.datetime:
    """Return a moment after NOW."""
    return NOW + datetime.timedelta(**span)
