"""Statements of the outbox: write a message, take those nobody was told of yet, put them where they are read."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from gridmgmt.messages.model import Audience, Message, Outgoing, Topic
from gridmgmt.messages.tables import DeliveryRow, InboxRow, MessageRow


def add_message(
    session: Session,
    topic: Topic,
    *,
    audiences: Sequence[Audience],
    about: str | None,
    zh: str,
    en: str,
    at: datetime.datetime,
    by: str | None,
) -> None:
    """Write one message."""
    kept = [audience.as_json() for audience in audiences]
    values = {"topic": topic.value, "about": about, "zh": zh, "en": en, "audiences": kept, "by": by, "created_at": at}
    session.execute(insert(MessageRow).values(values))


def take_outgoing(session: Session, *, most: int) -> list[Outgoing]:
    """Return the oldest messages of the outbox, locked until the transaction ends; what another worker has in hand is passed over."""
    statement = select(MessageRow).where(MessageRow.spread_at.is_(None)).order_by(MessageRow.id).limit(most)
    rows = session.scalars(statement.with_for_update(skip_locked=True).execution_options(populate_existing=True))
    return [Outgoing(message_of(row), tuple(map(Audience.from_json, row.audiences)), row.by) for row in rows]


def count_outgoing(session: Session) -> int:
    """Return how many messages nobody was told of yet."""
    return session.scalar(select(func.count()).select_from(MessageRow).where(MessageRow.spread_at.is_(None))) or 0


def put_into_inboxes(session: Session, lines: Iterable[tuple[int, int]]) -> None:
    """Put messages into inboxes (message, account); where one lies already nothing changes."""
    rows = [{"message_id": message_id, "account_id": account_id} for message_id, account_id in lines]
    if rows:
        session.execute(postgresql.insert(InboxRow).on_conflict_do_nothing(), rows)


def add_deliveries(
    session: Session, *, emails: Iterable[tuple[int, int, str]], channels: Iterable[tuple[int, str]], next_at: datetime.datetime
) -> None:
    """Plan to send messages to addresses (message, account, address) and channels (message, code), each once."""
    rows = [
        {"message_id": message_id, "target": f"email:{account_id}", "email": address, "channel_code": None, "next_at": next_at}
        for message_id, account_id, address in emails
    ]
    rows += [
        {"message_id": message_id, "target": f"channel:{code}", "email": None, "channel_code": code, "next_at": next_at}
        for message_id, code in channels
    ]
    if rows:
        session.execute(postgresql.insert(DeliveryRow).on_conflict_do_nothing(), rows)


def mark_spread(session: Session, message_ids: Sequence[int], *, at: datetime.datetime) -> None:
    """Take messages out of the outbox."""
    session.execute(update(MessageRow).where(MessageRow.id.in_(message_ids)).values(spread_at=at))


def forget_messages(session: Session, *, before: datetime.datetime, most: int) -> int:
    """Delete the oldest messages written before an instant, with inbox lines and deliveries; return how many there were."""
    oldest = select(MessageRow.id, MessageRow.created_at, MessageRow.spread_at).order_by(MessageRow.id).limit(most).subquery()
    wanted = select(oldest.c.id).where(oldest.c.created_at < before, oldest.c.spread_at.is_not(None))
    return len(session.scalars(delete(MessageRow).where(MessageRow.id.in_(wanted)).returning(MessageRow.id)).all())


def message_of(row: MessageRow) -> Message:
    """Return a row as the plain value that leaves the store."""
    return Message(row.id, Topic(row.topic), row.about, row.zh, row.en, row.created_at)
