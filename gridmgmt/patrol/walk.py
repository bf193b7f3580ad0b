"""Walk (巡查): start, send positions, end; every message may arrive twice, late, or in another order."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile
from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from gridmgmt.patrol import place_store, store
from gridmgmt.patrol.model import Patrol, PatrolRules, TrackPoint
from gridmgmt.patrol.track import draw_track

CLOCK_SKEW = datetime.timedelta(minutes=10)  # a phone's clock may be wrong by that much
LONGEST_BATCH = 2000
LONGEST_KEY = 64


def start_patrol(
    session: Session, key: str, *, person_id: int, account: str, started_at: datetime.datetime, now: datetime.datetime, on: datetime.date
) -> Patrol:  # fmt: skip
    """Begin a patrol under the phone's own key; the same key begins once, and whatever the person was still on ends first.

    Raises InvalidInputError for a time to come or a key that is none, ConflictError for somebody else's key.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInputError("key", f"is not 1 to {LONGEST_KEY} characters", zh=f"应为 1 至 {LONGEST_KEY} 个字符")
    _check_time(started_at, now)
    store.lock_person(session, person_id)  # two phones that start at once: the second ends the walk of the first
    known = store.lock_patrol(session, key)
    if known is None:
        before = store.lock_open_patrol(session, person_id)
        if before is not None:
            store.end_patrol(session, before.id, max(_last_heard(session, before), before.started_at))
        place = place_store.find_duty_place(session, person_id, on=on)
        store.add_patrol(session, key, person_id=person_id, account=account, started_at=started_at, place=place)
    elif known.person_id != person_id:
        raise ConflictError("this key belongs to another patrol", zh="巡查标识已被占用")
    return _own(session, key, person_id)


def add_points(
    session: Session, key: str, seq: int, points: Sequence[TrackPoint], *, person_id: int, profile: CityProfile, rules: PatrolRules,
    now: datetime.datetime,
) -> tuple[Patrol, bool]:  # fmt: skip
    """Append a batch of positions and draw the track anew; return the patrol and whether the batch was new.

    A batch that comes after the end is taken too: nothing walked is lost. Raises InvalidInputError for positions that are none.
    """
    if seq < 0 or not 0 < len(points) <= LONGEST_BATCH:
        raise InvalidInputError("points", f"a batch holds 1 to {LONGEST_BATCH} positions", zh=f"每批应为 1 至 {LONGEST_BATCH} 个点")
    for point in points:
        _check_point(point, now)
    patrol = _own(session, key, person_id)
    if not store.add_batch(session, patrol.id, seq, points):
        return patrol, False
    received = store.list_points(session, patrol.id)
    store.save_track(session, patrol.id, draw_track(received, rules, profile), points=len(received))
    return _own(session, key, person_id), True


def end_patrol(session: Session, key: str, *, person_id: int, ended_at: datetime.datetime, now: datetime.datetime) -> Patrol:
    """End a patrol; ending it again changes nothing."""
    patrol = _own(session, key, person_id)
    _check_time(ended_at, now)
    store.end_patrol(session, patrol.id, max(ended_at, patrol.started_at))
    return _own(session, key, person_id)


def _own(session: Session, key: str, person_id: int) -> Patrol:
    """Return the patrol with a key; somebody else's is as if it did not exist."""
    patrol = store.lock_patrol(session, key)
    if patrol is None or patrol.person_id != person_id:
        raise NotFoundError("there is no such patrol", zh="没有该巡查记录")
    return patrol


def _last_heard(session: Session, patrol: Patrol) -> datetime.datetime:
    return max((point.at for point in store.list_points(session, patrol.id)), default=patrol.started_at)


def _check_time(moment: datetime.datetime, now: datetime.datetime) -> None:
    if moment > now + CLOCK_SKEW:
        raise InvalidInputError("at", f"{moment} is yet to come", zh="时间晚于当前时间，请核对手机时钟")


def _check_point(point: TrackPoint, now: datetime.datetime) -> None:
    _check_time(point.at, now)
    degrees = math.isfinite(point.lon) and math.isfinite(point.lat) and abs(point.lon) <= 180 and abs(point.lat) <= 90  # noqa: PLR2004
    if not degrees or (point.accuracy_m is not None and not (math.isfinite(point.accuracy_m) and point.accuracy_m >= 0)):
        raise InvalidInputError("points", f"{point.lon}, {point.lat} is no position", zh=f"{point.lon}, {point.lat} 不是有效位置")
