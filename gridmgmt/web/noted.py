"""Notes in the audit log of what somebody did on a page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from sqlalchemy.orm import Session

from gridmgmt.accounts import change_account
from gridmgmt.accounts.change_account import By
from gridmgmt.web.asker import principal
from gridmgmt.web.door import transaction


def by() -> By:
    """Return who changes something."""
    return By(principal(), request.remote_addr, "page")


def note(opened: Session, what: str, about: str | None = None, details: Mapping[str, object] | None = None) -> None:
    """Note what the asker does, in the transaction that does it."""
    change_account.note(opened, by(), what, about, details)


def note_export(what: str) -> None:
    """Note that the asker takes a list away, and what was asked for; in a transaction of its own, for nothing else is written."""
    with transaction() as opened:
        note(opened, what, request.path, {key: request.args.getlist(key) for key in request.args})
