"""The report page without a script: form, check, case; sent twice it stays one case."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridmgmt.cases import store as case_store
from gridmgmt.web.door import Door
from tests import toy_city
from tests.web.people import sign_in
from tests.web.test_api import lonlat
from tests.web_city import HOSTILE

JSON = {"Accept": "application/json"}


def hidden(page: str, name: str) -> str:
    """Return the value of a form's field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


def filled(client: FlaskClient, **values: str) -> dict[str, str]:
    """Return what the browser would send after the form was opened and filled in."""
    page = client.get("/report").get_data(as_text=True)
    return {"csrf_token": hidden(page, "csrf_token"), "request_id": hidden(page, "request_id"), **values}


def at(x: float, y: float) -> dict[str, str]:
    """Return the position fields of a point of the drawing."""
    lon, lat = lonlat(x, y)
    return {"lon": f"{lon:.9f}", "lat": f"{lat:.9f}", "crs": "wgs84"}


def count_cases(app: Flask) -> int:
    """Return how many cases are stored."""
    door = app.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions() as session:
        return case_store.count_cases(session)


@pytest.fixture
def cases_before(app: Flask) -> int:
    """Return how many cases other tests have left."""
    return count_cases(app)


def test_preview_says_who_answers_and_stores_nothing(app: Flask, cases_before: int, client: FlaskClient) -> None:
    """The second step shows grid, street office, segment, chief and distance, and carries every field on."""
    form = filled(client, **at(30, 30), description="一堆垃圾", managed_class="matter:06010")
    page = client.post("/report/preview", data=form)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for word in (toy_city.SOUTH_WEST, "西街道", "玩具区", "南大路", "20.0 m", "赵路长", "30.0 m"):
        assert word in text
    assert hidden(text, "request_id") == form["request_id"]
    assert count_cases(app) - cases_before == 0


def test_confirmed_report_becomes_a_case_with_its_assignment(app: Flask, cases_before: int, client: FlaskClient) -> None:
    """303 to the case's page, which offers to report another nearby."""
    response = client.post(
        "/report", data=filled(client, **at(30, 30), description="一堆垃圾", managed_class="matter:06010", step="confirm")
    )
    assert response.status_code == 303
    page = client.get(response.location).get_data(as_text=True)
    for word in ("一堆垃圾", toy_city.SOUTH_WEST, "Z-W", "赵路长", "06010 暴露垃圾", "/report?lon=114.0"):
        assert word in page
    assert count_cases(app) - cases_before == 1


