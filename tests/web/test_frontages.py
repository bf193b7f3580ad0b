"""Frontages through the browser's door: list, one shop, a check with photos; scope everywhere."""

from __future__ import annotations

import datetime
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.city.model import Level
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import NewFrontage
from gridmgmt.web.door import Door
from tests import toy_city
from tests.photos.pictures import picture
from tests.web.people import csrf_token, sign_in
from tests.web_city import HOSTILE

SHOPS = (
    NewFrontage("W1", HOSTILE, "=1+1", "R1", toy_city.point(20, 20), "P6", datetime.date(2026, 1, 5)),
    NewFrontage("W2", "西超市", None, "R1", toy_city.point(60, 12)),
    NewFrontage("E1", "东药店", None, None, toy_city.point(150, 185)),
)


@pytest.fixture(autouse=True)
def _register(app: Flask) -> None:
    door = app.extensions["door"]
    assert isinstance(door, Door)
    with door.sessions.begin() as session:
        write_frontages(session, plan_frontages(session, list(enumerate(SHOPS, 1)), on=datetime.date(2026, 11, 1)))


def check(client: FlaskClient, code: str, *, photo: bool = False, request_id: str = "r", **given: str) -> tuple[int, str]:
    data: dict[str, object] = {
        "csrf_token": csrf_token(client),
        "request_id": request_id,
        "sanitation": "yes",
        "greenery": "none",
        "public_order": "yes",
    }
    data |= given
    if photo:
        data["photos"] = [(io.BytesIO(picture()), "front.jpg")]
    response = client.post(f"/road-chief/frontages/{code}/checks", data=data)
    return response.status_code, response.get_data(as_text=True)


def test_a_check_with_a_photo_is_written_once_and_shown(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P2")
    for _ in range(2):
        assert check(client, "W1", photo=True, request_id="one", sanitation="no", note="有垃圾")[0] == 303
    page = client.get("/road-chief/frontages/W1").get_data(as_text=True)
    assert page.count('class="check-list"') == 1
    assert page.count("有垃圾") == 1
    found = re.search(r"/photos/[0-9a-f]{64}/thumb", page)
    assert found
    assert client.get(found[0]).status_code == 200
    stranger = client.application.test_client()
    sign_in(stranger, "road_chief", person="P3")
    assert stranger.get(found[0]).status_code == 404


def test_a_refused_check_keeps_what_was_typed_and_the_photo(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P2")
    status, page = check(client, "W2", photo=True, request_id="two", sanitation="no")
    assert status == 400
    assert "请写明问题" in page
    assert 'name="photo"' in page
    assert re.search(r'name="sanitation" value="no" checked', page)
    assert check(client, "W2", request_id="three", greenery="")[0] == 400


def test_lists_and_exports_hold_what_one_may_see(app: Flask) -> None:
    seen = {}
    for role, person, areas in (
        ("shop_head", "P6", ()),
        ("road_chief", "P3", ()),
        ("supervisor", None, ((Level.STREET_OFFICE, toy_city.EAST),)),
    ):
        client = app.test_client()
        sign_in(client, role, person=person, areas=areas)
        page = client.get("/road-chief/frontages").get_data(as_text=True)
        export = client.get("/road-chief/frontages.csv").get_data(as_text=True)
        codes = set(re.findall(r"/road-chief/frontages/(\w\d)", page))
        assert codes == {row[:2] for row in export.splitlines()[1:]}
        seen[role] = codes
        for foreign in {"W1", "E1"} - codes:
            assert client.get(f"/road-chief/frontages/{foreign}").status_code == 404
            assert check(client, foreign)[0] in {403, 404}
    assert seen == {"shop_head": {"W1", "W2"}, "road_chief": {"E1"}, "supervisor": {"E1"}}


def test_hostile_names_stay_text_and_formulas_stay_text(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P2")
    page = client.get("/road-chief/frontages").get_data(as_text=True)
    assert HOSTILE not in page
    assert "'=1+1" in client.get("/road-chief/frontages.csv").get_data(as_text=True)


def test_the_list_is_narrowed_by_words_and_verdict(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P2")
    assert "W2" not in client.get("/road-chief/frontages?verdict=unsigned&q=W1").get_data(as_text=True)
    assert "西超市" in client.get("/road-chief/frontages?verdict=unsigned").get_data(as_text=True)
    assert client.get("/road-chief/frontages?verdict=nonsense").status_code == 400


def test_a_supervisor_may_look_but_not_check(client: FlaskClient) -> None:
    sign_in(client, "supervisor", everything=True)
    assert "保存检查" not in client.get("/road-chief/frontages/W1").get_data(as_text=True)
    assert check(client, "W1")[0] == 403
    assert client.application.test_client().get("/road-chief/frontages").status_code == 303
