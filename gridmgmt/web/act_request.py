"""What an act on a case asks for, read from JSON or from a form."""

from __future__ import annotations

import dataclasses
import datetime
import zoneinfo
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from gridmgmt.cases.demands import LONGEST_REASON
from gridmgmt.cases.model import CaseAction
from gridmgmt.errors import InvalidInputError
from gridmgmt.web.params import choice_of, text_of

LONGEST_POSITION = 100
OF_THEIR_OWN = {"part_note", "part_class", "class", "photos", "into_other"}  # fields that are read together with others


@dataclasses.dataclass(frozen=True)
class Act:
    """One act as it was asked for; ``position`` is where the actor stood, in words."""

    action: CaseAction
    reason: str | None = None
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    expected_version: int | None = None
    client_request_id: str | None = None
    position: str | None = None


def act_of_json(given: Mapping[str, Any]) -> Act:
    """Return the act of a JSON object; raise InvalidInputError for what cannot be read."""
    texts = {name: given.get(name) for name in ("action", "reason", "client_request_id", "position")}
    for name, value in texts.items():
        if value is not None and not isinstance(value, str):
            raise InvalidInputError(name, "is not a text", zh="不是文字")
    details, version = given.get("details") or {}, given.get("expected_version")
    if not isinstance(details, dict):
        raise InvalidInputError("details", "is not a JSON object", zh="不是 JSON 对象")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise InvalidInputError("expected_version", "is not a whole number", zh="不是整数")
    action = choice_of(texts["action"] or "", "action", CaseAction)
    return Act(action, texts["reason"], details, version, _request_id(texts["client_request_id"] or ""), _position(texts["position"] or ""))


def act_of_form(form: MultiDict[str, str], zone: zoneinfo.ZoneInfo) -> Act:
    """Return the act of a form: ``detail_x`` is the detail x, an empty one is none; local times are of the city's zone."""
    action = choice_of(text_of(form, "action"), "action", CaseAction)
    given = {
        name.removeprefix("detail_"): text_of(form, name, longest=LONGEST_REASON)
        for name in form
        if name.startswith("detail_") and name != "detail_photos"
    }
    details: dict[str, Any] = {name: value for name, value in given.items() if value and name not in OF_THEIR_OWN}
    if "until" in details:
        details["until"] = _local(details["until"], zone)
    details |= _class(given.get("class", ""))
    if given.get("into_other"):
        details["into"] = given["into_other"]
    if action is CaseAction.SPLIT:
        details["parts"] = _parts(form)
    version = text_of(form, "expected_version")
    if version and not version.isdecimal():
        raise InvalidInputError("expected_version", "is not a whole number", zh="不是整数")
    return Act(
        action, text_of(form, "reason", longest=LONGEST_REASON) or None, details, int(version) if version else None,
        _request_id(text_of(form, "client_request_id")), _position(text_of(form, "position")),
    )  # fmt: skip


def _class(chosen: str) -> dict[str, str]:
    kind, _, code = chosen.partition(":")
    return {"kind": kind, "class_code": code} if code else {}


def _parts(form: MultiDict[str, str]) -> list[dict[str, str]]:
    """Return the parts whose note is filled in; a class goes with the note beside it."""
    notes, classes = form.getlist("detail_part_note"), form.getlist("detail_part_class")
    classes += [""] * (len(notes) - len(classes))
    return [{"note": note.strip(), **_class(chosen)} for note, chosen in zip(notes, classes, strict=False) if note.strip()]


def _local(given: str, zone: zoneinfo.ZoneInfo) -> str:
    """Return a time typed without a zone as one of the city's zone; what is no time is left for the act to refuse."""
    try:
        time = datetime.datetime.fromisoformat(given)
    except ValueError:
        return given
    return (time if time.tzinfo else time.replace(tzinfo=zone)).isoformat()


def _request_id(given: str) -> str | None:
    return text_of({"client_request_id": given}, "client_request_id", longest=100) or None


def _position(given: str) -> str | None:
    return text_of({"position": given}, "position", longest=LONGEST_POSITION) or None
