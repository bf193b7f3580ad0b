"""What the inspector's page asks for: tasks and reports of my own area, and a report that counts once."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases import store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import CaseAction, CaseState, CaseStep
from gridmgmt.city.model import Level
from gridmgmt.web.door import Door
from tests import toy_city
from tests.web.people import csrf_token, sign_in
from tests.web.test_api import lonlat
from tests.web.test_photos import a_photo, send

WEST, EAST = [(Level.STREET_OFFICE, toy_city.WEST)], [(Level.STREET_OFFICE, toy_city.EAST)]
CLASS = "matter:06010"


@pytest.fixture
def inspector(client: FlaskClient) -> FlaskClient:
    """Sign in an inspector of the western street office."""
    sign_in(client, "inspector", areas=WEST)
    return client


def report_body(x: float = 30, y: float = 30, **changes: Any) -> dict[str, Any]:
    lon, lat = lonlat(x, y)
    body = {
        "lon": lon,
        "lat": lat,
        "crs": "wgs84",
        "accuracy_m": 12.5,
        "managed_class": CLASS,
        "description": "一堆垃圾",
        "address": "公交站旁",
    }
    return body | {"client_request_id": uuid.uuid4().hex} | changes


def post(client: FlaskClient, body: Any) -> Any:
    return client.post("/api/reports", json=body, headers={"X-CSRF-Token": csrf_token(client)})


def steps_of(app: Flask, case_no: str) -> list[CaseStep]:
    door = app.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions() as session:
        found = store.find_case(session, case_no)
        assert found is not None
        return list(store.list_steps(session, found[0].id))


def act(app: Flask, case_no: str, *actions: CaseAction) -> None:
    door = app.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions.begin() as session:
        for action in actions:
            act_on_case(session, case_no, action, actor="office", now=datetime.datetime.now(datetime.UTC), reason="理由")


def test_report_is_in_the_name_of_the_inspector_and_counts_once(app: Flask, inspector: FlaskClient) -> None:
    """201, then 200 with the same number; other contents under the same id are a conflict."""
    photo = send(inspector, a_photo()).get_json()["photo"]
    body = report_body(photos=[photo])
    first, again = post(inspector, body), post(inspector, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["case_no"] == again.get_json()["case_no"]
    assert [first.get_json()["repeated"], again.get_json()["repeated"]] == [False, True]
    name = inspector.get("/api/session").get_json()["name"]
    assert steps_of(app, first.get_json()["case_no"])[0].actor == name
    assert post(inspector, body | {"description": "别的"}).status_code == 409
    assert inspector.get(f"/photos/{photo}/thumb").status_code == 200


def test_age_counts_and_not_the_clock_of_the_phone(app: Flask, inspector: FlaskClient) -> None:
    """A phone whose clock runs years ahead reported two hours before it sent."""
    body = report_body(reported_at="2099-01-01T08:00:00+08:00", sent_at="2099-01-01T10:00:00+08:00")
    case_no = post(inspector, body).get_json()["case_no"]
    door = app.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions() as session:
        found = store.find_case(session, case_no)
    assert found is not None
    age = datetime.datetime.now(datetime.UTC) - found[1].reported_at
    assert datetime.timedelta(hours=2) <= age < datetime.timedelta(hours=2, minutes=5)


def test_on_the_spot_report_waits_for_closing(app: Flask, inspector: FlaskClient) -> None:
    """Report and handling are one transaction and one act each, however often they are sent."""
    photos = [{"photo": send(inspector, a_photo()).get_json()["photo"], "role": role} for role in ("before", "after")]
    body = report_body(on_spot={"reason": "已清走", "photos": photos})
    case_no = post(inspector, body).get_json()["case_no"]
    assert post(inspector, body).get_json() == {"case_no": case_no, "repeated": True, "url": f"/cases/{case_no}"}
    steps = steps_of(app, case_no)
    assert [step.action for step in steps] == [CaseAction.REPORT, CaseAction.ASSIGN, CaseAction.HANDLE_ON_SPOT]
    assert steps[-1].to_state is CaseState.PENDING_CLOSING
    assert "±12 m" in (steps[-1].origin.position or "")


def test_on_the_spot_without_a_word_stores_nothing(app: Flask, inspector: FlaskClient) -> None:
    """The report is rolled back with the handling that was refused; the same id can be sent again."""
    body = report_body(on_spot={"reason": ""})
    assert post(inspector, body).status_code == 400
    again = post(inspector, body | {"on_spot": None})
    assert again.status_code == 201
    assert len(steps_of(app, again.get_json()["case_no"])) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_request_id": ""}, "client_request_id"),
        ({"lon": "east"}, "lon"),
        ({"managed_class": "matter:99999"}, "class_code"),
        ({"photos": ["no such photo"]}, "photos"),
        ({"photos": {"a": 1}}, "photos"),
        ({"reported_at": "yesterday"}, "reported_at"),
        ({"reported_at": "2026-11-02T10:00"}, "reported_at"),
        ({"on_spot": "yes"}, "on_spot"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(inspector: FlaskClient, changes: dict[str, Any], field: str) -> None:
    answer = post(inspector, report_body(**changes))
    assert (answer.status_code, answer.get_json()["field"]) == (400, field)


def test_a_list_is_no_report(inspector: FlaskClient) -> None:
    assert post(inspector, [1]).get_json()["field"] == "body"


def test_tasks_are_those_of_my_area(app: Flask, inspector: FlaskClient) -> None:
    """A case in the west that waits for verification is there with what may be said; the same in the east is not."""
    ours = post(inspector, report_body()).get_json()["case_no"]
    theirs = post(inspector, report_body(150, 30)).get_json()["case_no"]
    for case_no in (ours, theirs):
        act(app, case_no, CaseAction.REQUEST_VERIFICATION)
    tasks = {task["case_no"]: task for task in inspector.get("/api/inspector/tasks").get_json()["tasks"]}
    assert ours in tasks
    assert theirs not in tasks
    task = tasks[ours]
    assert [(entry["action"], entry["reason"]) for entry in task["actions"]] == [
        ("verify", False), ("verify_unfounded", True), ("handle_on_spot", True),
    ]  # fmt: skip
    assert (task["version"], task["class_name"], task["state_label"]) == (3, "暴露垃圾", "待核实")
    lon, lat = lonlat(30, 30)
    assert (task["lon"], task["lat"]) == pytest.approx((lon, lat), abs=1e-6)


def test_who_may_not_verify_has_no_tasks(client: FlaskClient) -> None:
    """A building head reports, and is sent nowhere."""
    sign_in(client, "building_head", areas=WEST)
    assert client.get("/inspector").status_code == 200
    assert client.get("/api/inspector/tasks").get_json() == {"tasks": [], "more": False}


def test_my_reports_are_mine_alone(app: Flask, inspector: FlaskClient) -> None:
    """Also those outside my area, and nobody else's."""
    mine = post(inspector, report_body(150, 30)).get_json()["case_no"]
    other = app.test_client()
    sign_in(other, "inspector", areas=WEST)
    theirs = post(other, report_body()).get_json()["case_no"]
    listed = [entry["case_no"] for entry in inspector.get("/api/inspector/reports").get_json()["reports"]]
    assert mine in listed
    assert theirs not in listed


