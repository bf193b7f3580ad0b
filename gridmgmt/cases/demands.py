"""What must be said with an action: who, why, and the details its rule demands; pure."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any

from gridmgmt.cases.model import CaseAction, SuspensionPool
from gridmgmt.cases.workflow import CLASSIFYING, Rule
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.errors import InvalidInputError

LONGEST_REASON = 2000
LONGEST_DETAILS = 20_000
FEWEST_PARTS, MOST_PARTS = 2, 20


@dataclasses.dataclass(frozen=True)
class Said:
    """What somebody said with an action, tidied: a blank reason is none."""

    actor: str
    reason: str | None
    details: Mapping[str, Any]


def tidy(actor: str, reason: str | None, details: Mapping[str, Any] | None) -> Said:
    """Return what was said without surrounding blanks; raise InvalidInputError for what cannot be stored."""
    said = Said(actor.strip(), (reason or "").strip() or None, dict(details or {}))
    if not said.actor:
        raise InvalidInputError("actor", "nobody is named", zh="缺少办理人")
    if len(said.reason or "") > LONGEST_REASON:
        raise InvalidInputError("reason", f"is longer than {LONGEST_REASON} characters", zh=f"超过 {LONGEST_REASON} 字")
    try:
        written = json.dumps(said.details, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidInputError("details", f"is not JSON: {error}", zh="附加内容不是有效的 JSON") from error
    if len(written) > LONGEST_DETAILS:
        raise InvalidInputError("details", f"is longer than {LONGEST_DETAILS} characters", zh=f"附加内容超过 {LONGEST_DETAILS} 字")
    if "\x00" in f"{said.actor}{said.reason}" or "\\u0000" in written:
        raise InvalidInputError("reason", "holds a character that is no text", zh="含有非法字符")
    return said


def check_demands(action: CaseAction, rule: Rule, said: Said, *, now: datetime.datetime, today: datetime.date) -> None:
    """Raise InvalidInputError, the field named, for a reason or a detail that is missing or does not mean what it should."""
    if rule.reason and said.reason is None:
        raise InvalidInputError("reason", f"{action.en} needs a reason", zh=f"{action.zh}须填写理由")
    for name in rule.demands:
        if name not in said.details:
            raise InvalidInputError(name, f"{action.en} needs it", zh=f"{action.zh}须填写")
    for name in (*rule.demands, *(["class_code"] if action in CLASSIFYING and "class_code" in said.details else [])):
        CHECKS[name](said.details, now, today)


def _words(name: str) -> Callable[[Mapping[str, Any], datetime.datetime, datetime.date], None]:
    def check(details: Mapping[str, Any], _now: datetime.datetime, _today: datetime.date) -> None:
        if not (isinstance(details[name], str) and details[name].strip()):
            raise InvalidInputError(name, "is empty", zh="不能为空")

    return check


def _pool(details: Mapping[str, Any], _now: datetime.datetime, _today: datetime.date) -> None:
    if details["pool"] not in set(SuspensionPool):
        pools = ", ".join(SuspensionPool)
        raise InvalidInputError(
            "pool", f"is none of {pools}", zh="须为 " + "、".join(f"{pool.value}({pool.zh})" for pool in SuspensionPool)
        )


def _review_on(details: Mapping[str, Any], _now: datetime.datetime, today: datetime.date) -> None:
    try:
        day = datetime.date.fromisoformat(details["review_on"])
    except (TypeError, ValueError) as error:
        raise InvalidInputError("review_on", "is not a day such as 2026-12-01", zh="不是日期（例：2026-12-01）") from error
    if day.isoformat() != details["review_on"]:  # lists order by it as text
        raise InvalidInputError("review_on", "is not written like 2026-12-01", zh="应写作 2026-12-01")
    if day <= today:
        raise InvalidInputError("review_on", f"{day} is not after today", zh="复查日期须晚于今天")


def _until(details: Mapping[str, Any], now: datetime.datetime, _today: datetime.date) -> None:
    try:
        until = datetime.datetime.fromisoformat(details["until"])
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            "until", "is not a time such as 2026-12-01T18:00+08:00", zh="不是时间（例：2026-12-01T18:00+08:00）"
        ) from error
    if until.tzinfo is None:
        raise InvalidInputError("until", "has no time zone", zh="时间缺少时区")
    if until <= now:
        raise InvalidInputError("until", "lies in the past", zh="延期时间须晚于现在")


def _class(details: Mapping[str, Any], _now: datetime.datetime, _today: datetime.date) -> None:
    if details.get("kind") not in set(ManagedKind) or not isinstance(details["class_code"], str):
        reason = "kind (component or matter) and class code go together"
        raise InvalidInputError("class_code", reason, zh="类别（部件或事项）与编码须同时填写")


def _parts(details: Mapping[str, Any], now: datetime.datetime, today: datetime.date) -> None:
    parts = details["parts"]
    if not (isinstance(parts, list) and FEWEST_PARTS <= len(parts) <= MOST_PARTS and all(isinstance(part, dict) for part in parts)):
        raise InvalidInputError(
            "parts", f"is not a list of {FEWEST_PARTS} to {MOST_PARTS} parts", zh=f"须为 {FEWEST_PARTS} 至 {MOST_PARTS} 个子案"
        )
    for part in parts:
        if "note" not in part:
            raise InvalidInputError("parts", "a part needs a note that says what it is", zh="每个子案须说明内容（note）")
        _words("note")(part, now, today)
        if "class_code" in part:
            _class(part, now, today)


CHECKS: Mapping[str, Callable[[Mapping[str, Any], datetime.datetime, datetime.date], None]] = {
    "unit_code": _words("unit_code"), "into": _words("into"), "pool": _pool, "review_on": _review_on, "until": _until, "parts": _parts,
    "class_code": _class,
}  # fmt: skip
