"""A patrol as the phone sends it: start, positions in batches, end; each may come twice, late, or after the end."""

from __future__ import annotations

import datetime
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridmgmt.errors import InvalidInputError, NotAllowedError
from gridmgmt.patrol import store, walk
from gridmgmt.patrol.model import Patrol, TrackPoint
from gridmgmt.web.door import now, profile, today, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.json_body import Json, json_body, time_of

pages = Blueprint("patrol_api", __name__, url_prefix="/api/patrols")

FIELDS = 4  # of one position: milliseconds since 1970, longitude, latitude, accuracy in metres or null


def own_person() -> int:
    """Return the person who asks; raise NotAllowedError for an account that is nobody of the road-chief system."""
    person_id = principal().person_id
    if person_id is None:
        raise NotAllowedError("this account is not linked to a person with a post", zh="该账号未关联路长制人员")
    return person_id


@pages.post("")
@needs("patrol.write")
def post_start() -> ResponseReturnValue:
    """Begin a patrol under the phone's key."""
    body = json_body()
    with transaction() as opened:
        patrol = walk.start_patrol(
            opened, str(body.get("key") or ""), person_id=own_person(), account=principal().name, started_at=_moment(body, "started_at"),
            now=now(), on=today(),
        )  # fmt: skip
    return _answer(patrol), 201


@pages.post("/<key>/points")
@needs("patrol.write")
def post_points(key: str) -> ResponseReturnValue:
    """Take a batch of positions in WGS 84."""
    body = json_body()
    points, seq = _points(body.get("points")), body.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool):
        raise InvalidInputError("seq", "is not a whole number", zh="批次号不是整数")
    with transaction() as opened:
        rules = store.find_rules(opened, on=today())
        patrol, new = walk.add_points(
            opened, key, seq, points, person_id=own_person(), profile=profile(), rules=rules, now=now()
        )  # fmt: skip
    return _answer(patrol) | {"repeated": not new}


@pages.post("/<key>/end")
@needs("patrol.write")
def post_end(key: str) -> ResponseReturnValue:
    """End a patrol."""
    body = json_body()
    with transaction() as opened:
        patrol = walk.end_patrol(opened, key, person_id=own_person(), ended_at=_moment(body, "ended_at"), now=now())
    return _answer(patrol)


def _answer(patrol: Patrol) -> Json:
    return {
        "key": patrol.key, "url": f"/road-chief/patrols/{patrol.id}", "length_m": round(patrol.length_m, 1), "points": patrol.point_count,
        "ended": patrol.ended_at is not None,
    }  # fmt: skip


def _moment(body: Json, field: str) -> datetime.datetime:
    moment = time_of(body, field)
    if moment is None:
        raise InvalidInputError(field, "is missing", zh="缺少时间")
    return moment


def _points(given: Any) -> list[TrackPoint]:  # noqa: ANN401 - whatever was sent
    if not isinstance(given, list):
        raise InvalidInputError("points", "is not a list", zh="不是列表")
    return [_point(entry) for entry in given]


def _point(entry: Any) -> TrackPoint:  # noqa: ANN401 - whatever was sent
    numbers = isinstance(entry, list) and len(entry) == FIELDS and all(_number(value) for value in entry[:3])
    if not numbers or not (entry[3] is None or _number(entry[3])):
        raise InvalidInputError("points", "an entry is not [milliseconds, longitude, latitude, accuracy]", zh="轨迹点格式有误")
    milliseconds, lon, lat, accuracy = entry
    try:
        at = datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        raise InvalidInputError("points", f"{milliseconds} is not a time", zh="轨迹点时间有误") from None
    return TrackPoint(at, float(lon), float(lat), None if accuracy is None else float(accuracy))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
