"""Sets asked for on the page, prepared by the worker, looked at with what was dropped."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from gridmgmt.errors import NotReadyError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting import preparation_store, set_store
from gridmgmt.siting.scenario import JobState
from gridmgmt.siting.tables import SitingPreparationRow
from tests.siting.drawn_set import AT, add_drawn_scenario, drawn_tables
from tests.web import siting_city
from tests.web.desk import door_of
from tests.web.people import csrf_token, sign_in


@pytest.fixture
def planner(app: Flask, client: FlaskClient) -> FlaskClient:
    """Sign a planner in where nobody has asked for a set."""
    with door_of(app).sessions.begin() as session:
        session.execute(delete(SitingPreparationRow))
    sign_in(client, "planner", everything=True)
    return client


def ask(client: FlaskClient, **values: str) -> tuple[int, str]:
    """Send the form; return status and page."""
    answer = client.post("/siting/sets", data={"csrf_token": csrf_token(client), "kind": "toilet", "day": "2026-03-01", **values})
    return answer.status_code, answer.get_data(as_text=True)


def test_a_set_is_asked_for_once_and_waits_for_the_worker(app: Flask, planner: FlaskClient) -> None:
    assert ask(planner)[0] == 303
    with door_of(app).sessions() as session:
        number = preparation_store.find_due(session, now=AT)
    assert number is not None
    assert planner.get(f"/api/siting/preparations/{number}").get_json()["state"] == "waiting"
    assert "正在准备" in planner.get("/siting").get_data(as_text=True)
    status, page = ask(planner)
    assert (status, "公共厕所的数据集正在准备" in page) == (409, True)
    assert ask(planner, kind="transfer-station")[0] == 303


@pytest.mark.parametrize(
    ("field", "value", "said"), [("kind", "palace", "不是可规划的设施类别"), ("day", "2999-01-01", "尚未到来"), ("day", "soon", "不是日期")]
)
def test_what_cannot_be_prepared_is_said_on_the_list(planner: FlaskClient, field: str, value: str, said: str) -> None:
    status, page = ask(planner, **{field: value})
    assert (status, said in page) == (400, True)
    assert "正在准备" not in page


def test_one_that_was_left_is_taken_again_and_at_last_fails(app: Flask) -> None:
    day = datetime.date(2026, 3, 1)
    with door_of(app).sessions.begin() as session:
        session.execute(delete(SitingPreparationRow))
        asked = preparation_store.ask(session, FacilityKind.TOILET, day, at=AT, by="planner")
        for attempt in range(preparation_store.MOST_ATTEMPTS):
            now = AT + attempt * 2 * preparation_store.LEASE
            assert preparation_store.take(session, asked.id, now=now) is not None
            assert preparation_store.take(session, asked.id, now=now) is None
            assert preparation_store.find_due(session, now=now) is None
        assert preparation_store.take(session, asked.id, now=AT + datetime.timedelta(days=1)) is None
        session.flush()
        assert preparation_store.get_preparation(session, asked.id).state is JobState.FAILED
        other = preparation_store.ask(session, FacilityKind.TOILET, day, at=AT, by="planner")
        preparation_store.take(session, other.id, now=AT)
        preparation_store.finish(session, other.id, error=NotReadyError("no roads", zh="没有道路"))
        session.flush()
        assert [one.words_zh for one in preparation_store.list_recent(session, since=AT)] == ["异常中止 3 次", "没有道路"]
        session.execute(delete(SitingPreparationRow))


def test_a_set_shows_its_rules_and_every_place_dropped_with_its_reason(app: Flask, planner: FlaskClient) -> None:
    tables = drawn_tables(demand=20, candidates=30)
    with door_of(app).sessions.begin() as session:
        number = add_drawn_scenario(session, tables, name="剔除").set_id
        prepared = siting_city.prepare(session)
        assert len(set_store.read_candidates(session, number, dropped=True).code) == 3
    found = planner.get(f"/siting/sets/{number}/dropped").get_json()
    assert list(found) == ["keep_away:school"]
    assert found["keep_away:school"]["code"] == ["F-27", "F-28", "F-29"]
    assert all(113 < lon < 115 for lon in found["keep_away:school"]["lon"])
    page = planner.get(f"/siting/sets/{prepared.id}").get_data(as_text=True)
    assert "化粪池壁距其他建筑物不小于 5 m" in page
    assert "GB 55013-2021 5.0.1" in page
    assert 'data-rule="keep_away:building" checked' in page
    assert "Candidates dropped" in planner.get(f"/siting/sets/{prepared.id}?lang=en").get_data(as_text=True)
    assert planner.get("/siting/sets/987654").status_code == 404
