"""Many points in one request: the answers of the single point, from the index or from the database, as JSON and as Arrow."""

from __future__ import annotations

import dataclasses
import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gridmgmt.responsibility.city_index import FOLDER, build_city_index
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.limits import FOR_THE_PUBLIC
from gridmgmt.web.many_points import ARROW, SMALL
from tests.web.desk import door_of
from tests.web.people import csrf_token, sign_in
from tests.web.test_api import lonlat

ON = datetime.date(2026, 11, 1)
NOT_IN_BULK = {"explanation", "labels", "point", "on", "edition"}
Sent = tuple[list[float], list[float]]


@pytest.fixture(scope="module")
def own(web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Application on a city of its own, on a fixed day."""
    made = create_app(Settings(database_url=new_database(web_template), var_dir=tmp_path_factory.mktemp("var"), rate_factor=0))
    made.testing = True
    door_of(made).clock = lambda: datetime.datetime(2026, 11, 1, 4, tzinfo=datetime.UTC)
    yield made
    door_of(made).close()


@pytest.fixture
def client(own: Flask) -> FlaskClient:
    """Browser on it."""
    return own.test_client()


@pytest.fixture
def index_file(own: Flask) -> Iterator[Path]:
    """Build the index of the day; it is gone after the test."""
    with door_of(own).sessions() as session:
        path = build_city_index(session, door_of(own).settings.var_dir / FOLDER, on=ON)
    yield path
    path.unlink()
    own.extensions.pop("shared_index", None)


def points() -> Sent:
    """Return points on borders and corners, near roads, in grids and in none."""
    steps = np.array([-40.0, 0, 10, 30, 50, 99.5, 100, 150, 190, 200, 230])
    given = [lonlat(x, y) for x in steps for y in steps]
    return [lon for lon, _ in given], [lat for _, lat in given]


def post(client: FlaskClient, lon: list[Any], lat: list[Any], **more: object) -> TestResponse:
    """Send points as JSON."""
    body = {"crs": "wgs84", "on": ON.isoformat(), "lon": lon, "lat": lat} | more
    return client.post("/api/responsibility", json=body, headers={"X-CSRF-Token": csrf_token(client)})


def post_arrow(client: FlaskClient, table: pa.Table, *, accept: str | None = None, compression: str | None = None) -> TestResponse:
    """Send points as an Arrow stream."""
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    headers = {"X-CSRF-Token": csrf_token(client)} | ({"Accept": accept} if accept else {})
    return client.post(f"/api/responsibility?crs=wgs84&on={ON}", data=stream.getvalue(), content_type=ARROW, headers=headers)


def one_by_one(client: FlaskClient, lon: list[float], lat: list[float], more: str = "") -> list[dict[str, Any]]:
    """Ask for each point alone."""
    asked = [client.get(f"/api/responsibility?lon={x!r}&lat={y!r}&crs=wgs84&on={ON}{more}") for x, y in zip(lon, lat, strict=True)]
    return [{key: value for key, value in answer.get_json().items() if key not in NOT_IN_BULK} for answer in asked]


@pytest.mark.parametrize("role", ["public", "dispatcher"])
def test_every_answer_is_that_of_the_point_alone(client: FlaskClient, index_file: Path, role: str) -> None:
    assert index_file.exists()
    if role != "public":
        sign_in(client, role, everything=True)
    answer = post(client, *points())
    assert answer.status_code == 200
    body = answer.get_json()
    assert body["answers"] == one_by_one(client, *points())
    assert (body["count"], body["on"], body["edition"]["name"]) == (121, "2026-11-01", "首版")
    assert {one["basis"] for one in body["answers"]} >= {"segment", "zone", "outside"}
    assert any(one["shared_with"] for one in body["answers"])
    assert any((one["road_chief"] or {}).get("phone") for one in body["answers"]) == (role == "dispatcher")


def test_a_class_with_a_limit_of_its_own_is_asked_by_it(client: FlaskClient, index_file: Path) -> None:
    assert index_file.exists()
    lon, lat = points()
    more: dict[str, object] = {"class": "matter:06010"}
    answers = post(client, lon, lat, **more).get_json()["answers"]
    assert answers == one_by_one(client, *points(), "&class=matter:06010")


def test_arrow_says_what_json_says(client: FlaskClient, index_file: Path) -> None:
    assert index_file.exists()
    lon, lat = points()
    answer = post_arrow(client, pa.table({"lat": lat, "lon": lon}))
    assert answer.content_type == ARROW
    rows = pa.ipc.open_stream(answer.data).read_all().to_pylist()
    wanted = post(client, lon, lat).get_json()["answers"]
    for row, one in zip(rows, wanted, strict=True):
        assert row["basis"] == one["basis"]
        assert row["shared_with"] == one["shared_with"]
        assert (row["border_distance_m"], row["near_border"]) == (one["border_distance_m"], one["near_border"])
        assert {level: row[f"{level}_name"] for level in one["areas"]} == {level: area["name"] for level, area in one["areas"].items()}
        assert row["unit_grid_code"] == one["areas"].get("unit_grid", {}).get("code")
        assert row["segment_code"] == (one["segment"] or {}).get("code")
        assert row["segment_distance_m"] == (one["segment"] or {}).get("distance_m")
        assert row["zone_code"] == (one["zone"] or {}).get("code")
        assert row["road_chief_name"] == (one["road_chief"] or {}).get("name")
    mixed = post_arrow(client, pa.table({"lat": lat, "lon": lon}), accept="application/json")
    assert mixed.get_json()["answers"] == wanted
    assert post_arrow(client, pa.table({"lat": lat, "lon": lon}), accept="*/*").content_type == ARROW


def test_an_appointment_that_ends_is_seen_at_once(client: FlaskClient, own: Flask, index_file: Path) -> None:
    """The shapes come from the file, who answers from the database."""
    assert index_file.exists()
    lon, lat = ([value] for value in lonlat(30, 30))
    before = post(client, lon, lat).get_json()["answers"][0]["road_chief"]["name"]
    with door_of(own).sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE person SET name = name || '(新)'")
    assert post(client, lon, lat).get_json()["answers"][0]["road_chief"]["name"] == f"{before}(新)"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"GIF89a" + content,
        lambda content: content[:4_200] + bytes([content[4_200] ^ 1]) + content[4_201:],
        None,
    ],
)
def test_without_an_index_to_trust_few_are_answered_by_the_database_and_many_later(
    client: FlaskClient, index_file: Path, spoil: Callable[[bytes], bytes] | None
) -> None:
    if spoil is None:
        index_file.write_bytes(b"")
    else:
        index_file.write_bytes(spoil(index_file.read_bytes()))
    assert post(client, *points()).get_json()["answers"] == one_by_one(client, *points())
    lon, lat = lonlat(30, 30)
    many = post(client, [lon] * (SMALL + 1), [lat] * (SMALL + 1))
    assert (many.status_code, many.headers["Retry-After"]) == (503, "60")
    assert "批量索引" in many.get_json(force=True)["detail_zh"]


def test_a_stale_index_answers_nothing(client: FlaskClient, own: Flask, index_file: Path) -> None:
    """Once a road has changed, the file is of the roads of before."""
    lon, lat = lonlat(30, 30)
    assert post(client, [lon] * 2_000, [lat] * 2_000).status_code == 200
    with door_of(own).sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE road_segment SET road_class = 'residential' WHERE code = 'R2'")
    assert post(client, *points()).get_json()["answers"] == one_by_one(client, *points())
    assert post(client, [lon] * 2_000, [lat] * 2_000).status_code == 503
    past = post(client, [lon] * 2_000, [lat] * 2_000, on="2000-01-01")
    assert (past.status_code, past.get_json(force=True)["field"]) == (400, "on")
    assert index_file.exists()


@pytest.mark.parametrize(
    ("lon", "lat", "more", "told"),
    [
        ([114.0, "x"], [30.5, 30.5], {}, ("lon", 2)),
        ([114.0, None], [30.5, 30.5], {}, ("lon", 2)),
        ([114.0], [True], {}, ("lat", 1)),
        ([114.0], [float("nan")], {}, ("lat", 1)),
        ([114.0], [10**400], {}, ("lat", 1)),
        ([114.0, 114.0], [30.5], {}, ("lat", None)),
        ([114.0] * 100_001, [30.5] * 100_001, {}, ("lon", 100_001)),
        ([114.0], [30.5], {"crs": ""}, ("crs", None)),
        ([114.0], [30.5], {"on": "gestern"}, ("on", None)),
        ([114.0], [30.5], {"colour": "red"}, ("colour", None)),
        ("114", [30.5], {}, ("lon", None)),
    ],
)
def test_what_cannot_be_right_is_named_by_row_and_field(
    client: FlaskClient, lon: Any, lat: Any, more: dict[str, str], told: tuple[str, int | None]
) -> None:
    answer = post(client, lon, lat, **more)
    assert answer.status_code == 400
    problem = answer.get_json(force=True)
    assert (problem["field"], problem.get("row")) == told


def test_swapped_axes_are_told_by_row(client: FlaskClient) -> None:
    (lon, lat), (other_lon, other_lat) = lonlat(30, 30), lonlat(40, 40)
    answer = post(client, [lon, other_lat], [lat, other_lon])
    assert answer.status_code == 422
    assert answer.get_json(force=True)["row"] == 2
    assert "swapped" in answer.get_json(force=True)["detail"]


def test_streams_that_are_none_or_hold_something_else_are_refused(client: FlaskClient) -> None:
    def field(answer: TestResponse) -> str:
        assert answer.status_code == 400
        return str(answer.get_json(force=True)["field"])

    token = {"X-CSRF-Token": csrf_token(client)}
    assert field(client.post("/api/responsibility?crs=wgs84", data=b"\x89PNG", content_type=ARROW, headers=token)) == "body"
    assert field(client.post("/api/responsibility?crs=wgs84", data="lon=1", content_type="text/csv", headers=token)) == "Content-Type"
    assert field(post_arrow(client, pa.table({"lon": [114.0]}))) == "lat"
    assert field(post_arrow(client, pa.table({"lon": [114.0], "lat": [30.5], "name": ["x"]}))) == "name"
    assert field(post_arrow(client, pa.table({"lon": pa.array([114], pa.int64()), "lat": [30.5]}))) == "lon"
    assert field(post_arrow(client, pa.table({"lon": [114.0] * 100_001, "lat": [30.5] * 100_001}))) == "lon"
    assert field(post_arrow(client, pa.table({"lon": [114.0], "lat": [30.5]}), compression="zstd")) == "body"
    assert post_arrow(client, pa.table({"lon": [114.0, None], "lat": [30.5, 30.5]})).get_json(force=True)["row"] == 2


def test_who_asks_for_many_again_and_again_waits(client: FlaskClient, own: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full request keeps a processor busy for seconds."""
    monkeypatch.setattr(door_of(own), "settings", dataclasses.replace(door_of(own).settings, rate_factor=1))
    most = FOR_THE_PUBLIC["points"].burst
    answers = [post(client, [], []) for _ in range(most + 1)]
    assert [answer.status_code for answer in answers] == [200] * most + [429]
    assert "Retry-After" in answers[-1].headers


def test_no_points_get_no_answers(client: FlaskClient) -> None:
    assert post(client, [], []).get_json()["answers"] == []
    assert (
        pa.ipc.open_stream(post_arrow(client, pa.table({"lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())})).data)
        .read_all()
        .num_rows
        == 0
    )