def test_same_request_twice_is_one_case(app: Flask, cases_before: int, client: FlaskClient) -> None:
    """A double click, a retry after a lost answer: the same case number, 201 then 200 for the script."""
    form = filled(client, **at(30, 30), description="重复")
    first, second = (client.post("/report", data=form, headers=JSON) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json()["case_no"] == second.get_json()["case_no"]
    assert second.get_json()["repeated"] is True
    assert count_cases(app) - cases_before == 1


def test_same_id_with_other_contents_is_refused(app: Flask, cases_before: int, client: FlaskClient) -> None:
    """409 names the case that exists."""
    form = filled(client, **at(30, 30), description="甲")
    first = client.post("/report", data=form, headers=JSON).get_json()
    second = client.post("/report", data=form | {"description": "乙"}, headers=JSON)
    assert second.status_code == 409
    assert first["case_no"] in second.get_json(force=True)["detail_zh"]
    assert count_cases(app) - cases_before == 1


@pytest.mark.parametrize(
    ("code", "word"), [(toy_city.NORTH_EAST, toy_city.NORTH_EAST), (toy_city.WEST_COMMUNITY, "西社区"), ("R2", "北小路")]
)
def test_code_stands_for_a_place(client: FlaskClient, code: str, word: str) -> None:
    """A grid, an area or a road segment is place enough; it outranks coordinates."""
    page = client.post("/report/preview", data=filled(client, place=code, lon="1", lat="1"))
    assert page.status_code == 200
    assert word in page.get_data(as_text=True)


def test_facility_code_stands_for_its_place(client: FlaskClient) -> None:
    """T-1 stands at (50, 50); the code and the words on the place stay with the report."""
    response = client.post("/report", data=filled(client, place="T-1", address="公交站旁"), headers=JSON)
    page = client.get(response.get_json()["url"]).get_data(as_text=True)
    lon, lat = lonlat(50, 50)
    assert f"{lon:.6f}, {lat:.6f}" in page
    assert "T-1 公交站旁" in page


@pytest.mark.parametrize(("source", "label"), [("", "市民随手拍"), ("public", "市民随手拍"), ("inspector", "采集员上报")])
def test_reporter_says_who_they_are(client: FlaskClient, source: str, label: str) -> None:
    """Citizens, unless an inspector who signed in says otherwise; the check page shows it before it is stored."""
    if source == "inspector":
        sign_in(client, "inspector", everything=True)
    form = filled(client, **at(30, 30), source=source)
    assert ("采集员" in client.post("/report/preview", data=form).get_data(as_text=True)) == (source == "inspector")
    response = client.post("/report", data=form, headers=JSON)
    assert label in client.get(response.get_json()["url"]).get_data(as_text=True)


def test_nobody_is_an_inspector_without_signing_in(client: FlaskClient) -> None:
    """403, and nothing is stored."""
    answer = client.post("/report", data=filled(client, **at(30, 30), source="inspector"), headers=JSON)
    assert (answer.status_code, answer.get_json(force=True)["detail_zh"]) == (403, "采集员请先登录")


@pytest.mark.parametrize("source", ["hotline", "import", "mayor"])
def test_reporter_cannot_be_a_machine(client: FlaskClient, source: str) -> None:
    """Sources without a person in front of this page are refused."""
    assert client.post("/report", data=filled(client, **at(30, 30), source=source), headers=JSON).status_code == 400


def test_report_by_code_is_stored_at_the_point_shown(client: FlaskClient) -> None:
    """The middle of R2 is (100, 190), on the edge between two grids; the lower code answers."""
    response = client.post("/report", data=filled(client, place="R2"), headers=JSON)
    page = client.get(response.get_json()["url"]).get_data(as_text=True)
    lon, lat = lonlat(100, 190)
    assert f"{lon:.6f}, {lat:.6f}" in page
    assert toy_city.NORTH_WEST in page


@pytest.mark.parametrize(
    ("values", "status", "sentence"),
    [
        ({}, 400, "未选择位置"),
        ({"lon": "114.0005"}, 400, "不是数字"),
        ({"lon": "30.54", "lat": "114.0", "crs": "wgs84"}, 422, "是否写反了"),
        ({"place": "no-such-code"}, 400, "没有编码为 no-such-code"),
        ({"lon": "114.0005", "lat": "30.5405", "crs": "mars"}, 400, "不是已知坐标系"),
        ({"lon": "114.0005", "lat": "30.5405", "managed_class": "matter:99999"}, 400, "99999"),
        ({"lon": "114.0005", "lat": "30.5405", "managed_class": "castle:1"}, 400, "类别"),
        ({"lon": "114.0005", "lat": "30.5405", "accuracy_m": "-5"}, 400, "定位精度"),
    ],
)
def test_refused_form_comes_back_filled_in(  # noqa: PLR0917
    app: Flask, cases_before: int, client: FlaskClient, values: dict[str, str], status: int, sentence: str
) -> None:
    """What was typed stays, one sentence says what is wrong, nothing is stored."""
    response = client.post("/report/preview", data=filled(client, **values, description="别丢了我的字"))
    text = unescape(response.get_data(as_text=True))
    assert response.status_code == status
    assert sentence in text
    assert "别丢了我的字" in text
    assert count_cases(app) - cases_before == 0


def test_point_in_no_grid_is_accepted_and_waits_for_the_dispatcher(client: FlaskClient) -> None:
    """Inside the envelope but outside every grid: a case all the same."""
    response = client.post("/report", data=filled(client, **at(500, 500)), headers=JSON)
    assert response.status_code == 201
    assert "无路长，转派遣员处理" in client.get(response.get_json()["url"]).get_data(as_text=True)


def test_form_without_our_token_is_refused(app: Flask, cases_before: int, client: FlaskClient) -> None:
    """Another site cannot report in the visitor's name."""
    form = filled(client, **at(30, 30))
    for broken in ({**form, "csrf_token": "guess"}, {key: value for key, value in form.items() if key != "csrf_token"}):
        assert client.post("/report", data=broken).status_code == 400
    assert app.test_client().post("/report", data=form).status_code == 400
    assert count_cases(app) - cases_before == 0


def test_form_that_was_open_too_long_comes_back_filled_with_a_fresh_token(app: Flask, cases_before: int, client: FlaskClient) -> None:
    """Nothing is stored, nothing typed is lost, and sending it once more is enough, at either step."""
    for address in ("/report/preview", "/report"):
        form = filled(client, **at(30, 30), description="写了很久的一段话", address="东湖路 12 号", contact_phone="13800000000")
        later = app.test_client()
        page = later.post(address, data={**form, "csrf_token": "of another day"})
        text = page.get_data(as_text=True)
        assert page.status_code == 400
        assert "请再提交一次" in text
        for kept in ("写了很久的一段话", "东湖路 12 号", "13800000000", form["lon"], form["request_id"]):
            assert kept in text
        assert count_cases(app) == cases_before
        assert later.post("/report/preview", data={**form, "csrf_token": hidden(text, "csrf_token")}).status_code == 200
    stored = later.post("/report", data={**form, "csrf_token": hidden(text, "csrf_token")})
    assert stored.status_code == 303
    assert count_cases(app) - cases_before == 1


def test_a_program_with_a_token_out_of_date_is_told_which_field(client: FlaskClient) -> None:
    answer = client.post("/report", data={**filled(client, **at(30, 30)), "csrf_token": "guess"}, headers=JSON)
    assert (answer.status_code, answer.get_json()["field"]) == (400, "csrf_token")


def test_change_leads_back_to_the_form_with_everything(client: FlaskClient) -> None:
    """The way back keeps the fields and the request id."""
    form = filled(client, **at(30, 30), description="想改一下")
    page = client.post("/report", data={**form, "step": "change"}).get_data(as_text=True)
    assert "想改一下" in page
    assert hidden(page, "request_id") == form["request_id"]


def test_markup_in_a_description_is_text(client: FlaskClient) -> None:
    """Stored as typed, shown as typed, never run."""
    form = filled(client, **at(150, 140), description=HOSTILE)
    pages = [client.post("/report/preview", data=form), client.get(client.post("/report", data=form, headers=JSON).get_json()["url"])]
    for page in pages:
        assert "<img src=x" not in page.get_data(as_text=True)
        assert HOSTILE in unescape(page.get_data(as_text=True))


def test_unknown_case_is_a_page_with_a_sentence(client: FlaskClient) -> None:
    """404 in words."""
    response: TestResponse = client.get("/report/done/none")
    assert response.status_code == 404
    assert "没有案卷 none" in response.get_data(as_text=True)


def test_form_is_never_kept_by_the_browser(client: FlaskClient) -> None:
    """Going back must not resend an old request id."""
    assert client.get("/report").headers["Cache-Control"] == "no-store"
