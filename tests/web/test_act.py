"""Acting on cases through the pages: by JSON and by form, once, in sight only, with what went wrong said."""

from __future__ import annotations

import json

from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.city.model import Level
from tests import toy_city
from tests.cases.loop import TO_FILED, TO_HANDLING
from tests.web.desk import EAST, act, bring, send, stored
from tests.web.people import csrf_token, sign_in

A, S = CaseAction, CaseState
WEST_OFFICE = [(Level.STREET_OFFICE, toy_city.WEST)]


def test_json_act_moves_the_case_in_the_name_of_who_asks(app: Flask, client: FlaskClient) -> None:
    officer = sign_in(client, "intake_officer", everything=True)
    case = bring(app)
    answer = act(client, case, A.FILE, expected_version=case.version, client_request_id="r-1", position="114.0,30.5 ±8 m")
    assert answer.get_json() == {"case_no": case.case_no, "state": "pending_dispatch", "version": case.version + 1, "repeated": False}
    _, steps = stored(app, case.case_no)
    assert (steps[-1].actor, steps[-1].origin.channel, steps[-1].origin.position) == (officer.name, "page", "114.0,30.5 ±8 m")
    assert steps[-1].origin.ip == "127.0.0.1"


def test_same_request_sent_twice_acts_once(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "intake_officer", everything=True)
    case = bring(app)
    answers = [act(client, case, A.FILE, expected_version=case.version, client_request_id="r-2").get_json() for _ in range(3)]
    assert [answer["repeated"] for answer in answers] == [False, True, True]
    assert {answer["version"] for answer in answers} == {case.version + 1}


def test_a_request_that_put_the_case_out_of_sight_is_answered_alike_when_it_is_sent_again(app: Flask, client: FlaskClient) -> None:
    case = bring(app, *TO_HANDLING)
    sign_in(client, "handler", units=["U1"])
    said = {"client_request_id": "return-1"}
    first, second = (act(client, case, CaseAction.RETURN_TO_DISPATCH, **said).get_json() for _again in range(2))
    assert second == first | {"repeated": True}
    assert act(client, case, CaseAction.RETURN_TO_DISPATCH, client_request_id="return-2").status_code == 404
    assert act(client, case, CaseAction.NOTE, **said).status_code == 404
    other = app.test_client()
    sign_in(other, "handler", units=["U2"])
    assert act(other, case, CaseAction.RETURN_TO_DISPATCH, **said).status_code == 404


def test_case_outside_the_scope_does_not_exist(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "intake_officer", areas=WEST_OFFICE)
    foreign, own = bring(app, at=EAST), bring(app)
    for answer in (act(client, foreign, A.FILE), send(client, foreign, A.FILE), client.get(f"/cases/{foreign.case_no}")):
        assert answer.status_code == 404
    assert stored(app, foreign.case_no)[0].state is S.REPORTED
    assert client.get(f"/cases/{own.case_no}").status_code == 200


def test_merging_into_a_case_outside_the_scope_is_merging_into_none(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "intake_officer", areas=WEST_OFFICE)
    foreign, own = bring(app, at=EAST), bring(app)
    answer = act(client, own, A.MERGE, details={"into": foreign.case_no})
    page = send(client, own, A.MERGE, detail_into=foreign.case_no)
    assert (answer.status_code, page.status_code) == (404, 404)
    assert "没有案卷" in page.get_data(as_text=True)
    assert own.case_no in page.get_data(as_text=True)
    assert stored(app, own.case_no)[0].state is S.REPORTED


def test_unit_acts_only_on_its_own_cases_and_nobody_without_a_unit(app: Flask, client: FlaskClient) -> None:
    case = bring(app, *TO_FILED, A.DISPATCH)
    for role, units, code in (("handler", ["U2"], 404), ("handler", ["U1"], 200)):
        other = app.test_client()
        sign_in(other, role, units=units)
        assert act(other, case, A.ACCEPT).status_code == code
    sign_in(client, "handler", everything=True)
    assert act(client, bring(app, *TO_FILED, A.DISPATCH), A.ACCEPT).status_code == 409


