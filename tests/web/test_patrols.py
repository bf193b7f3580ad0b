"""Patrols through the browser's door: the phone's messages, the log, my page, the month; scope everywhere."""

from __future__ import annotations

import csv
import datetime
import io
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt import crs
from gridmgmt.city.model import Level
from tests import toy_city
from tests.web.people import csrf_token, sign_in

WEST, EAST = (Level.STREET_OFFICE, toy_city.WEST), (Level.STREET_OFFICE, toy_city.EAST)
CITY_TIME = zoneinfo.ZoneInfo("Asia/Shanghai")
NOW = datetime.datetime(2026, 11, 18, 10, tzinfo=CITY_TIME)  # a Wednesday


@pytest.fixture(autouse=True)
def wednesday(set_clock: Callable[[datetime.datetime], None]) -> None:
    """Stop the clock in the middle of a week: what is walked here is walked in this week and month."""
    set_clock(NOW)


def along_r1(first: int, last: int, *, start: datetime.datetime) -> list[list[float | None]]:
    """Positions every ten metres and ten seconds, as the phone writes them."""
    points: list[list[float | None]] = []
    for n, x in enumerate(range(first, last + 1, 10)):
        lon, lat = crs.crs_to_crs(*toy_city.point(x, 10), "epsg:4547", crs.WGS84)
        points.append([(start.timestamp() + 10 * n) * 1000, float(lon), float(lat), 6.0])
    return points


def post(client: FlaskClient, address: str, **body: Any) -> Any:
    return client.post(address, json=body, headers={"X-CSRF-Token": csrf_token(client)})


def walked(client: FlaskClient, key: str, *, ended: datetime.datetime = NOW, metres: int = 200) -> str:
    """Walk along R1 for twenty minutes and return the address of the patrol."""
    start = ended - datetime.timedelta(minutes=20)
    assert post(client, "/api/patrols", key=key, started_at=start.isoformat()).status_code == 201
    answer = post(client, f"/api/patrols/{key}/points", seq=0, points=along_r1(0, metres, start=start))
    assert answer.status_code == 200
    url: str = post(client, f"/api/patrols/{key}/end", ended_at=ended.isoformat()).get_json()["url"]
    return url


def test_a_patrol_sent_twice_is_one_and_is_shown_in_the_log(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P2")
    url = walked(client, "web-1")
    start = NOW - datetime.timedelta(minutes=20)
    again = post(client, "/api/patrols/web-1/points", seq=0, points=along_r1(0, 200, start=start)).get_json()
    assert (again["repeated"], again["points"], round(again["length_m"])) == (True, 21, 200)
    assert "李路长" in client.get(url).get_data(as_text=True)
    feature = client.get(f"{url}.geojson").get_json()["features"][0]
    assert feature["geometry"]["type"] == "MultiLineString"
    assert url in client.get("/road-chief/patrols").get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(client.get("/road-chief/patrols.csv").get_data(as_text=True))))
    assert ["P2", "李路长"] in [row[:2] for row in rows]


