"""What a program sent as JSON, read with the same care as a form."""

from __future__ import annotations

import datetime
from typing import Any

from flask import request

from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.cases.photos_given import photos_given
from gridmgmt.errors import InvalidInputError
from gridmgmt.photos.model import PhotoRole

Json = dict[str, Any]


def json_body() -> Json:
    """Return the object that was sent; raise InvalidInputError for anything else."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidInputError("body", "is not a JSON object", zh="请求内容不是 JSON 对象")
    return body


def plain_values(body: Json) -> dict[str, str]:
    """Return the texts and numbers of a body as a form would hold them; what is missing or null is left out."""
    return {key: str(value) for key, value in body.items() if isinstance(value, str | int | float) and not isinstance(value, bool)}


def time_of(body: Json, field: str) -> datetime.datetime | None:
    """Return a time with its zone, None where it is missing."""
    given = body.get(field)
    if given is None:
        return None
    try:
        time = datetime.datetime.fromisoformat(given)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            field, "is not a time such as 2026-12-01T18:00+08:00", zh="不是时间（例：2026-12-01T18:00+08:00）"
        ) from error
    if time.tzinfo is None:
        raise InvalidInputError(field, "has no time zone", zh="时间缺少时区")
    return time


def photos_of(body: Json) -> list[GivenPhoto]:
    """Return the photos named in a body; a bare name is a near view."""
    given = body.get("photos") or []
    if isinstance(given, list):
        given = [{"photo": entry, "role": PhotoRole.NEAR.value} if isinstance(entry, str) else entry for entry in given]
    return photos_given({"photos": given})
