"""Statements about deliveries: take those that are due, lane by lane, note every attempt, give up, try again."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy import BindParameter, ColumnElement, Select, Update, and_, bindparam, exists, func, insert, or_, select, text, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from gridmgmt.messages.channel_store import channel_of
from gridmgmt.messages.model import Attempt, AttemptState, DeadLetter, Delivery, DeliveryState
from gridmgmt.messages.outbox_store import message_of
from gridmgmt.messages.tables import DeliveryAttemptRow, DeliveryRow, MessageChannelRow, MessageRow

MINUTE = datetime.timedelta(minutes=1)
# As literals, not as binds: a generic plan uses a partial index only where it sees the state.
_WAITING, _DEAD = text("delivery.state = 'waiting'"), text("delivery.state = 'dead'")


def list_due_lanes(session: Session, *, now: datetime.datetime) -> list[str | None]:
    """Return where something is due: the codes of channels in use, None for e-mail."""
    channel = MessageChannelRow
    codes = session.scalars(select(channel.code).where(channel.enabled, exists().where(*_due(channel.code, now))).order_by(channel.code))
    lanes: list[str | None] = list(codes)
    return [*lanes, None] if session.scalar(select(exists().where(*_due(None, now)))) else lanes


def take_due(session: Session, lane: str | None, *, now: datetime.datetime, lease: datetime.timedelta, most: int) -> list[Delivery]:
    """Return the oldest deliveries of a channel (None: e-mail) whose time has come, leased to the caller, each with an attempt noted as begun.

    Of a channel no more than it takes in a minute, counting what is on its way; whoever takes from it waits for whoever else does.
    """
    room = most if lane is None else min(most, _room(session, lane, now=now))
    oldest = select(DeliveryRow.id).where(*_due(lane, now)).order_by(DeliveryRow.next_at, DeliveryRow.id).limit(max(room, 0))
    taken = session.scalars(oldest.with_for_update(skip_locked=True)).all()
    if not taken:
        return []
    session.execute(
        update(DeliveryRow).where(DeliveryRow.id.in_(taken)).values(leased_until=now + lease, attempts=DeliveryRow.attempts + 1)
    )
    found = [_delivery(row) for row in session.execute(_deliveries().where(DeliveryRow.id.in_(taken)).order_by(DeliveryRow.id))]
    begun = [{"delivery_id": entry.id, "number": entry.attempts, "channel_code": lane, "at": now} for entry in found]
    session.execute(insert(DeliveryAttemptRow), begun)
    return found


def note_sent(session: Session, sent: Sequence[tuple[Delivery, str]], *, at: datetime.datetime) -> None:
    """Note that deliveries arrived, and in what words the other side said so."""
    if sent:
        values = [{"of": delivery.id, "tried": delivery.attempts, "said": words} for delivery, words in sent]
        attempt = (DeliveryAttemptRow.delivery_id == bindparam("of"), DeliveryAttemptRow.number == bindparam("tried"))
        arrived = update(DeliveryAttemptRow).where(*attempt).values(state=AttemptState.SENT.value, words=bindparam("said"))
        finished = _standing_at(bindparam("of"), bindparam("tried")).values(
            state=DeliveryState.SENT.value, finished_at=at, leased_until=None
        )
        for statement in (arrived, finished):  # as plain statements: the session would take many rows for its own bulk update
            session.connection().execute(statement, values)


def note_failed(session: Session, delivery: Delivery, *, at: datetime.datetime, words: str, next_at: datetime.datetime | None) -> None:
    """Note that an attempt failed, and when the next one is; None gives up."""
    attempt = (DeliveryAttemptRow.delivery_id == delivery.id, DeliveryAttemptRow.number == delivery.attempts)
    session.execute(update(DeliveryAttemptRow).where(*attempt).values(state=AttemptState.FAILED.value, words=words))
    if next_at is None:
        session.execute(_mine(delivery).values(state=DeliveryState.DEAD.value, finished_at=at, leased_until=None))
        return
    session.execute(_mine(delivery).values(next_at=next_at, leased_until=None))


def list_dead(session: Session, *, before: int | None = None, limit: int = 50) -> list[DeadLetter]:
    """Return the deliveries that were given up, newest first."""
    statement = _deliveries().add_columns(DeliveryRow.finished_at).where(_DEAD)
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
    conditions = [and_(_DEAD)]
    if delivery_id is not None:
        conditions.append(DeliveryRow.id == delivery_id)
    values = {"state": "waiting", "next_at": now, "leased_until": None, "finished_at": None}
    return len(session.scalars(update(DeliveryRow).where(*conditions).values(values).returning(DeliveryRow.id)).all())


def count_by_state(session: Session) -> dict[DeliveryState, int]:
    """Return how many deliveries wait and how many were given up; what was sent is not counted, there is no end of it."""
    statement = select(DeliveryRow.state, func.count()).where(or_(_WAITING, _DEAD)).group_by(DeliveryRow.state)
    return {DeliveryState(state): count for state, count in session.execute(statement)}


def _room(session: Session, code: str, *, now: datetime.datetime) -> int:
    """Return how many calls a channel takes at this moment; it is locked, so that two workers do not each use the same room."""
    channel = select(MessageChannelRow.per_minute).where(MessageChannelRow.code == code, MessageChannelRow.enabled)
    per_minute = session.scalar(channel.with_for_update(key_share=True)) or 0
    attempt = DeliveryAttemptRow
    begun = select(func.count()).select_from(attempt).where(attempt.channel_code == code, attempt.at > now - MINUTE)
    return per_minute - (session.scalar(begun) or 0)


def _due(lane: str | InstrumentedAttribute[str] | None, now: datetime.datetime) -> tuple[ColumnElement[bool], ...]:
    """Say what is due in a lane and in nobody's hands."""
    row = DeliveryRow
    free = or_(row.leased_until.is_(None), row.leased_until <= now)
    return row.channel_code == lane, and_(_WAITING), row.next_at <= now, free


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


def _mine(delivery: Delivery) -> Update:
    return _standing_at(delivery.id, delivery.attempts)


def _standing_at(delivery_id: int | BindParameter[int], attempts: int | BindParameter[int]) -> Update:
    """Change a delivery only while it stands at the attempt that was made: a late outcome does not undo a later one.

    The state is a bind on purpose: as a literal it would offer the index of all that waits to a planner that has no figures yet.
    """
    return update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.attempts == attempts, DeliveryRow.state == "waiting")
