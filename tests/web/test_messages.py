"""The inbox on the page: one's own, counted in the head, marked as read; what could not be sent is for administrators."""

from __future__ import annotations

import datetime
import itertools
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from gridmgmt.accounts.model import Account
from gridmgmt.messages import channel_store, delivery_store, job_store
from gridmgmt.messages.model import Audience, Channel, ChannelKind, Topic
from gridmgmt.messages.outbox import announce
from gridmgmt.messages.spread import spread_messages
from gridmgmt.web.door import Door
from tests.web.people import csrf_token, sign_in
from tests.web_city import HOSTILE

_numbers = itertools.count(1)


def tell(app: Flask, account: Account, *, topic: Topic = Topic.REWORK, zh: str = "核查未通过") -> str:
    """Tell an account something about a case of its own number; return the number."""
    door = app.extensions["door"]
    assert isinstance(door, Door)
    case_no = f"20261102-{next(_numbers):08d}"
    now = datetime.datetime.now(datetime.UTC)
    with door.sessions.begin() as session:
        announce(
            session, topic, to=[Audience(account=account.name)], about=case_no, zh=f"案卷 {case_no} {zh}", en=f"Case {case_no}", at=now
        )
        spread_messages(session, now=now, with_email=False)
    return case_no


def unread(page: str) -> int:
    """Return the number in the head of a page."""
    found = re.search(r'class="to-inbox".*?<b class="count">(\d+)', page, re.DOTALL)
    return int(found[1]) if found else 0


def post(client: FlaskClient, path: str, **fields: object) -> int:
    return client.post(path, data={"csrf_token": csrf_token(client), **fields}).status_code


def test_unread_messages_are_counted_on_every_page_and_opened_ones_are_read(app: Flask, client: FlaskClient) -> None:
    account = sign_in(client, "handler")  # of no unit: what other tests did is not told to them
    first, second = tell(app, account), tell(app, account)
    page = client.get("/messages").get_data(as_text=True)
    assert unread(page) == unread(client.get("/map").get_data(as_text=True)) == 2
    assert page.index(second) < page.index(first)
    (address,) = re.findall(rf'href="(/messages/\d+)">案卷 {second}', page)
    opened = client.get(address)
    assert (opened.status_code, opened.location) == (303, f"/cases/{second}")
    only = client.get("/messages?unread=1").get_data(as_text=True)
    assert unread(only) == 1
    assert first in only
    assert second not in only


def test_all_that_were_shown_are_marked_as_read_but_none_that_came_since(app: Flask, client: FlaskClient) -> None:
    account = sign_in(client, "handler")
    tell(app, account)
    tell(app, account)
    page = client.get("/messages").get_data(as_text=True)
    up_to = re.search(r'name="up_to" value="(\d+)"', page)
    assert up_to
    tell(app, account)
    assert post(client, "/messages/read", up_to=up_to[1]) == 303
    assert unread(client.get("/messages").get_data(as_text=True)) == 1


def test_another_s_message_is_as_if_it_did_not_exist(app: Flask, client: FlaskClient) -> None:
    mine = sign_in(client, "handler", units=["U1"])
    case_no = tell(app, mine)
    (address,) = re.findall(rf'href="(/messages/\d+)">案卷 {case_no}', client.get("/messages").get_data(as_text=True))
    other = app.test_client()
    sign_in(other, "handler", units=["U1"])
    assert other.get(address).status_code == 404
    assert case_no not in other.get("/messages").get_data(as_text=True)
    assert case_no not in other.get("/messages.csv").get_data(as_text=True)
    assert post(other, "/messages/read", message=address.rsplit("/", 1)[1]) == 303
    assert unread(client.get("/messages").get_data(as_text=True)) == 1


def test_the_list_goes_on_on_the_next_page_filters_and_is_exported_as_seen(app: Flask, client: FlaskClient) -> None:
    account = sign_in(client, "handler")
    numbers = [tell(app, account) for _number in range(52)]
    late = tell(app, account, topic=Topic.OVERDUE, zh="超期")
    page = client.get("/messages").get_data(as_text=True)
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    rest = client.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    shown = [number for number in numbers if number in page or number in rest]
    assert shown == numbers
    assert 'rel="next"' not in rest
    filtered = client.get("/messages?topic=overdue").get_data(as_text=True)
    assert late in filtered
    assert numbers[0] not in filtered
    lines = client.get("/messages.csv?topic=overdue").get_data(as_text=True).splitlines()
    assert (len(lines), late in lines[1]) == (2, True)
    assert len(client.get("/messages.csv").get_data(as_text=True).splitlines()) == 54


