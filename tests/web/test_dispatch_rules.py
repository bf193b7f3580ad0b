"""Rules of dispatch in the browser: drafted, tried, put in force, explained; by whom, and how far they see."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridmgmt.cases.model import CaseAction
from gridmgmt.city.model import Level
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from tests import toy_city
from tests.web.desk import EAST, act, bring, door_of, stored
from tests.web.people import csrf_token, sign_in

RULE = {"rule_name": "西街道垃圾", "position": "1", "unit_code": "U2", "class_codes": "06", "areas": "街道:420100001", "reason": "试行"}


@pytest.fixture
def app(web_template: str, new_database: Callable[..., str], tmp_path: Path) -> Iterator[Flask]:
    """Application on a city of its own: rules that one test puts in force would send the cases of others."""
    made = create_app(Settings(database_url=new_database(web_template), var_dir=tmp_path, rate_factor=0))
    made.testing = True
    yield made
    door_of(made).engine.dispose()


def send(client: FlaskClient, address: str, **values: Any) -> TestResponse:
    """Send a form of ours."""
    return client.post(address, data={"csrf_token": csrf_token(client), **values})


def draft(client: FlaskClient, name: str = "新规则") -> str:
    """Open an empty draft and return its address."""
    answer = send(client, "/dispatch/rules", name=name, reason="试行")
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def seen(client: FlaskClient, address: str) -> str:
    """Return how many changes the page of an edit knows of."""
    found = re.search(r'name="seen" value="(\d+)"', client.get(address).get_data(as_text=True))
    assert found
    return found[1]


def test_a_draft_becomes_the_rules_in_force_and_sends_cases(app: Flask, client: FlaskClient) -> None:
    bring(app)
    sign_in(client, "dispatcher", everything=True)
    address = draft(client)
    assert (
        send(
            client, f"{address}/edit", **RULE, weekdays=["周一", "周二", "周三", "周四", "周五", "周六", "周日"], automatic="是"
        ).status_code
        == 303
    )
    page = client.get(address).get_data(as_text=True)
    assert "西街道垃圾" in page
    assert "周一、周二" in page
    assert "立案即派" in page
    month = stored(app, bring(app).case_no)[0].opened_at.strftime("%Y-%m")
    trial = client.get(f"{address}/dry-run?month={month}&against=people").get_data(as_text=True)
    assert "让这套规则生效" in trial
    assert send(client, f"{address}/activate", reason="局务会", seen=seen(client, f"{address}/dry-run")).status_code == 303
    assert "生效中" in client.get("/dispatch/rules").get_data(as_text=True)
    case = bring(app)
    sign_in(client, "intake_officer", everything=True)
    assert act(client, case, CaseAction.FILE).status_code == 200
    filed = stored(app, case.case_no)[0]
    assert (filed.state.value, filed.unit_code) == ("pending_handling", "U2")
    csv = client.get(f"{address}.csv")
    assert csv.status_code == 403
    sign_in(client, "dispatcher", everything=True)
    assert "街道:420100001" in client.get(f"{address}.csv").get_data(as_text=True)
    assert send(client, f"{address}/edit", **RULE).status_code == 409


def test_a_form_that_means_nothing_comes_back_with_what_was_typed(app: Flask, client: FlaskClient) -> None:
    bring(app)
    sign_in(client, "dispatcher", everything=True)
    address = draft(client)
    answer = send(client, f"{address}/edit", **{**RULE, "class_codes": "99"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "没有以 99 开头的类别编码" in page
    assert 'value="西街道垃圾"' in page
    assert send(client, f"{address}/edit", **{**RULE, "reason": " "}).status_code == 400


def test_a_rule_is_changed_and_removed_and_the_record_says_why(app: Flask, client: FlaskClient) -> None:
    bring(app)
    sign_in(client, "dispatcher", everything=True)
    address = draft(client)
    send(client, f"{address}/edit", **RULE)
    form = client.get(f"{address}/edit?position=1").get_data(as_text=True)
    assert 'value="街道:420100001"' in form
    assert send(client, f"{address}/edit", **{**RULE, "rule_name": "改名"}, replaces="1", seen="2").status_code == 303
    assert send(client, f"{address}/edit", **RULE, replaces="1", seen="2").status_code == 409
    assert send(client, f"{address}/edit", replaces="1", do="remove", reason="不要了").status_code == 303
    assert "不要了" in client.get(address).get_data(as_text=True)
    assert send(client, f"{address}/discard", reason="作罢").status_code == 303
    assert client.get(address).status_code == 404


def test_a_case_is_explained_to_who_sees_it(app: Flask, client: FlaskClient) -> None:
    case, foreign = bring(app), bring(app, at=EAST)
    sign_in(client, "dispatcher", areas=[(Level.STREET_OFFICE, toy_city.WEST)])
    page = client.get(f"/dispatch/explain/{case.case_no}").get_data(as_text=True)
    assert "建议派遣" in page
    assert "Goes to" in client.get(f"/dispatch/explain/{case.case_no}?lang=en").get_data(as_text=True)
    assert client.get(f"/dispatch/explain/{foreign.case_no}").status_code == 404


def test_rules_of_the_whole_city_are_changed_by_who_sees_all_of_it(client: FlaskClient) -> None:
    sign_in(client, "dispatcher", areas=[(Level.STREET_OFFICE, toy_city.WEST)])
    assert client.get("/dispatch/rules").status_code == 200
    assert send(client, "/dispatch/rules", name="x", reason="y").status_code == 403
    sign_in(client, "planner", everything=True)
    assert send(client, "/dispatch/rules", name="x", reason="y").status_code == 403
    sign_in(client, "handler", units=["U1"])
    assert client.get("/dispatch/rules").status_code == 403


def test_a_trial_counts_only_what_the_asker_sees(app: Flask, client: FlaskClient) -> None:
    mine, foreign = bring(app, CaseAction.FILE, CaseAction.DISPATCH), bring(app, CaseAction.FILE, CaseAction.DISPATCH, at=EAST)
    sign_in(client, "dispatcher", everything=True)
    address = draft(client, "试算")
    send(client, f"{address}/edit", **{**RULE, "areas": "", "unit_code": "U2"})
    sign_in(client, "dispatcher", areas=[(Level.STREET_OFFICE, toy_city.WEST)])
    month = f"{mine.case_no[:4]}-{mine.case_no[4:6]}"
    page = client.get(f"{address}/dry-run?month={month}&against=people").get_data(as_text=True)
    assert mine.case_no in page
    assert foreign.case_no not in page
    assert "让这套规则生效" not in page
    assert client.get(f"{address}/dry-run?month=soon").status_code == 400
