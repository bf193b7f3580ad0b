"""Statements about deliveries: take those that are due, note every attempt, give up, try again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import Select, Update, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from gridmgmt.messages.channel_store import channel_of
from gridmgmt.messages.model import Attempt, AttemptState, DeadLetter, Delivery, DeliveryState
from gridmgmt.messages.outbox_store import message_of
from gridmgmt.messages.tables import DeliveryAttemptRow, DeliveryRow, MessageChannelRow, MessageRow

# What is due and in nobody's hands; of a channel no more than it takes in a minute, counting what is on its way.
_DUE = text("""
SELECT id FROM (
    SELECT id, next_at, channel_code, row_number() OVER (PARTITION BY channel_code ORDER BY next_at, id) AS place
    FROM delivery
    WHERE state = 'waiting' AND next_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
) AS due
LEFT JOIN message_channel ON message_channel.code = due.channel_code
WHERE due.channel_code IS NULL OR (message_channel.enabled AND due.place <= message_channel.per_minute - (
    SELECT count(*) FROM delivery_attempt JOIN delivery AS sent ON sent.id = delivery_attempt.delivery_id
    WHERE sent.channel_code = due.channel_code AND (sent.state = 'waiting' OR sent.finished_at > :now - interval '1 minute')
        AND delivery_attempt.at > :now - interval '1 minute'
))
ORDER BY due.next_at, due.id
LIMIT :most
""")


def take_due(session: Session, *, now: datetime.datetime, lease: datetime.timedelta, most: int) -> list[Delivery]:
    """Return deliveries whose time has come, leased to the caller, each with a new attempt noted as started."""
    ids = session.scalars(_DUE, {"now": now, "most": most}).all()
    free = (DeliveryRow.state == "waiting", or_(DeliveryRow.leased_until.is_(None), DeliveryRow.leased_until <= now))
    mine = select(DeliveryRow.id).where(DeliveryRow.id.in_(ids), *free).order_by(DeliveryRow.id).with_for_update(skip_locked=True)
    taken = session.scalars(mine).all()
    if not taken:
        return []
    session.execute(
        update(DeliveryRow).where(DeliveryRow.id.in_(taken)).values(leased_until=now + lease, attempts=DeliveryRow.attempts + 1)
    )
    found = [_delivery(row) for row in session.execute(_deliveries().where(DeliveryRow.id.in_(taken)).order_by(DeliveryRow.id))]
    session.execute(insert(DeliveryAttemptRow), [{"delivery_id": entry.id, "number": entry.attempts, "at": now} for entry in found])
    return found


def note_sent(session: Session, delivery: Delivery, *, at: datetime.datetime, words: str) -> None:
    """Note that a delivery arrived."""
    _note(session, delivery, AttemptState.SENT, words)
    _finish(session, delivery, DeliveryState.SENT, at)


def note_failed(session: Session, delivery: Delivery, *, at: datetime.datetime, words: str, next_at: datetime.datetime | None) -> None:
    """Note that an attempt failed, and when the next one is; None gives up."""
    _note(session, delivery, AttemptState.FAILED, words)
    if next_at is None:
        _finish(session, delivery, DeliveryState.DEAD, at)
        return
    session.execute(_mine(delivery).values(next_at=next_at, leased_until=None))


def list_dead(session: Session, *, before: int | None = None, limit: int = 50) -> list[DeadLetter]:
    """Return the deliveries that were given up, newest first."""
    statement = _deliveries().add_columns(DeliveryRow.finished_at).where(DeliveryRow.state == "dead")
    if before is not None:
        statement = statement.where(DeliveryRow.id < before)
    rows = session.execute(statement.order_by(DeliveryRow.id.desc()).limit(limit)).all()
    return [DeadLetter(_delivery(row), row.finished_at, tuple(list_attempts(session, row[0].id))) for row in rows]


def list_attempts(session: Session, delivery_id: int) -> Sequence[Attempt]:
    """Return every attempt of a delivery in order."""
    statement = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id == delivery_id).order_by(DeliveryAttemptRow.number)
    rows = session.scalars(statement.execution_options(populate_existing=True))
    return [Attempt(row.number, row.at, AttemptState(row.state), row.words) for row in rows]


def retry_dead(session: Session, *, now: datetime.datetime, delivery_id: int | None = None) -> int:
    """Let one delivery that was given up, or all of them, be tried again from the start; return how many."""
    conditions = [DeliveryRow.state == "dead"]
    if delivery_id is not None:
        conditions.append(DeliveryRow.id == delivery_id)
    values = {"state": "waiting", "next_at": now, "leased_until": None, "finished_at": None}
    return len(session.scalars(update(DeliveryRow).where(*conditions).values(values).returning(DeliveryRow.id)).all())


def count_by_state(session: Session) -> dict[DeliveryState, int]:
    """Return how many deliveries wait and how many were given up; what was sent is not counted, there is no end of it."""
    statement = select(DeliveryRow.state, func.count()).where(DeliveryRow.state.in_(["waiting", "dead"])).group_by(DeliveryRow.state)
    return {DeliveryState(state): count for state, count in session.execute(statement)}


def list_deliveries(session: Session, message_id: int) -> list[tuple[Delivery, DeliveryState]]:
    """Return the deliveries of a message with how far they are."""
    rows = session.execute(_deliveries().where(DeliveryRow.message_id == message_id).order_by(DeliveryRow.id))
    return [(_delivery(row), DeliveryState(row[0].state)) for row in rows]


def _deliveries() -> Select[DeliveryRow, MessageRow, MessageChannelRow]:
    statement = select(DeliveryRow, MessageRow, MessageChannelRow).join(MessageRow, MessageRow.id == DeliveryRow.message_id)
    return statement.outerjoin(MessageChannelRow, MessageChannelRow.code == DeliveryRow.channel_code).execution_options(
        populate_existing=True
    )


def _delivery(row: Sequence[object]) -> Delivery:
    delivery, message, channel = row[0], row[1], row[2]
    assert isinstance(delivery, DeliveryRow)  # noqa: S101 - what the statement above selects
    assert isinstance(message, MessageRow)  # noqa: S101
    named = channel_of(channel) if isinstance(channel, MessageChannelRow) else None
    return Delivery(delivery.id, message_of(message), named, delivery.email, delivery.attempts)


def _note(session: Session, delivery: Delivery, state: AttemptState, words: str) -> None:
    attempt = (DeliveryAttemptRow.delivery_id == delivery.id, DeliveryAttemptRow.number == delivery.attempts)
    session.execute(update(DeliveryAttemptRow).where(*attempt).values(state=state.value, words=words))


def _finish(session: Session, delivery: Delivery, state: DeliveryState, at: datetime.datetime) -> None:
    session.execute(_mine(delivery).values(state=state.value, finished_at=at, leased_until=None))


def _mine(delivery: Delivery) -> Update:
    """Change a delivery only while it stands at the attempt that was made: a late outcome does not undo a later one."""
    return update(DeliveryRow).where(
        DeliveryRow.id == delivery.id, DeliveryRow.attempts == delivery.attempts, DeliveryRow.state == "waiting"
    )
