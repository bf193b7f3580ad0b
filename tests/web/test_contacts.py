"""Who reported: masked for all, shown to who may, and every look is written down."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.accounts import audit_store
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.city.model import Level
from tests import toy_city
from tests.web.people import csrf_token, sign_in
from tests.web.test_follow import VERIFIED, bring, door, report

PHONE, NAME = "13812341234", "张三丰"


def reported(client: FlaskClient) -> str:
    case_no: str = report(client, contact_name=NAME, contact_phone=PHONE)["case_no"]
    return case_no


def looks(app: Flask, case_no: str) -> list[str]:
    with door(app).sessions() as session:
        return [entry.actor for entry in audit_store.list_entries(session, AuditFilter(what="contact.show", about=case_no))]


def test_the_page_of_a_case_shows_the_contact_masked(app: Flask, client: FlaskClient) -> None:
    case_no, reader = reported(client), app.test_client()
    sign_in(reader, "inspector", everything=True)
    page = reader.get(f"/cases/{case_no}").get_data(as_text=True)
    assert "138****1234" in page
    assert "张**" in page
    assert PHONE not in page
    assert NAME not in page
    assert f"/cases/{case_no}/contact" not in page
    assert reader.post(f"/cases/{case_no}/contact", data={"csrf_token": csrf_token(reader)}).status_code == 403
    assert looks(app, case_no) == []


def test_who_may_sees_the_whole_and_every_look_is_written_down(app: Flask, client: FlaskClient) -> None:
    case_no, officer = reported(client), app.test_client()
    account = sign_in(officer, "intake_officer", everything=True)
    for _ in range(2):
        answer = officer.post(f"/cases/{case_no}/contact", data={"csrf_token": csrf_token(officer)})
        assert answer.headers["Cache-Control"] == "no-store"
        assert PHONE in answer.get_data(as_text=True)
        assert NAME in answer.get_data(as_text=True)
    assert looks(app, case_no) == [account.name, account.name]


def test_the_contact_of_a_case_elsewhere_does_not_exist(app: Flask, client: FlaskClient) -> None:
    case_no, officer = reported(client), app.test_client()
    sign_in(officer, "intake_officer", areas=[(Level.STREET_OFFICE, toy_city.EAST)])
    assert officer.post(f"/cases/{case_no}/contact", data={"csrf_token": csrf_token(officer)}).status_code == 404
    assert looks(app, case_no) == []


def test_no_list_and_no_export_holds_a_contact(app: Flask, client: FlaskClient) -> None:
    reported(client)
    officer = app.test_client()
    sign_in(officer, "intake_officer", everything=True)
    for path in ("/cases", "/intake", "/cases.csv", f"/cases?text={PHONE}"):
        text = officer.get(path).get_data(as_text=True).replace(f"text={PHONE}", "").replace(f'value="{PHONE}"', "")
        assert PHONE not in text, path
        assert NAME not in text, path


def test_what_the_reporter_says_stands_on_the_page_of_the_case(app: Flask, client: FlaskClient) -> None:
    case_no, reader = reported(client), app.test_client()
    bring(app, case_no, *VERIFIED)
    client.post(f"/follow/{case_no}/answer", data={"csrf_token": csrf_token(client), "satisfied": "no", "comment": "又堆上了"})
    sign_in(reader, "supervisor", everything=True)
    page = reader.get(f"/cases/{case_no}").get_data(as_text=True)
    assert "不满意" in page
    assert "又堆上了" in page
