"""Reads come from the replica as long as nobody can tell; else from the primary, and nobody can tell either."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from gridmgmt import crs
from gridmgmt.cli import cluster
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.door import Door
from gridmgmt.web.reading import COOKIE
from gridmgmt.web.replica import Replica
from tests import toy_city
from tests.scale.conftest import Pair, wait_until
from tests.scale.webs import NAME, PASSWORD, Browser, Crowd, web
from tests.web.people import csrf_token, enter
from tests.web.translations import compile_translations

pytestmark = pytest.mark.slow

LAG_S = 5.0


@pytest.fixture
def app(pair: Pair, tmp_path: Path) -> Iterator[Flask]:
    """Application that reads from the replica."""
    compile_translations()
    made = create_app(Settings(pair.url, replica_url=pair.replica_url, replica_lag_s=LAG_S, var_dir=tmp_path, rate_factor=1000))
    made.testing = True
    yield made
    pair.ask(pair.replica, "SELECT pg_wal_replay_resume() WHERE pg_is_in_recovery() AND pg_is_wal_replay_paused()")
    made.extensions["door"].close()


@pytest.fixture
def asked(app: Flask) -> Counter[str]:
    """Count the statements that requests send to each database, without those of the thread that only looks."""
    counted: Counter[str] = Counter()
    door = door_of(app)

    def listen(engine: Engine, name: str) -> None:
        @event.listens_for(engine, "before_cursor_execute")
        def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if "pg_last_wal_replay" not in statement and "pg_current_wal" not in statement:
                counted[name] += 1

    listen(door.engine, "primary")
    listen(replica_of(app).engine, "replica")
    return counted


def door_of(app: Flask) -> Door:
    door = app.extensions["door"]
    assert isinstance(door, Door)
    return door


def replica_of(app: Flask) -> Replica:
    replica = door_of(app).replica
    assert replica is not None
    return replica


def caught_up(app: Flask, client: FlaskClient) -> None:
    """Wait until the replica has repeated what this browser wrote last."""
    cookie = client.get_cookie(COOKIE)
    wait_until(lambda: replica_of(app).covers(int(cookie.value) if cookie else 0))


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    enter(client, NAME, PASSWORD)
    caught_up(app, client)
    return client


def report(client: FlaskClient) -> str:
    x, y = toy_city.point(50, 70)
    lon, lat = crs.crs_to_crs([x], [y], "epsg:4547", crs.WGS84)
    body = {
        "lon": float(lon[0]),
        "lat": float(lat[0]),
        "crs": crs.WGS84,
        "managed_class": "matter:06010",
        "client_request_id": uuid.uuid4().hex,
    }
    answer = client.post("/api/reports", json=body, headers={"X-CSRF-Token": csrf_token(client)})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return str(answer.get_json()["case_no"])


def lists(client: FlaskClient, case_no: str) -> bool:
    answer = client.get("/cases")
    assert answer.status_code == 200
    return case_no in answer.get_data(as_text=True)


def test_what_only_reads_asks_the_replica_alone(app: Flask, pair: Pair, asked: Counter[str]) -> None:
    client = signed_in(app)
    assert pair.ask(pair.replica, "SELECT pg_is_in_recovery()") is True
    asked.clear()
    for path in ("/cases", "/map"):
        assert client.get(path).status_code == 200
    assert asked["replica"] > 4
    assert asked["primary"] == 0


def test_a_limit_is_counted_at_the_primary_while_the_answer_comes_from_the_replica(app: Flask, asked: Counter[str]) -> None:
    client = signed_in(app)
    asked.clear()
    assert client.get("/api/session").status_code == 200
    assert asked["primary"] == 1
    assert asked["replica"] > 0


def test_who_writes_sees_it_at_once_and_others_when_the_replica_is_too_old(app: Flask, pair: Pair, asked: Counter[str]) -> None:
    writer, reader = signed_in(app), signed_in(app)
    pair.ask(pair.replica, "SELECT pg_wal_replay_pause()")
    case_no = report(writer)
    asked.clear()
    assert lists(writer, case_no)
    assert asked["replica"] == 0
    asked.clear()
    assert not lists(reader, case_no)  # as it was a moment ago
    assert asked["primary"] == 0
    wait_until(lambda: not replica_of(app).covers(0))
    assert lists(reader, case_no)
    pair.ask(pair.replica, "SELECT pg_wal_replay_resume()")
    caught_up(app, writer)
    asked.clear()
    assert lists(writer, case_no)
    assert asked["primary"] == 0


def test_what_the_replica_does_not_know_yet_is_found_at_the_primary(app: Flask, pair: Pair) -> None:
    writer, reader = signed_in(app), signed_in(app)
    pair.ask(pair.replica, "SELECT pg_wal_replay_pause()")
    case_no = report(writer)
    assert reader.get(f"/cases/{case_no}").status_code == 200
    assert reader.get("/cases/HB-no-such-case").status_code == 404
    late = app.test_client()
    enter(late, NAME, PASSWORD)
    late.delete_cookie(COOKIE)  # a browser that forgets it is asked to sign in by the replica, which does not know it yet
    assert late.get("/cases").status_code == 200


def test_a_program_with_a_token_is_answered_by_the_primary(app: Flask, asked: Counter[str]) -> None:
    caught_up(app, app.test_client())
    asked.clear()
    assert app.test_client().get("/cases", headers={"Authorization": "Bearer nobody"}).status_code == 401
    assert asked["replica"] == 0


@pytest.mark.parametrize("forged", ["-1", "x", "٣", "9" * 30, ""])
def test_a_forged_cookie_leads_to_the_primary(app: Flask, asked: Counter[str], forged: str) -> None:
    caught_up(app, app.test_client())
    client = app.test_client()
    client.set_cookie(COOKIE, forged)
    asked.clear()
    assert client.get("/login").status_code == 200
    assert asked["replica"] == 0


def test_the_replica_killed_while_people_read_costs_nobody_an_answer(pair: Pair, tmp_path: Path) -> None:
    settings = {"GRIDMGMT_REPLICA_URL": pair.replica_url, "GRIDMGMT_REPLICA_LAG_S": str(LAG_S)}
    with web(pair.url, tmp_path, settings) as served:
        browsers = [Browser([served.port]) for _person in range(4)]
        crowd = Crowd()
        for number, browser in enumerate(browsers):
            browser.sign_in(served.port)
            crowd.add(f"reader {number}", lambda _number, browser=browser: read(browser))
        crowd.add("writer", lambda number: browsers[0].report(f"{tmp_path.name}-{number}"))
        wait_until(lambda: crowd.wrong or transactions(pair) > 50)
        crowd.wait_for("reader 1", 20)
        pair.kill_replica()
        crowd.wait_for("reader 1", 20)
        assert cluster.start(pair.replica)
        before = transactions(pair)
        wait_until(lambda: crowd.wrong or transactions(pair) > before + 200)  # it is read again
        crowd.end()
        assert sum(browser.counted["again"] for browser in browsers) == 0


def test_a_replica_that_became_a_primary_is_read_no_more(app: Flask, pair: Pair) -> None:
    caught_up(app, app.test_client())
    pair.ask(pair.replica, "SELECT pg_promote()")
    wait_until(lambda: not replica_of(app).covers(0))
    assert app.test_client().get("/login").status_code == 200


def read(browser: Browser) -> None:
    answer = browser.ask("GET", "/cases")
    assert answer.status_code == 200, answer.text


def transactions(pair: Pair) -> int:
    """Return how many statements the replica has answered outside the thread that looks; it counts in steps of about a second."""
    return int(str(pair.ask(pair.replica, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")))
