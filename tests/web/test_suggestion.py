"""What the rules say of a case: shown before it is dispatched, kept with the step, and another unit needs a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.dispatch import rule_store
from gridmgmt.dispatch.model import DispatchRule, Target
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from tests.cases.loop import TO_FILED
from tests.web.desk import act, bring, door_of, now, send, stored
from tests.web.people import csrf_token, sign_in

A, S = CaseAction, CaseState
RULES = (
    DispatchRule(1, "垃圾归街道", Target.UNIT, unit_code="U2", class_codes=("06010",)),
    DispatchRule(2, "井盖即派", Target.UNIT, unit_code="U1", class_codes=("01",), automatic=True),
)


@pytest.fixture
def ruled(web_template: str, new_database: Callable[..., str], tmp_path: Path) -> Iterator[Flask]:
    """Return an application on a city of its own, with two rules in force."""
    app = create_app(Settings(database_url=new_database(web_template), var_dir=tmp_path, rate_factor=0))
    app.testing = True
    with door_of(app).sessions.begin() as session:
        rule_set = rule_store.add_rule_set(session, "试行", made_by="test", made_at=now())
        rule_store.replace_rules(session, rule_set.id, RULES)
        rule_store.put_in_force(session, rule_set.id, now(), by="test", reason="试行")
    yield app
    door_of(app).engine.dispose()


@pytest.fixture
def dispatcher(ruled: Flask) -> FlaskClient:
    """Return a dispatcher's browser."""
    client = ruled.test_client()
    sign_in(client, "dispatcher", everything=True)
    return client


def test_suggested_unit_is_explained_and_chosen_in_the_form(ruled: Flask, dispatcher: FlaskClient) -> None:
    page = dispatcher.get(f"/cases/{bring(ruled, *TO_FILED).case_no}").get_data(as_text=True)
    assert "建议派遣 U2 西街道" in page
    assert "垃圾归街道" in page
    assert '<option value="U2" selected>' in page


def test_following_the_rule_needs_no_reason_and_names_the_rule(ruled: Flask, dispatcher: FlaskClient) -> None:
    case = bring(ruled, *TO_FILED)
    assert send(dispatcher, case, A.DISPATCH, detail_unit_code="U2", reason="").status_code == 303
    assert stored(ruled, case.case_no)[1][-1].details["by_rule"]["rule"] == "垃圾归街道"


def test_another_unit_needs_a_reason_which_stays(ruled: Flask, dispatcher: FlaskClient) -> None:
    case = bring(ruled, *TO_FILED)
    answer = send(dispatcher, case, A.DISPATCH, detail_unit_code="U1", reason="")
    assert answer.status_code == 400
    assert "按规则应派往西街道" in answer.get_data(as_text=True)
    assert act(dispatcher, case, A.DISPATCH, details={"unit_code": "U1"}, reason=None).status_code == 400
    assert stored(ruled, case.case_no)[0].state is S.PENDING_DISPATCH
    assert send(dispatcher, case, A.DISPATCH, detail_unit_code="U1", reason="街道人手不足").status_code == 303
    step = stored(ruled, case.case_no)[1][-1]
    assert (step.reason, step.details["suggested"]) == ("街道人手不足", "U2")


def test_several_cases_go_each_where_its_rule_says(ruled: Flask, dispatcher: FlaskClient) -> None:
    rubbish, unclassed = bring(ruled, *TO_FILED), bring(ruled, *TO_FILED, class_code=None)
    fields = {
        "csrf_token": csrf_token(dispatcher),
        "action": "dispatch",
        "client_request_id": "b",
        "case_no": [rubbish.case_no, unclassed.case_no],
    }
    assert "2 件已办理" in dispatcher.post("/cases/bulk", data=fields).get_data(as_text=True)
    assert [stored(ruled, case.case_no)[0].unit_code for case in (rubbish, unclassed)] == ["U2", "CITY-QUEUE"]


def test_filing_dispatches_at_once_where_a_rule_says_so(ruled: Flask) -> None:
    client = ruled.test_client()
    sign_in(client, "intake_officer", everything=True)
    case = bring(ruled, class_code=None)
    answer = send(client, case, A.FILE, detail_class="component:01001")
    assert answer.status_code == 303
    after, steps = stored(ruled, case.case_no)
    assert (after.state, after.unit_code) == (S.PENDING_HANDLING, "U1")
    assert [step.actor for step in steps[-1:]] == ["system"]
