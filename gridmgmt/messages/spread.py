"""Take messages out of the outbox and put them where they are read: inboxes at once, e-mail and webhooks as deliveries."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.messages import channel_store, outbox_store, recipient_store
from gridmgmt.messages.model import Channel, Outgoing, Reader, Topic

BATCH = 200


def spread_messages(session: Session, *, now: datetime.datetime, with_email: bool, most: int = BATCH) -> int:
    """Tell the readers of the oldest messages; return how many messages there were.

    All of it is one transaction that also takes the messages out of the outbox: a worker that dies half-way has told nobody, and the
    next one tells everybody once.
    """
    outgoing = outbox_store.take_outgoing(session, most=most)
    if not outgoing:
        return 0
    channels = channel_store.list_channels(session, enabled_only=True)
    readers = _list_readers(session, outgoing)
    outbox_store.put_into_inboxes(session, ((message_id, reader.account_id) for message_id, reader in readers if reader.in_app))
    outbox_store.add_deliveries(
        session,
        emails=[(message_id, reader.account_id, reader.email) for message_id, reader in readers if reader.email] if with_email else [],
        channels=[(entry.message.id, channel.code) for entry in outgoing for channel in channels if _takes(channel, entry)],
        next_at=now,
    )
    outbox_store.mark_spread(session, [entry.message.id for entry in outgoing], at=now)
    return len(outgoing)


def _list_readers(session: Session, outgoing: Sequence[Outgoing]) -> list[tuple[int, Reader]]:
    """Return who is to know of which message, without the one that did it; whoever is asked for twice is looked up once."""
    accounts_of = functools.cache(functools.partial(recipient_store.find_accounts, session))

    @functools.cache
    def readers_of(account_ids: frozenset[int], topic: Topic) -> list[Reader]:
        return recipient_store.list_readers(session, account_ids, topic)

    return [
        (entry.message.id, reader)
        for entry in outgoing
        for reader in readers_of(frozenset().union(*map(accounts_of, entry.audiences)), entry.message.topic)
        if reader.name != entry.by
    ]


def _takes(channel: Channel, entry: Outgoing) -> bool:
    """Say whether a message goes to a channel: by its topics, and by the unit it speaks to."""
    if channel.topics and entry.message.topic not in channel.topics:
        return False
    return channel.unit_code is None or channel.unit_code in {audience.unit_code for audience in entry.audiences}