def test_form_leads_back_to_the_case_with_what_was_done(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "dispatcher", everything=True)
    case = bring(app, *TO_FILED)
    answer = send(client, case, A.DISPATCH, detail_unit_code="U1", expected_version=case.version)
    assert (answer.status_code, answer.location) == (303, f"/cases/{case.case_no}?done=dispatch")
    page = client.get(answer.location).get_data(as_text=True)
    assert "已办理" in page
    assert "市政所" in page


def test_refused_form_keeps_what_was_typed_and_names_the_field(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "dispatcher", everything=True)
    case = bring(app, *TO_FILED)
    answer = send(client, case, A.SUSPEND, reason="等开春再修", detail_pool="season", detail_review_on="2020-01-01")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "复查日期须晚于今天" in page
    assert "等开春再修" in page
    assert 'value="2020-01-01"' in page
    assert 'id="suspend-review_on-fault"' in page


def test_conflict_shows_what_happened_meanwhile_and_keeps_the_reason(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "dispatcher", everything=True)
    case = bring(app, *TO_FILED)
    other = app.test_client()
    sign_in(other, "dispatcher", everything=True, name="quicker")
    assert act(other, case, A.DISPATCH).status_code == 200
    answer = send(client, case, A.DISPATCH, detail_unit_code="U2", reason="他们更近", expected_version=case.version)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "他们更近" in page
    assert 'class="new"' in page
    assert "quicker" in page
    assert stored(app, case.case_no)[0].unit_code == "U1"


def test_local_time_of_a_form_is_the_citys(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "handler", units=["U1"])
    case = bring(app, *TO_HANDLING)
    assert send(client, case, A.REQUEST_EXTENSION, detail_until="2036-11-09T18:00").status_code == 303
    assert stored(app, case.case_no)[1][-1].details["until"] == "2036-11-09T18:00:00+08:00"


def test_case_is_split_by_a_form(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "dispatcher", everything=True)
    case = bring(app, *TO_FILED)
    fields = {"detail_part_note": ["清运垃圾", "", "修井盖"], "detail_part_class": ["", "", "component:01001"]}
    assert send(client, case, A.SPLIT, **fields).status_code == 303
    parts = stored(app, case.case_no)[1][-1].details["parts"]
    assert parts == [{"note": "清运垃圾"}, {"note": "修井盖", "kind": "component", "class_code": "01001"}]
    page = client.get(f"/cases/{case.case_no}").get_data(as_text=True)
    assert f"{case.case_no}-1" in page


def test_case_a_unit_returned_leads_back_to_its_list(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "handler", units=["U1"])
    case = bring(app, *TO_HANDLING)
    answers = [send(client, case, A.RETURN_TO_DISPATCH, client_request_id="back") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert "已转出" in client.get(answers[1].location).get_data(as_text=True)
    assert [step.action for step in stored(app, case.case_no)[1]].count(A.RETURN_TO_DISPATCH) == 1
    assert send(client, case, A.RETURN_TO_DISPATCH, client_request_id="other").status_code == 404


def test_what_cannot_be_read_is_refused_with_its_field(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "intake_officer", everything=True)
    case = bring(app)
    for body, field in (
        ({"action": "explode"}, "action"), ({"action": "file", "reason": 5}, "reason"), ({"action": "file", "details": [1]}, "details"),
        ({"action": "file", "details": "x"}, "details"), ({"action": "file", "expected_version": "7"}, "expected_version"),
    ):  # fmt: skip
        answer = client.post(f"/api/cases/{case.case_no}/act", json=body, headers={"X-CSRF-Token": csrf_token(client)})
        assert (answer.status_code, json.loads(answer.data)["field"]) == (400, field)


def test_forms_need_the_token_of_our_pages(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "intake_officer", everything=True)
    case = bring(app)
    assert client.post(f"/cases/{case.case_no}/act", data={"action": "file"}).status_code == 400
    assert client.post(f"/api/cases/{case.case_no}/act", json={"action": "file"}).status_code == 400
    assert stored(app, case.case_no)[0].state is S.REPORTED
