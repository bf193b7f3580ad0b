"""Each kind of receiver gets what it expects, signed, and is understood."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from gridmgmt.messages.model import ChannelKind, Message, Topic
from gridmgmt.messages.post import Answer
from gridmgmt.messages.webhook import Endpoint, judge, send_webhook, signature, write_request
from tests.cases.loop import NOW
from tests.messages.servers import always, web_server

MESSAGE = Message(7, Topic.OVERDUE, "20261102-00000001", "案卷超期", "case overdue", NOW)
SAID = {"key": "delivery-9", "link": "https://grid.example.com/cases/20261102-00000001", "at": NOW}


def test_enterprise_wechat_gets_its_text() -> None:
    request = write_request(ChannelKind.WECOM, Endpoint("https://wecom.example.com/send?key=k"), MESSAGE, **SAID)  # type: ignore[arg-type]
    assert request.url == "https://wecom.example.com/send?key=k"
    assert json.loads(request.body) == {"msgtype": "text", "text": {"content": f"[超期] 案卷超期\n{SAID['link']}"}}


def test_dingtalk_gets_time_and_sign_as_its_documentation_says() -> None:
    request = write_request(
        ChannelKind.DINGTALK, Endpoint("https://ding.example.com/send?access_token=t", "SECabc"), MESSAGE, **SAID  # type: ignore[arg-type]
    )  # fmt: skip
    given = parse_qs(urlsplit(request.url).query)
    moment = str(int(NOW.timestamp() * 1000))
    expected = base64.b64encode(hmac.new(b"SECabc", f"{moment}\nSECabc".encode(), hashlib.sha256).digest()).decode()
    assert given == {"access_token": ["t"], "timestamp": [moment], "sign": [expected]}


def test_a_signed_webhook_carries_signature_time_and_idempotency_key() -> None:
    with web_server(always()) as server:
        outcome = send_webhook(ChannelKind.GENERIC, Endpoint(server.url, "s3cret"), MESSAGE, allow_private=True, **SAID)  # type: ignore[arg-type]
        assert outcome.sent
        (got,) = server.received
    assert json.loads(got.body) == {
        "id": "delivery-9", "topic": "overdue", "case_no": "20261102-00000001", "zh": "案卷超期", "en": "case overdue",
        "url": SAID["link"], "created_at": NOW.isoformat(),
    }  # fmt: skip
    assert got.headers["Idempotency-Key"] == "delivery-9"
    assert got.headers["X-Gridmgmt-Signature"] == signature("s3cret", got.headers["X-Gridmgmt-Timestamp"], got.body)
    told = hmac.new(b"s3cret", got.headers["X-Gridmgmt-Timestamp"].encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["X-Gridmgmt-Signature"] == f"sha256={told}"


@pytest.mark.parametrize(
    ("kind", "answer", "sent", "lasting"),
    [
        (ChannelKind.GENERIC, Answer(204, b""), True, False),
        (ChannelKind.GENERIC, Answer(302, b""), False, True),
        (ChannelKind.GENERIC, Answer(404, b""), False, True),
        (ChannelKind.GENERIC, Answer(429, b"", 90.0), False, False),
        (ChannelKind.GENERIC, Answer(503, b""), False, False),
        (ChannelKind.WECOM, Answer(200, b'{"errcode":0,"errmsg":"ok"}'), True, False),
        (ChannelKind.WECOM, Answer(200, b'{"errcode":93000,"errmsg":"invalid webhook url"}'), False, False),
        (ChannelKind.DINGTALK, Answer(200, b"<html>login</html>"), False, False),
        (ChannelKind.DINGTALK, Answer(200, b"[]"), False, False),
    ],
)  # fmt: skip
def test_what_an_answer_means(kind: ChannelKind, answer: Answer, sent: bool, lasting: bool) -> None:  # noqa: FBT001
    outcome = judge(kind, answer, host="hook.example.com")
    assert (outcome.sent, outcome.lasting) == (sent, lasting)


def test_a_robot_that_is_asked_too_often_is_left_alone_for_a_minute() -> None:
    assert judge(ChannelKind.WECOM, Answer(200, b'{"errcode":45009}'), host="x").wait_s == 60
    assert judge(ChannelKind.GENERIC, Answer(429, b"", 90.0), host="x").wait_s == 90


def test_neither_address_nor_secret_shows() -> None:
    endpoint = Endpoint("https://ding.example.com/send?access_token=geheim", "s3cret")
    assert "geheim" not in repr(endpoint)
    assert "s3cret" not in repr(endpoint)
    outcome = send_webhook(ChannelKind.DINGTALK, Endpoint("http://127.0.0.1:9/?access_token=geheim"), MESSAGE, allow_private=True, **SAID)  # type: ignore[arg-type]
    assert not outcome.sent
    assert "geheim" not in outcome.words
