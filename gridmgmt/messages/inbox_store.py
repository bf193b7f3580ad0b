"""Statements about inboxes; whoever reads names the account, so nobody reads another's."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gridmgmt.messages.model import InboxLine, Topic
from gridmgmt.messages.outbox_store import message_of
from gridmgmt.messages.tables import InboxRow, MessageRow

MOST_COUNTED = 100


def list_inbox(
    session: Session, account_id: int, *, unread_only: bool = False, topic: Topic | None = None, before: int | None = None, limit: int = 50
) -> Sequence[InboxLine]:
    """Return an account's messages, newest first, those before a message's id where asked."""
    statement = select(MessageRow, InboxRow.read_at).join(InboxRow, InboxRow.message_id == MessageRow.id)
    statement = statement.where(InboxRow.account_id == account_id)
    if unread_only:
        statement = statement.where(InboxRow.read_at.is_(None))
    if topic is not None:
        statement = statement.where(MessageRow.topic == topic.value)
    if before is not None:
        statement = statement.where(InboxRow.message_id < before)
    rows = session.execute(statement.order_by(InboxRow.message_id.desc()).limit(limit))
    return [InboxLine(message_of(row[0]), row[1]) for row in rows]


def find_line(session: Session, account_id: int, message_id: int) -> InboxLine | None:
    """Return one message of an account, or None: also where it is another's."""
    statement = select(MessageRow, InboxRow.read_at).join(InboxRow, InboxRow.message_id == MessageRow.id)
    row = session.execute(statement.where(InboxRow.account_id == account_id, InboxRow.message_id == message_id)).one_or_none()
    return InboxLine(message_of(row[0]), row[1]) if row else None


def count_unread(session: Session, account_id: int) -> int:
    """Return how many messages an account has not read; counting stops at 100."""
    unread = select(InboxRow.message_id).where(InboxRow.account_id == account_id, InboxRow.read_at.is_(None)).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def mark_read(session: Session, account_id: int, *, at: datetime.datetime, message_id: int | None = None, up_to: int | None = None) -> int:
    """Mark one message of an account as read, or all up to one; return how many were unread."""
    conditions = [InboxRow.account_id == account_id, InboxRow.read_at.is_(None)]
    if message_id is not None:
        conditions.append(InboxRow.message_id == message_id)
    if up_to is not None:
        conditions.append(InboxRow.message_id <= up_to)
    statement = update(InboxRow).where(*conditions).values(read_at=at).returning(InboxRow.message_id)
    return len(session.scalars(statement).all())
