"""Webhooks: what each kind of receiver wants to read, how it knows that it is us, what its answer means."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlsplit

from gridmgmt.messages.model import ChannelKind, Message
from gridmgmt.messages.outcome import Outcome, failed
from gridmgmt.messages.post import Answer, NoAnswerError, RefusedAddressError, post

BUSY = {408, 425, 429}  # answers that ask to come back
ROBOT_IS_BUSY = {45009, -1, 130101, 410100}  # WeCom and DingTalk: too often, or busy
MINUTE_S = 60.0


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """Where a channel is and the secret it shares with us; both are settings and are never shown."""

    url: str = dataclasses.field(repr=False)
    secret: str = dataclasses.field(default="", repr=False)


@dataclasses.dataclass(frozen=True)
class Request:
    """What is posted."""

    url: str = dataclasses.field(repr=False)
    body: bytes
    headers: Mapping[str, str]


def send_webhook(
    kind: ChannelKind, endpoint: Endpoint, message: Message, *, key: str, link: str, at: datetime.datetime, allow_private: bool
) -> Outcome:
    """Post one message; a failure is an outcome, not an error, and never holds address or secret."""
    request = write_request(kind, endpoint, message, key=key, link=link, at=at)
    try:
        answer = post(request.url, request.body, request.headers, allow_private=allow_private)
    except RefusedAddressError as error:
        return failed(error, lasting=True)
    except NoAnswerError as error:
        return failed(error)
    return judge(kind, answer, host=urlsplit(endpoint.url).hostname or "")


def write_request(kind: ChannelKind, endpoint: Endpoint, message: Message, *, key: str, link: str, at: datetime.datetime) -> Request:
    """Return what a receiver of this kind wants, signed."""
    if kind is ChannelKind.GENERIC:
        return _signed(endpoint, message, key=key, link=link, at=at)
    words = "\n".join(filter(None, (f"[{message.topic.zh}] {message.zh}", link)))
    body = json.dumps({"msgtype": "text", "text": {"content": words}}, ensure_ascii=False).encode()
    url = endpoint.url
    if kind is ChannelKind.DINGTALK and endpoint.secret:
        moment = str(int(at.timestamp() * 1000))
        digest = hmac.digest(endpoint.secret.encode(), f"{moment}\n{endpoint.secret}".encode(), hashlib.sha256)
        url += ("&" if urlsplit(url).query else "?") + f"timestamp={moment}&sign={quote_plus(base64.b64encode(digest))}"
    return Request(url, body, {"Content-Type": "application/json; charset=utf-8"})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return what the header ``X-Gridmgmt-Signature`` says: HMAC-SHA256 over ``timestamp``, a dot and the body."""
    return "sha256=" + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()


def judge(kind: ChannelKind, answer: Answer, *, host: str) -> Outcome:
    """Say what an answer means: robots answer 200 to everything and put the truth into the body."""
    if not http_ok(answer.status):
        lasting = answer.status < 500 and answer.status not in BUSY  # noqa: PLR2004 - 5xx is the server's own trouble
        return failed(f"HTTP {answer.status} from {host}", lasting=lasting, wait_s=answer.retry_after_s)
    if kind is ChannelKind.GENERIC:
        return Outcome(sent=True, words=f"HTTP {answer.status} from {host}")
    said = _robot(answer.body)
    code = said.get("errcode")
    if code == 0:
        return Outcome(sent=True, words=f"{host}: ok")
    return failed(f"{host}: errcode {code} {said.get('errmsg', '')}", wait_s=MINUTE_S if code in ROBOT_IS_BUSY else 0.0)


def http_ok(status: int) -> bool:
    """Say whether a status means that it was taken."""
    return 200 <= status < 300  # noqa: PLR2004 - the range of HTTP


def _signed(endpoint: Endpoint, message: Message, *, key: str, link: str, at: datetime.datetime) -> Request:
    content = {
        "id": key, "topic": message.topic.value, "case_no": message.about, "zh": message.zh, "en": message.en, "url": link or None,
        "created_at": message.created_at.isoformat(),
    }  # fmt: skip
    body = json.dumps(content, ensure_ascii=False).encode()
    moment = str(int(at.timestamp()))
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key, "X-Gridmgmt-Timestamp": moment}
    if endpoint.secret:
        headers["X-Gridmgmt-Signature"] = signature(endpoint.secret, moment, body)
    return Request(endpoint.url, body, headers)


def _robot(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
