"""Scenarios in the browser: listed, asked, watched while they are computed, stopped, taken up again; by whom."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridmgmt.siting import job_store, scenario_store
from gridmgmt.siting.scenario import CurvePoint, JobState, PreparedSet
from gridmgmt.siting.scenario_settings import Problem
from tests.web import siting_city
from tests.web.desk import door_of
from tests.web.people import csrf_token, hidden, sign_in


@pytest.fixture
def prepared(app: Flask) -> PreparedSet:
    """Prepare a set in the shared city."""
    with door_of(app).sessions.begin() as session:
        return siting_city.prepare(session)


@pytest.fixture
def planner(client: FlaskClient) -> FlaskClient:
    """Sign a planner in."""
    sign_in(client, "planner", everything=True)
    return client


def send(client: FlaskClient, address: str, **values: Any) -> TestResponse:
    """Send a form of ours."""
    return client.post(address, data={"csrf_token": csrf_token(client), **values})


def asked(prepared: PreparedSet, **changes: str) -> dict[str, str]:
    """Return what somebody types into the form."""
    values = {"set_id": str(prepared.id), "problem": "mclp", "radius_m": "30", "sites": "6", "people_weight": "1"}
    return {**values, "name": f"方案 {prepared.id}", **changes}


def number_of(answer: TestResponse) -> int:
    """Return the scenario that a form led to."""
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(str(answer.headers["Location"]).rpartition("/")[2])


def test_a_form_begins_with_the_rules_and_what_the_programme_lacks(planner: FlaskClient, prepared: PreparedSet) -> None:
    page = planner.get(f"/siting/new?set={prepared.id}").get_data(as_text=True)
    assert hidden(page, "radius_m") == "30"
    assert hidden(page, "sites") == "8"
    assert "2021: 0\n2022: 8" in page
    assert hidden(page, "name").startswith("公共厕所 8 · 30 m") or "8 · 30 m" in hidden(page, "name")


def test_a_scenario_is_stored_as_it_was_typed_and_waits_for_the_worker(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    answer = send(
        planner, "/siting",
        **asked(prepared, quotas="420100001 1-3\n420100002：-4\n", years="2021: 2\n2022 4", spacing_m="12.5", forced="C0001 C0002", forbidden="C0003，C0004"),
    )  # fmt: skip
    number = number_of(answer)
    with door_of(app).sessions() as session:
        settings = scenario_store.get_scenario(session, number).settings
        job = job_store.list_jobs(session, number)[0]
    assert [(quota.code, quota.least, quota.most) for quota in settings.quotas] == [("420100001", 1, 3), ("420100002", None, 4)]
    assert dict(settings.years) == {2021: 2, 2022: 4}
    assert (settings.spacing_m, settings.forced, settings.forbidden) == (12.5, ("C0001", "C0002"), ("C0003", "C0004"))
    assert job.state is JobState.WAITING
    page = planner.get(f"/siting/{number}").get_data(as_text=True)
    assert "排队" in page
    assert "西街道 1–3" in page


def test_budget_costs_roads_and_upgrades_are_asked_in_the_form(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    typed = {
        "budget": "500",
        "cost_frontage": "80",
        "cost_upgrade": "30",
        "road_spacing_m": "主干路 400\nbranch 100 m",
        "upgrades_least": "1",
    }
    answer = send(planner, "/siting", **asked(prepared, **typed))
    assert answer.status_code == 400
    assert "&#39;branch&#39; 不在可选值" in answer.get_data(as_text=True)
    number = number_of(
        send(planner, "/siting", **asked(prepared, **typed | {"road_spacing_m": "主干路 400\n支路：100 m", "quotas": "西街道 1-3"}))
    )
    with door_of(app).sessions() as session:
        settings = scenario_store.get_scenario(session, number).settings
    assert (settings.budget, dict(settings.costs), settings.upgrades) == (500, {"frontage": 80, "upgrade": 30}, (1, None))
    assert dict(settings.road_spacing_m) == {"primary": 400.0, "tertiary": 100.0}
    assert [quota.code for quota in settings.quotas] == ["420100001"]
    page = planner.get(f"/siting/{number}").get_data(as_text=True)
    assert "主干路 400 m" in page
    assert "500 万元" in page
    copy = planner.get(f"/siting/new?copy={number}").get_data(as_text=True)
    assert (hidden(copy, "budget"), hidden(copy, "cost_upgrade"), hidden(copy, "upgrades_least")) == ("500", "30", "1")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("radius_m", "far", "不是数字"),
        ("sites", "2.5", "整数"),
        ("years", "2021: 1", "合计 1"),
        ("quotas", "420100001 three", "第 1 行"),
        ("quotas", "420100001 4-2", "下限 4 大于上限 2"),
        ("problem", "guess", "不在可选值"),
        ("name", " ", "必填"),
        ("forced", "C0001 nowhere", "第 2 个 nowhere 不是该数据集的候选点"),
        ("forbidden", "C0002\nC0001", "第 2 个 C0001 同时列为必选"),
        ("quotas", "西街道 1-3\n420199 1-2", "第 2 行：该数据集没有点位落在区或街道 420199"),
    ],
)
def test_a_form_that_means_nothing_comes_back_with_what_was_typed(
    planner: FlaskClient, prepared: PreparedSet, field: str, typed: str, said: str
) -> None:
    answer = send(planner, "/siting", **asked(prepared, **{"forced": "C0001", field: typed}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert said in page
    assert f'id="{field}-fault"' in page
    assert "C0001" in page


def test_a_name_is_taken_once(planner: FlaskClient, prepared: PreparedSet) -> None:
    number_of(send(planner, "/siting", **asked(prepared)))
    answer = send(planner, "/siting", **asked(prepared))
    assert answer.status_code == 409
    assert "已有名为" in answer.get_data(as_text=True)


def test_a_copy_begins_with_the_settings_and_what_was_tried_on_the_map(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    with door_of(app).sessions.begin() as session:
        scenario = siting_city.ask_for(session, prepared, spacing_m=7.5, forced=("C0001",), forbidden=("C0002",))
    page = planner.get(f"/siting/new?copy={scenario.id}&forced=C0002+C0003&forbidden=C0001").get_data(as_text=True)
    assert hidden(page, "spacing_m") == "7.5"
    assert hidden(page, "name") == f"{scenario.name} (2)"
    assert ">C0002\nC0003</textarea>" in page
    assert ">C0001</textarea>" in page


def test_a_running_job_is_told_as_it_stands(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    number = number_of(send(planner, "/siting", **asked(prepared)))
    with door_of(app).sessions.begin() as session:
        job = job_store.list_jobs(session, number)[0]
        job_store.take(session, job.id, key="k", now=siting_city.MADE, lease=siting_city.LEASE)
        curve = [CurvePoint(0.5, 900.0, None), CurvePoint(2.0, 1000.0, 1100.0)]
        job_store.beat(
            session, job.id, key="k", until=siting_city.MADE + siting_city.LEASE, seconds=2.0, progress=curve, saved={"selected": [1]}
        )
    told = planner.get(f"/api/siting/jobs/{job.id}").get_json()
    assert (told["state"], told["open"], told["unit"]) == ("running", True, "人")
    assert told["curve"] == [[0.5, 900.0, None], [2.0, 1000.0, 1100.0]]
    assert told["limit_s"] == 120


def test_a_job_is_stopped_and_taken_up_again(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    number = number_of(send(planner, "/siting", **asked(prepared)))
    with door_of(app).sessions() as session:
        job = job_store.list_jobs(session, number)[0]
    assert send(planner, f"/siting/{number}/solve").status_code == 409
    assert send(planner, f"/siting/jobs/{job.id}/cancel").status_code == 303
    assert "已取消" in planner.get(f"/siting/{number}").get_data(as_text=True)
    assert send(planner, f"/siting/jobs/{job.id}/cancel").status_code == 303
    assert send(planner, f"/siting/{number}/solve").status_code == 303
    with door_of(app).sessions() as session:
        assert [one.state for one in job_store.list_jobs(session, number)] == [JobState.WAITING, JobState.CANCELLED]


def test_the_list_shows_scenarios_sets_and_newest_results(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    with door_of(app).sessions.begin() as session:
        scenario = siting_city.ask_for(session, prepared)
        plan = siting_city.plan_for(session, scenario, (1, 2, 3, 4, 5, 6))
    page = planner.get("/siting").get_data(as_text=True)
    assert scenario.name in page
    assert prepared.name in page
    assert f'<a href="/siting/plans/{plan.id}">{plan.value:,.0f} 人</a>' in page
    assert "差距 9.10 %" in page


def test_who_may_not_plan_does_not_see_the_plans(client: FlaskClient, prepared: PreparedSet) -> None:
    sign_in(client, "handler", units=["U1"])
    assert client.get("/siting").status_code == 403
    assert send(client, "/siting", **asked(prepared)).status_code == 403


def test_pages_of_siting_are_english_on_request(planner: FlaskClient, prepared: PreparedSet) -> None:
    number = number_of(send(planner, "/siting", **asked(prepared)))
    assert "Siting" in planner.get("/siting?lang=en").get_data(as_text=True)
    page = planner.get(f"/siting/{number}").get_data(as_text=True)
    assert "Waiting" in page
    assert "Most covered by p sites" in page


def test_a_total_distance_is_told_for_each_person_and_a_bound_never_falls_back(
    app: Flask, planner: FlaskClient, prepared: PreparedSet
) -> None:
    """A job that was taken up again proves anew from the start: what was proved before still holds."""
    people = prepared.summary["demand"]["people"]
    with door_of(app).sessions.begin() as session:
        scenario = siting_city.ask_for(session, prepared, problem=Problem.P_MEDIAN)
        job = job_store.add_job(session, scenario.id, at=siting_city.MADE, by="tester")
        job_store.take(session, job.id, key="k", now=siting_city.MADE, lease=siting_city.LEASE)
        curve = [CurvePoint(1.0, 60.0 * people, 40.0 * people), CurvePoint(2.0, 50.0 * people, 0.0)]
        job_store.beat(session, job.id, key="k", until=siting_city.MADE + siting_city.LEASE, seconds=2.0, progress=curve, saved=None)
    told = planner.get(f"/api/siting/jobs/{job.id}").get_json()
    assert (told["unit"], told["curve"]) == ("米，平均", [[1.0, 60.0, 40.0], [2.0, 50.0, 40.0]])


def test_rules_that_contradict_each_other_are_named_as_the_form_names_them(app: Flask, planner: FlaskClient, prepared: PreparedSet) -> None:
    with door_of(app).sessions.begin() as session:
        scenario = siting_city.ask_for(session, prepared)
        job = job_store.add_job(session, scenario.id, at=siting_city.MADE, by="tester")
        job_store.take(session, job.id, key="k", now=siting_city.MADE, lease=siting_city.LEASE)
        words = "下列规则相互矛盾：配额 420100001 至少 9 处；配额 upgrade 至多 1 处；至多 6 处"
        job_store.finish(session, job.id, key="k", state=JobState.FAILED, at=siting_city.MADE, words="…", words_zh=words)
    page = planner.get(f"/siting/{scenario.id}").get_data(as_text=True)
    assert "下列规则相互矛盾：配额 西街道 至少 9 处；配额 改建现有设施 至多 1 处；至多 6 处" in page
