"""Tell somebody something (通知): the message is written with what it tells, in one transaction, and delivered by the worker."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.messages import outbox_store
from gridmgmt.messages.model import Audience, Topic


def announce(
    session: Session,
    topic: Topic,
    *,
    to: Sequence[Audience],
    about: str | None,
    zh: str,
    en: str,
    at: datetime.datetime,
    by: str | None = None,
) -> None:
    """Put one message into the outbox: who is in several audiences is told once, who did it (``by``, a log-in name) not at all.

    If the transaction is rolled back nobody is told.
    """
    if to:
        outbox_store.add_message(session, topic, audiences=to, about=about, zh=zh, en=en, at=at, by=by)
