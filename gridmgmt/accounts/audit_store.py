"""Every statement about the audit log (审计日志): appended, never changed."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Principal
from gridmgmt.accounts.tables import AuditRow


@dataclasses.dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log."""

    id: int
    at: datetime.datetime
    actor: str
    ip: str | None
    channel: str | None
    what: str
    about: str | None
    details: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class AuditFilter:
    """Which lines are wanted; ``what`` matches from its start, so that "account" finds "account.add"."""

    actor: str = ""
    what: str = ""
    about: str = ""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


def note(
    session: Session, who: Principal | str, what: str, about: str | None = None, details: Mapping[str, Any] | None = None, *,
    ip: str | None = None, channel: str | None = None,
) -> None:  # fmt: skip
    """Append a line: who (an asker, or a name such as ``worker``) did what to what, from where; in the caller's transaction."""
    account_id, actor = (who.account_id, who.name) if isinstance(who, Principal) else (None, who)
    values = {
        "account_id": account_id, "actor": actor, "ip": ip, "channel": channel, "what": what, "about": about, "details": dict(details or {}),
    }  # fmt: skip
    session.execute(insert(AuditRow).values(values))


def list_entries(session: Session, wanted: AuditFilter, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
    """Return lines, newest first, from the line before ``before`` on."""
    statement = _wanted(wanted).order_by(AuditRow.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditRow.id < before)
    return [_entry(row) for row in session.scalars(statement)]


def stream_entries(session: Session, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Yield all lines, newest first, without holding them."""
    statement = _wanted(wanted).order_by(AuditRow.id.desc()).execution_options(yield_per=1000)
    for row in session.scalars(statement):
        yield _entry(row)
        session.expunge(row)


def _wanted(wanted: AuditFilter) -> Select[AuditRow]:
    row, statement = AuditRow, select(AuditRow)
    if wanted.actor:
        statement = statement.where(row.actor == wanted.actor)
    if wanted.what:
        statement = statement.where(row.what.startswith(wanted.what, autoescape=True))
    if wanted.about:
        statement = statement.where(row.about == wanted.about)
    if wanted.since:
        statement = statement.where(row.at >= wanted.since)
    if wanted.until:
        statement = statement.where(row.at < wanted.until)
    return statement


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.id, row.at, row.actor, row.ip, row.channel, row.what, row.about, row.details)
