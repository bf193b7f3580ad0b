"""Reporting and following without an account: photos, contact, number and code, satisfaction."""

from __future__ import annotations

import datetime
import io
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases import contact_store, follow_store, photo_store, store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.contact_model import Contact
from gridmgmt.cases.model import CaseAction
from gridmgmt.web.door import Door
from tests.cases.loop import DETAILS, REASON, TO_CLOSED
from tests.photos.pictures import picture
from tests.web.people import csrf_token
from tests.web.test_photos import a_photo, send
from tests.web.test_report import JSON, at, filled, hidden


def report(client: FlaskClient, **values: str) -> dict[str, Any]:
    answer = client.post("/report", data=filled(client, **at(30, 30), **values), headers=JSON)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    body: dict[str, Any] = answer.get_json()
    return body


def door(app: Flask) -> Door:
    opened = app.extensions["door"]
    assert isinstance(opened, Door)
    return opened


def bring(app: Flask, case_no: str, *actions: CaseAction, photo: str | None = None) -> None:
    with door(app).sessions.begin() as session:
        for action in actions:
            details = dict(DETAILS.get(action, {}))
            if photo and action is CaseAction.HANDLE:
                details["photos"] = [{"photo": photo, "role": "after"}]
            now = datetime.datetime.now(datetime.UTC)
            act_on_case(session, case_no, action, actor=action.value, now=now, reason=f"{REASON} {action.value}", details=details)


VERIFIED = (CaseAction.REQUEST_VERIFICATION, CaseAction.VERIFY, *TO_CLOSED)


def test_a_report_carries_its_photos_and_its_contact(app: Flask, client: FlaskClient) -> None:
    sha256 = send(client, a_photo()).get_json()["photo"]
    body = report(client, photos=sha256, contact_name="张三", contact_phone="13812341234", wants_answer="1")
    with door(app).sessions() as session:
        found = store.find_case(session, body["case_no"])
        assert found is not None
        assert [entry.photo.sha256 for entry in photo_store.list_photos(session, found[0])] == [sha256]
        assert contact_store.find_contact(session, found[0].report_id) == Contact("张三", "13812341234", wants_answer=True)


def test_without_a_script_photos_come_with_the_form_and_stay_through_the_check(app: Flask, client: FlaskClient) -> None:
    form = filled(client, **at(30, 30))
    files = {"photo": [(io.BytesIO(a_photo()), "一.jpg"), (io.BytesIO(a_photo()), "二.jpg")]}
    check = client.post("/report/preview", data=form | files)
    assert check.status_code == 200
    names = hidden(check.get_data(as_text=True), "photos")
    done = client.post("/report", data=form | {"photos": names, "step": "confirm"})
    case_no = done.location.rsplit("/", 1)[1]
    with door(app).sessions() as session:
        found = store.find_case(session, case_no)
        assert found is not None
        assert ",".join(entry.photo.sha256 for entry in photo_store.list_photos(session, found[0])) == names


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"photos": "a" * 64}, "尚未上传"),
        ({"photos": "nonsense"}, "编号无效"),
        ({"contact_phone": "call me"}, "电话号码"),
        ({"wants_answer": "1"}, "电话或邮箱"),
    ],
)
def test_what_is_wrong_with_photos_or_contact_is_said(client: FlaskClient, values: dict[str, str], sentence: str) -> None:
    answer = client.post("/report", data=filled(client, **at(30, 30), description="别丢了", **values))
    assert answer.status_code == 400
    assert sentence in unescape(answer.get_data(as_text=True))
    assert "别丢了" in answer.get_data(as_text=True)


def test_a_bad_file_in_the_form_is_said_in_the_form(client: FlaskClient) -> None:
    form = filled(client, **at(30, 30), description="别丢了")
    answer = client.post("/report/preview", data=form | {"photo": (io.BytesIO(b"%PDF"), "照片.jpg")})
    assert answer.status_code == 400
    assert "只接受 JPEG" in answer.get_data(as_text=True)


def test_too_many_photos_are_refused(client: FlaskClient) -> None:
    form = filled(client, **at(30, 30))
    files = {"photo": [(io.BytesIO(picture((20, 20), colour=colour)), "x.jpg") for colour in ("red", "green", "blue", "black")]}
    assert client.post("/report/preview", data=form | files).status_code == 400