def test_nearby_are_open_cases_of_the_same_class_with_their_distance(inspector: FlaskClient) -> None:
    """Ten metres away is near, across the border is none of mine."""
    case_no = post(inspector, report_body(80, 30)).get_json()["case_no"]
    post(inspector, report_body(105, 30))
    lon, lat = lonlat(90, 30)
    values = {"lon": lon, "lat": lat, "crs": "wgs84", "class": CLASS}
    near = inspector.get("/api/inspector/nearby", query_string=values).get_json()["cases"]
    assert (case_no, 10) in [(entry["case_no"], entry["distance_m"]) for entry in near]
    assert all(entry["distance_m"] <= 50 for entry in near)
    assert not inspector.get("/api/inspector/nearby", query_string=values | {"class": "component:01001"}).get_json()["cases"]
    stranger = inspector.application.test_client()
    sign_in(stranger, "inspector", areas=EAST)
    assert case_no not in str(stranger.get("/api/inspector/nearby", query_string=values).get_json())


def test_frequent_classes_come_from_my_area(inspector: FlaskClient) -> None:
    post(inspector, report_body())
    answer = inspector.get("/api/inspector/classes").get_json()
    assert CLASS in answer["frequent"]
    assert {"key": CLASS, "code": "06010", "name": "暴露垃圾", "group": "市容环境类"} in answer["classes"]
    assert inspector.get("/api/inspector/area").get_json()["features"][0]["properties"]["code"] == toy_city.WEST


@pytest.mark.parametrize("address", ["/inspector", "/api/inspector/tasks", "/api/inspector/reports", "/api/inspector/nearby"])
def test_nobody_else_gets_in(client: FlaskClient, address: str) -> None:
    """Not signed in: to the sign-in page, or 401; a handler: 403."""
    assert client.get(address).status_code == (401 if address.startswith("/api/") else 303)
    sign_in(client, "handler", units=[])
    assert client.get(address).status_code == 403


def test_kept_pages_are_never_kept_by_the_browser_itself(inspector: FlaskClient) -> None:
    for address in ("/inspector", "/api/inspector/tasks"):
        assert inspector.get(address).headers["Cache-Control"] == "no-store"


def test_worker_names_files_that_exist_and_changes_with_them(client: FlaskClient) -> None:
    """Its scope is the whole site; the page /offline is the same for everybody."""
    answer = client.get("/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    build = client.application.json.loads(answer.get_data(as_text=True).split("\n", 1)[0].removeprefix("const BUILD = ").rstrip(";"))
    for file in build["files"]:
        assert client.get(file).status_code == 200, file


def test_manifest_names_icons_that_exist(client: FlaskClient) -> None:
    manifest = client.get("/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    icons = client.application.json.loads(manifest.data)["icons"]
    assert all(client.get(icon["src"]).mimetype == "image/png" for icon in icons)
    assert client.application.json.loads(manifest.data)["start_url"] == "/inspector"