@pytest.mark.parametrize("path", ["/messages?topic=gossip", "/messages?after=x", "/messages/dead?after=x"])
def test_a_wrong_address_is_answered_with_a_sentence(client: FlaskClient, path: str) -> None:
    sign_in(client, "administrator", everything=True)
    assert client.get(path).status_code == 400


def test_what_a_message_says_never_runs(app: Flask, client: FlaskClient) -> None:
    account = sign_in(client, "handler")
    tell(app, account, zh=HOSTILE)
    page = client.get("/messages").get_data(as_text=True)
    assert HOSTILE not in page
    assert "&lt;img src=x" in page


def test_the_page_speaks_english(app: Flask, client: FlaskClient) -> None:
    account = sign_in(client, "handler")
    case_no = tell(app, account)
    page = client.get("/messages?lang=en").get_data(as_text=True)
    assert f"Case {case_no}" in page
    assert "Mark as read" in page


def test_a_person_chooses_how_to_be_told(app: Flask, client: FlaskClient) -> None:
    account = sign_in(client, "handler")
    page = client.get("/messages/settings").get_data(as_text=True)
    assert 'name="in_app:rework" checked' in page
    chosen = {f"in_app:{topic.value}": "on" for topic in Topic if topic is not Topic.REWORK}
    assert post(client, "/messages/settings", **chosen) == 303
    assert 'name="in_app:rework" checked' not in client.get("/messages/settings").get_data(as_text=True)
    tell(app, account)
    assert unread(client.get("/messages").get_data(as_text=True)) == 0


def test_nobody_reads_messages_without_signing_in(client: FlaskClient) -> None:
    for path in ("/messages", "/messages/settings", "/messages.csv", "/messages/dead"):
        assert client.get(path).status_code in {303, 401}
    assert unread(client.get("/map").get_data(as_text=True)) == 0


def test_what_was_given_up_is_shown_to_administrators_and_sent_again(app: Flask, client: FlaskClient) -> None:
    administrator = sign_in(client, "administrator", everything=True)
    case_no = tell(app, administrator)
    door = app.extensions["door"]
    assert isinstance(door, Door)
    now = datetime.datetime.now(datetime.UTC)
    with door.sessions.begin() as session:
        channel_store.put_channel(session, Channel("team", ChannelKind.WECOM, "值班群"))
        message_id = session.scalar(text("SELECT id FROM message WHERE about = :about"), {"about": case_no})
        values = {"id": message_id, "now": now}
        session.execute(
            text("INSERT INTO delivery (message_id, target, channel_code, next_at) VALUES (:id, 'channel:team', 'team', :now)"), values
        )
        (delivery,) = delivery_store.take_due(session, "team", now=now, lease=datetime.timedelta(minutes=1), most=5)
        delivery_store.note_failed(session, delivery, at=now, words="HTTP 404 from hook.example.com", next_at=None)
        job_store.add_jobs(session, ["deadlines"], now=now)
    page = client.get("/messages/dead").get_data(as_text=True)
    assert all(words in page for words in (case_no, "值班群", "HTTP 404 from hook.example.com", "到期提醒与升级", "企业微信机器人"))
    handler = app.test_client()
    sign_in(handler, "handler", units=["U1"])
    assert handler.get("/messages/dead").status_code == 403
    assert post(handler, "/messages/dead/retry", all="1") == 403
    assert post(client, "/messages/dead/retry", delivery=delivery.id) == 303
    assert case_no not in client.get("/messages/dead").get_data(as_text=True)
    assert post(client, "/messages/dead/retry") == 400
    with door.sessions() as session:
        noted = session.scalars(text("SELECT actor FROM audit_log WHERE what = 'message.retry'")).all()
    assert noted == [administrator.name]
