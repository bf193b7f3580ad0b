"""Statements about channels and the wishes of accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.messages.model import MAILED, Channel, ChannelKind, Preference, Topic
from gridmgmt.messages.tables import MessageChannelRow, MessagePreferenceRow


def list_channels(session: Session, *, enabled_only: bool = False) -> list[Channel]:
    """Return the channels by code."""
    statement = select(MessageChannelRow).order_by(MessageChannelRow.code).execution_options(populate_existing=True)
    if enabled_only:
        statement = statement.where(MessageChannelRow.enabled)
    return [channel_of(row) for row in session.scalars(statement)]


def put_channel(session: Session, channel: Channel) -> None:
    """Store a channel, or write over what is stored under its code."""
    values = {
        "kind": channel.kind.value, "name": channel.name, "topics": [topic.value for topic in channel.topics],
        "unit_code": channel.unit_code, "per_minute": channel.per_minute, "enabled": channel.enabled,
    }  # fmt: skip
    statement = insert(MessageChannelRow).values(code=channel.code, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=values))


def remove_channel(session: Session, code: str) -> bool:
    """Delete a channel with what waits for it; say whether there was one."""
    statement = delete(MessageChannelRow).where(MessageChannelRow.code == code).returning(MessageChannelRow.code)
    return bool(session.scalars(statement).all())


def list_preferences(session: Session, account_id: int) -> list[Preference]:
    """Return how an account is told of every topic: as it wished, else as everybody is."""
    rows = session.scalars(select(MessagePreferenceRow).where(MessagePreferenceRow.account_id == account_id))
    wished = {Topic(row.topic): Preference(Topic(row.topic), row.in_app, row.by_email) for row in rows}
    return [wished.get(topic) or Preference(topic, in_app=True, by_email=topic in MAILED) for topic in Topic]


def put_preferences(session: Session, account_id: int, wishes: Mapping[Topic, tuple[bool, bool]]) -> None:
    """Store how an account wants to be told: topic → (in the inbox, by e-mail)."""
    for topic, (in_app, by_email) in wishes.items():
        values = {"in_app": in_app, "by_email": by_email}
        statement = insert(MessagePreferenceRow).values(account_id=account_id, topic=topic.value, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["account_id", "topic"], set_=values))


def channel_of(row: MessageChannelRow) -> Channel:
    """Return a row as the plain value that leaves the store."""
    topics: Sequence[Topic] = [Topic(topic) for topic in row.topics]
    return Channel(row.code, ChannelKind(row.kind), row.name, tuple(topics), row.unit_code, row.per_minute, row.enabled)