def test_my_page_shows_posts_segments_walked_and_team(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P2")
    walked(client, "web-2")
    assert client.get("/road-chief").headers["Location"] == "/road-chief/mine"
    page = client.get("/road-chief/mine").get_data(as_text=True)
    assert "西社区责任区" in page
    assert "钱楼长" in page
    assert "100%" in page
    properties = [feature["properties"] for feature in client.get("/road-chief/mine.geojson").get_json()["features"]]
    covered = {entry["code"]: entry["covered"] for entry in properties if entry["type"] == "segment"}
    assert covered == {"R1": True, "R2": False}


def at(month: int, day: int, hour: int, minute: int, *, year: int = 2026) -> datetime.datetime:
    return datetime.datetime(year, month, day, hour, minute, tzinfo=CITY_TIME)


@pytest.mark.parametrize(
    ("ended", "looked", "patrols"),
    [
        (at(3, 8, 23, 59), at(3, 8, 23, 59), 1),  # late on Sunday
        (at(3, 16, 0, 5), at(3, 16, 0, 6), 0),  # on Monday, begun on Sunday: it counts for the week it began in
        (at(3, 23, 0, 20), at(3, 23, 0, 21), 1),  # begun as Monday does
        (at(1, 1, 0, 5), at(1, 1, 0, 6), 1),  # a Thursday: a year begins, the week goes on
    ],
)  # fmt: skip
def test_a_walk_counts_for_the_week_it_began_in(
    client: FlaskClient, set_clock: Callable[[datetime.datetime], None], ended: datetime.datetime, looked: datetime.datetime, patrols: int
) -> None:
    set_clock(looked)
    sign_in(client, "road_chief", person="P2")
    walked(client, f"week-{ended:%m%d}", ended=ended)
    assert f"<b>{patrols}</b>本周巡查" in client.get("/road-chief/mine").get_data(as_text=True)
    features = client.get("/road-chief/mine.geojson").get_json()["features"]
    (covered,) = [entry["properties"]["covered"] for entry in features if entry["properties"].get("code") == "R1"]
    assert covered == bool(patrols)


@pytest.mark.parametrize(("ended", "month", "patrols"), [(at(5, 1, 0, 10), "2026-05", 0), (at(7, 31, 23, 59), "2026-07", 1)])
def test_a_walk_counts_for_the_month_it_began_in(
    client: FlaskClient, set_clock: Callable[[datetime.datetime], None], ended: datetime.datetime, month: str, patrols: int
) -> None:
    set_clock(ended)
    sign_in(client, "road_chief", person="P2")
    walked(client, f"month-{ended:%m%d}", ended=ended)
    page = client.get("/road-chief/monthly").get_data(as_text=True)
    assert f'value="{month}"' in page, "the month that runs"
    assert f"<b>{patrols}</b>巡查次数" in page


def test_the_month_sums_up_what_was_walked(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P5")
    page = client.get("/road-chief/monthly?month=2026-01").get_data(as_text=True)
    assert "2026-01" in page
    assert "钱楼长" in page
    assert client.get("/road-chief/monthly?month=2026").status_code == 400
    assert client.get("/road-chief/monthly?person=P3").status_code == 404, "the chief of another zone"


def test_a_supervisor_sees_the_patrols_and_months_of_the_own_area_only(app: Flask) -> None:
    chief, west, east = app.test_client(), app.test_client(), app.test_client()
    sign_in(chief, "road_chief", person="P2")
    url = walked(chief, "web-3")
    sign_in(west, "supervisor", areas=[WEST])
    sign_in(east, "supervisor", areas=[EAST])
    assert west.get(url).status_code == 200
    assert west.get("/road-chief/monthly?person=P2").status_code == 200
    for address in (url, f"{url}.geojson", "/road-chief/monthly?person=P2"):
        assert east.get(address).status_code == 404, address
    assert "李路长" not in east.get("/road-chief/patrols").get_data(as_text=True)
    assert "李路长" not in east.get("/road-chief/patrols.csv").get_data(as_text=True)
    assert west.get("/road-chief/mine").status_code == 403, "an account without a post"


def test_nobody_writes_into_the_patrol_of_another(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    sign_in(mine, "road_chief", person="P2")
    sign_in(other, "road_chief", person="P3")
    walked(mine, "web-4")
    for address, body in (("points", {"seq": 9, "points": along_r1(0, 20, start=NOW)}), ("end", {"ended_at": NOW.isoformat()})):
        assert post(other, f"/api/patrols/web-4/{address}", **body).status_code == 404


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/patrols", {"key": "x"}),
        ("/api/patrols", {"key": "", "started_at": "2026-11-01T08:00:00+08:00"}),
        ("/api/patrols", {"key": "x", "started_at": "2026-11-01T08:00:00"}),
        ("/api/patrols/web-5/points", {"seq": "0", "points": []}),
        ("/api/patrols/web-5/points", {"seq": 0, "points": [[1, 2, 3]]}),
        ("/api/patrols/web-5/points", {"seq": 0, "points": [[1e30, 114.0, 30.5, None]]}),
        ("/api/patrols/web-5/points", {"seq": 0, "points": [[1, "114", 30.5, None]]}),
        ("/api/patrols/web-5/points", {"seq": 0}),
    ],
)
def test_what_a_phone_cannot_mean_is_refused(client: FlaskClient, address: str, body: dict[str, Any]) -> None:
    sign_in(client, "road_chief", person="P2")
    assert post(client, address, **body).status_code == 400


def test_the_public_sees_zones_and_people_without_cases_and_phones(client: FlaskClient) -> None:
    page = client.get("/road-chief/zones/Z-W").get_data(as_text=True)
    assert "李路长" in page
    assert "13800000002" not in page
    assert "待办案卷" not in page
    assert client.get("/road-chief/mine").status_code == 303
    assert client.get("/road-chief/patrols").status_code == 303


def test_pages_of_the_log_follow_each_other(client: FlaskClient) -> None:
    sign_in(client, "road_chief", person="P3")
    start = NOW - datetime.timedelta(days=2)
    for n in range(45):
        moment = (start + datetime.timedelta(minutes=n)).isoformat()
        post(client, "/api/patrols", key=f"page-{n}", started_at=moment)
    first = client.get("/road-chief/patrols?person=P3").get_data(as_text=True)
    after = first.split("after=")[1].split('"')[0]
    second = client.get(f"/road-chief/patrols?person=P3&after={after}").get_data(as_text=True)
    assert (first.count("/road-chief/patrols/"), second.count("/road-chief/patrols/")) == (40, 5)
    assert client.get("/road-chief/patrols?after=nonsense").status_code == 400
    assert client.get("/road-chief/patrols?from=2020-01-01&to=2020-01-02").get_data(as_text=True).count("/road-chief/patrols/") == 0
