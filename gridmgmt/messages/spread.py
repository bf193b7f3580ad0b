"""Take messages out of the outbox and put them where they are read: inboxes at once, e-mail and webhooks as deliveries."""

from __future__ import annotations

import datetime
import functools

from sqlalchemy.orm import Session

from gridmgmt.messages import channel_store, outbox_store, recipient_store
from gridmgmt.messages.model import Channel, Outgoing

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
    accounts_of = functools.cache(functools.partial(recipient_store.find_accounts, session))
    for entry in outgoing:
        account_ids = frozenset().union(*(accounts_of(audience) for audience in entry.audiences))
        readers = recipient_store.list_readers(session, account_ids, entry.message.topic, except_name=entry.by)
        outbox_store.put_into_inboxes(session, entry.message.id, (reader.account_id for reader in readers if reader.in_app))
        emails = [(reader.account_id, reader.email) for reader in readers if reader.email] if with_email else []
        codes = [channel.code for channel in channels if _takes(channel, entry)]
        outbox_store.add_deliveries(session, entry.message.id, emails=emails, channel_codes=codes, next_at=now)
    outbox_store.mark_spread(session, [entry.message.id for entry in outgoing], at=now)
    return len(outgoing)


def _takes(channel: Channel, entry: Outgoing) -> bool:
    """Say whether a message goes to a channel: by its topics, and by the unit it speaks to."""
    if channel.topics and entry.message.topic not in channel.topics:
        return False
    return channel.unit_code is None or channel.unit_code in {audience.unit_code for audience in entry.audiences}
