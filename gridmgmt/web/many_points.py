"""Many points in one request: who is responsible for each, by the bulk index, as JSON or Arrow (批量查询归属)."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing

import numpy as np
import numpy.typing as npt
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from gridmgmt import crs
from gridmgmt.errors import InvalidInputError, NotReadyError, OutsideCityError, SourceError
from gridmgmt.responsibility import layer_store
from gridmgmt.responsibility.explain import responsibility_values
from gridmgmt.responsibility.model import Responsibility
from gridmgmt.responsibility.store import resolve_many
from gridmgmt.web.answers import may_ring
from gridmgmt.web.door import door, profile, session, today
from gridmgmt.web.guard import needs
from gridmgmt.web.json_body import Json, json_body, plain_values
from gridmgmt.web.limits import limited
from gridmgmt.web.params import day_of, query, text_of
from gridmgmt.web.uploads import takes

if typing.TYPE_CHECKING:
    from gridmgmt.responsibility.answer_points import SharedIndex

pages = Blueprint("many_points", __name__)

MOST = 100_000
LARGEST = 1e12  # no coordinate of any system is larger
SMALL = 1_000  # so many the database answers as well, when there is no index
LONGEST_BODY = 16 * 1024 * 1024
WAIT_S = 60  # the worker looks every minute whether the index is of today's boundaries
JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"
FIELDS = ("crs", "on", "class", "lon", "lat")
OF_ALL = ("on", "edition")  # the same for every point of a request
Floats = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Asked:
    """What was asked for: positions in the system ``crs``, in the order of the rows."""

    lon: Floats
    lat: Floats
    crs: str
    on: datetime.date
    class_key: str | None


@pages.post("/api/responsibility")
@needs("map.read")
@limited("points")
@takes(LONGEST_BODY)
def post_many() -> ResponseReturnValue:
    """Answer up to 100,000 points in their order; the answers are those of ``GET /api/responsibility`` without words and labels."""
    asked = _asked()
    answers = _answers(asked)
    sent = request.mimetype
    if request.accept_mimetypes.best_match([sent, ARROW if sent == JSON else JSON], default=sent) == ARROW:
        from gridmgmt.web.arrow_points import write_answers  # noqa: PLC0415 - pyarrow is large, and most requests are JSON

        return Response(write_answers(answers, phones=may_ring()), content_type=ARROW)
    return _json_answer(answers, asked.on)


def _asked() -> Asked:
    if request.mimetype == ARROW:
        from gridmgmt.web.arrow_points import read_points  # noqa: PLC0415 - see above

        lon, lat = read_points(request.get_data(), most=MOST)
        values = query()
    elif request.mimetype == JSON:
        body = json_body()
        foreign = sorted(set(body) - set(FIELDS))
        if foreign:
            raise InvalidInputError(foreign[0], f"is none of {', '.join(FIELDS)}", zh=f"不在可用字段之内：{'、'.join(FIELDS)}")
        lon, lat = _numbers(body, "lon"), _numbers(body, "lat")
        values = {**query(), **plain_values(body)}
    else:
        raise InvalidInputError("Content-Type", f"is neither {JSON} nor {ARROW}", zh=f"须为 {JSON} 或 {ARROW}")
    if len(lon) != len(lat):
        raise InvalidInputError("lat", f"{len(lat)} values for {len(lon)} of lon", zh=f"lat 有 {len(lat)} 个值，lon 有 {len(lon)} 个")
    for field, column in (("lon", lon), ("lat", lat)):
        for row in np.flatnonzero(~np.isfinite(column))[:1].tolist():
            raise InvalidInputError(field, f"{column[row]} is not a number", row=row + 1, zh="不是数字")
    return Asked(lon, lat, crs.parse_crs(text_of(values, "crs")), day_of(values), text_of(values, "class") or None)


def _numbers(body: Json, field: str) -> Floats:
    """Return a list of numbers; raise InvalidInputError naming the first row that is none."""
    given = body.get(field)
    if not isinstance(given, list):
        raise InvalidInputError(field, "is not a list of numbers", zh="不是数字列表")
    if len(given) > MOST:
        raise InvalidInputError(field, f"more than {MOST:,} points in one request", row=MOST + 1, zh=f"一次最多查询 {MOST:,} 个点")
    for row, value in enumerate(given, 1):
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
            sent = json.dumps(value, ensure_ascii=False)[:40]
            raise InvalidInputError(field, f"{sent} is not a number", row=row, zh=f"{sent} 不是数字")
    return np.array(given, np.float64)


def _answers(asked: Asked) -> list[Responsibility]:
    """Return the answers of the index; without one of that day those of the database, if they are few."""
    x, y = _in_storage(asked)
    try:
        index = _shared_index().on_day(session(), asked.on)
    except (NotReadyError, SourceError) as error:
        if len(x) > SMALL:
            raise _not_now(asked.on) from error
        keys = [asked.class_key] * len(x)
        return resolve_many(session(), x.tolist(), y.tolist(), on=asked.on, class_keys=keys)
    return index.answer(session(), x, y, class_key=asked.class_key)


def _in_storage(asked: Asked) -> tuple[Floats, Floats]:
    """Return the positions in the storage CRS, snapped; raise OutsideCityError naming the first that lies outside the city's envelope."""
    outside = ~crs.inside_envelope(asked.lon, asked.lat, asked.crs, profile())
    for row in np.flatnonzero(outside)[:1].tolist():
        try:
            crs.to_storage(asked.lon[row], asked.lat[row], asked.crs, profile())
        except OutsideCityError as error:
            raise OutsideCityError("point", error.reason, row=row + 1, zh=error.zh_reason) from error
    return crs.to_storage_arrays(asked.lon, asked.lat, asked.crs, profile().storage_srid)