def test_a_report_sent_twice_is_told_the_same_code(client: FlaskClient) -> None:
    form = filled(client, **at(30, 30))
    first, second = (client.post("/report", data=form, headers=JSON).get_json() for _ in range(2))
    assert first["follow_code"] == second["follow_code"]
    page = client.get(first["url"]).get_data(as_text=True)
    assert first["follow_code"] in page
    assert first["case_no"] in page


def test_another_browser_sees_nothing_of_a_case_whose_number_it_guesses(app: Flask, client: FlaskClient) -> None:
    body = report(client, description="只给我看")
    other = app.test_client()
    assert other.get(body["url"]).status_code == 404
    assert other.get(f"/follow/{body['case_no']}").status_code == 303
    for case_no, code in ((body["case_no"], "WRONGCDE"), ("20200101-00000001", body["follow_code"])):
        answer = other.post("/follow", data={"csrf_token": csrf_token(other), "case_no": case_no, "code": code})
        assert answer.status_code == 400
        assert "案卷号与查询码不符" in answer.get_data(as_text=True)
        assert "只给我看" not in answer.get_data(as_text=True)
    token = csrf_token(other)
    assert other.post(f"/follow/{body['case_no']}/answer", data={"csrf_token": token, "satisfied": "no"}).status_code == 404


def test_number_and_code_show_how_far_it_is_in_plain_words(app: Flask, client: FlaskClient) -> None:
    body = report(client, description="一堆垃圾")
    other = app.test_client()
    data = {"csrf_token": csrf_token(other), "case_no": body["case_no"], "code": body["follow_code"].lower()}
    page = other.post("/follow", data=data, follow_redirects=True).get_data(as_text=True)
    assert "已收到，等待受理" in page
    assert "一堆垃圾" in page
    bring(app, body["case_no"], *VERIFIED[:5])
    text = other.get(f"/follow/{body['case_no']}").get_data(as_text=True)
    assert "正在处置" in text
    assert "市政所" in text
    assert "Being dealt with" in other.get(f"/follow/{body['case_no']}?lang=en").get_data(as_text=True)


def test_when_it_is_closed_the_public_sees_the_place_and_answers_once(app: Flask, client: FlaskClient) -> None:
    body, photo = report(client), send(client, a_photo()).get_json()["photo"]
    path = f"/follow/{body['case_no']}"
    bring(app, body["case_no"], *VERIFIED[:-1], photo=photo)
    assert client.get(f"{path}/photos/{photo}").status_code == 404, "nobody has closed it yet"
    assert client.post(f"{path}/answer", data={"csrf_token": csrf_token(client), "satisfied": "yes"}).status_code == 409
    bring(app, body["case_no"], CaseAction.CLOSE)
    page = client.get(path).get_data(as_text=True)
    assert re.search("已办结.*理由 handle", page, re.DOTALL)
    assert client.get(f"{path}/photos/{photo}/thumb").status_code == 200
    assert client.get(f"/photos/{photo}", headers=JSON).status_code == 401
    said = {"csrf_token": csrf_token(client), "satisfied": "no", "comment": "<script>alert(1)</script>"}
    assert client.post(f"{path}/answer", data={**said, "satisfied": "perhaps"}).status_code == 400
    late = client.post(f"{path}/answer", data={**said, "csrf_token": "of another day", "comment": "又有人倒了"})
    assert late.status_code == 400
    assert "又有人倒了" in late.get_data(as_text=True), "what was typed comes back"
    assert client.post(f"{path}/answer", data=said).status_code == 303
    assert client.post(f"{path}/answer", data={**said, "satisfied": "yes"}).status_code == 409
    page = client.get(path).get_data(as_text=True)
    assert "不满意" in page
    assert "<script>alert" not in page
    with door(app).sessions() as session:
        found = store.find_case(session, body["case_no"])
        assert found is not None
        answer = follow_store.find_answer(session, found[0].id)
    assert answer is not None
    assert not answer.satisfied


def test_a_photo_that_is_not_published_is_not_shown_to_the_public(app: Flask, client: FlaskClient) -> None:
    own = send(client, a_photo()).get_json()["photo"]
    body = report(client, photos=own)
    bring(app, body["case_no"], *VERIFIED)
    assert client.get(f"/follow/{body['case_no']}/photos/{own}").status_code == 404
