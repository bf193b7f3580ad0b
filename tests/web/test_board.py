"""The board through the browser's door: figures, drill-down, freshness, export, hot spots; scope everywhere."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zoneinfo
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases.model import CaseAction
from gridmgmt.city.model import Level
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.evaluation import day_store
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from tests import toy_city
from tests.cases import loop
from tests.web.people import sign_in

WEST, EAST = (Level.STREET_OFFICE, toy_city.WEST), (Level.STREET_OFFICE, toy_city.EAST)
NOW = datetime.datetime(2026, 11, 18, 10, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def board_app(web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Application on a city of its own: three cases in the west, opened today, one of them with a unit, one refused."""
    url = new_database(web_template)
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        cases = [loop.open_case(session, now=NOW) for _ in range(3)]
        for action in loop.TO_HANDLING:
            loop.act(session, cases[0], action, now=NOW)
        loop.act(session, cases[1], CaseAction.REFUSE, now=NOW)
        day = NOW.date()
        day_store.roll_up(session, day - datetime.timedelta(days=2), day - datetime.timedelta(days=1), time_zone="Asia/Shanghai")
    engine.dispose()
    made = create_app(Settings(database_url=url, var_dir=tmp_path_factory.mktemp("var"), rate_factor=0))
    made.testing = True
    made.extensions["door"].clock = lambda: NOW  # or a day might end between what is opened and what is counted
    yield made
    made.extensions["door"].engine.dispose()


@pytest.fixture
def client(board_app: Flask) -> FlaskClient:
    return board_app.test_client()


def test_the_board_shows_what_is_open_by_district_and_below(client: FlaskClient) -> None:
    sign_in(client, "supervisor", everything=True)
    page = client.get("/board").get_data(as_text=True)
    assert re.search(r'data-figure="open">2<', page)
    assert f"/board?area=district:{toy_city.DISTRICT}" in page
    below = client.get(f"/board?area=district:{toy_city.DISTRICT}").get_data(as_text=True)
    assert "西街道" in below
    assert client.get("/board?area=unit_grid:1").status_code == 400
    assert client.get("/board?area=nonsense").status_code == 400
    assert "近 14 天" in page


def test_the_figures_are_the_same_for_scripts_and_cost_nothing_when_unchanged(client: FlaskClient) -> None:
    sign_in(client, "supervisor", everything=True)
    first = client.get("/board.json")
    total = first.get_json()["total"]
    assert (total["open"], total["opened"], total["dropped"], total["state-handling"]) == (2, 3, 1, 1)
    again = client.get("/board.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "no-cache" in first.headers["Cache-Control"]


def test_a_board_holds_only_the_own_area(board_app: Flask) -> None:
    west, east = board_app.test_client(), board_app.test_client()
    sign_in(west, "supervisor", areas=[WEST])
    sign_in(east, "supervisor", areas=[EAST])
    assert west.get("/board.json").get_json()["total"]["open"] == 2
    for address in ("/board.json", f"/board.json?area=district:{toy_city.DISTRICT}", f"/board.json?area=street_office:{toy_city.WEST}"):
        board = east.get(address).get_json()
        assert board["total"]["open"] == board["total"]["opened"] == 0, address
    assert east.get("/board/spots.geojson").get_json()["features"] == []
    assert toy_city.WEST not in east.get("/board.csv").get_data(as_text=True)


def test_the_export_has_the_rows_and_their_sum(client: FlaskClient) -> None:
    sign_in(client, "supervisor", everything=True)
    rows = list(csv.DictReader(io.StringIO(client.get("/board.csv?sort=name").get_data(as_text=True).lstrip("\ufeff"))))
    assert [(row["名称"], row["在办"]) for row in rows] == [("玩具区", "2"), ("合计", "2")]


def test_hot_spots_are_squares_with_a_step_each(client: FlaskClient) -> None:
    sign_in(client, "supervisor", everything=True)
    found = client.get("/board/spots.geojson?days=7").get_json()
    assert [feature["properties"]["cases"] for feature in found["features"]] == [3]
    assert len(found["features"][0]["geometry"]["coordinates"][0]) == 5
    assert found["steps"] == [3]
    listed = client.get(found["features"][0]["properties"]["url"])
    assert listed.status_code == 200
    assert client.get("/board/spots.geojson?days=8").status_code == 400


@pytest.mark.parametrize("role", ["supervisor", "planner", "administrator", "dispatcher"])
def test_whoever_reads_the_board_may_open_the_list_behind_a_spot(board_app: Flask, role: str) -> None:
    client = board_app.test_client()
    sign_in(client, role, everything=True)
    (spot,) = client.get("/board/spots.geojson").get_json()["features"]
    assert spot["properties"]["cases"] == 2
    assert client.get(spot["properties"]["url"]).status_code == 200


def test_who_may_not_read_the_board_does_not(board_app: Flask) -> None:
    for role in ("handler", "inspector", "road_chief"):
        client = board_app.test_client()
        sign_in(client, role, person="P2" if role == "road_chief" else None)
        for address in ("/board", "/board.json", "/board.csv", "/board/spots.geojson"):
            assert client.get(address).status_code == 403
    assert board_app.test_client().get("/board.json").status_code in {303, 401}