def _shared_index() -> SharedIndex:
    """Return what this process knows of the index file, which all processes share."""
    from gridmgmt.responsibility import answer_points, city_index  # noqa: PLC0415 - brings numba along, which most processes never need

    folder = (door().settings.var_dir / city_index.FOLDER).absolute()
    shared: SharedIndex = current_app.extensions.setdefault("shared_index", answer_points.SharedIndex(folder))
    return shared


def _not_now(on: datetime.date) -> NotReadyError | InvalidInputError:
    """Return why so many points cannot be answered: the index is being built, or it will never be of that day."""
    if layer_store.fingerprint(session(), on=on) == layer_store.fingerprint(session(), on=today()):
        return NotReadyError(
            f"the bulk index is being built; ask again in a minute, or for at most {SMALL:,} points",
            zh=f"批量索引正在更新，请一分钟后再试，或一次不超过 {SMALL:,} 个点",
            wait_s=WAIT_S,
        )
    return InvalidInputError(
        "on",
        f"boundaries or roads were others on that day: at most {SMALL:,} points",
        zh=f"该日的网格或路段与今日不同，一次最多 {SMALL:,} 个点",
    )


def _json_answer(answers: list[Responsibility], on: datetime.date) -> Response:
    edition = responsibility_values(answers[0])["edition"] if answers else None
    head = {"on": on.isoformat(), "edition": edition, "srid": profile().storage_srid, "count": len(answers)}
    return Response(_json_pieces(head, answers, phones=may_ring()), content_type=JSON)


def _json_pieces(head: Json, answers: list[Responsibility], *, phones: bool) -> typing.Iterator[str]:
    """Yield the answers some at a time: all at once would be some 50 MB."""
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "answers": ['
    for start in range(0, len(answers), SMALL):
        yield (",\n" if start else "") + ",\n".join(_line(answer, phones=phones) for answer in answers[start : start + SMALL])
    yield "]}"


def _line(answer: Responsibility, *, phones: bool) -> str:
    values = responsibility_values(answer)
    for key in OF_ALL:
        del values[key]
    if answer.chief and not phones:
        values["road_chief"]["phone"] = None
    return json.dumps(values, ensure_ascii=False)
