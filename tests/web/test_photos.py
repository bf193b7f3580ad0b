"""Photos by HTTP: sent by who reports or acts, shown to who sees the case, and to nobody else."""

from __future__ import annotations

import datetime
import io
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.cases.report import report_incident
from gridmgmt.city.model import Level
from gridmgmt.photos.model import PhotoRole
from gridmgmt.photos.prepare import LONGEST_FILE
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from gridmgmt.web.door import Door
from tests import toy_city
from tests.photos.pictures import picture
from tests.web.people import csrf_token, sign_in

PROGRAM = {"Accept": "application/json"}
WEST, EAST = [(Level.STREET_OFFICE, toy_city.WEST)], [(Level.STREET_OFFICE, toy_city.EAST)]


def send(client: FlaskClient, content: bytes, *, token: str | None = None, name: str = "photo.jpg") -> Any:
    headers = PROGRAM | {"X-CSRF-Token": csrf_token(client) if token is None else token}
    return client.post("/photos", data={"photo": (io.BytesIO(content), name)}, headers=headers)


def a_photo() -> bytes:
    """Return a picture that no other test has sent."""
    chance = uuid.uuid4().bytes
    return picture(
        (300, 200), colour=f"#{chance[:3].hex()}", left=f"#{chance[3:6].hex()}", place=(114.0, 30.5), taken="2026:11:02 09:30:00"
    )


def case_with(app: Flask, sha256: str) -> str:
    door = app.extensions["door"]
    assert isinstance(door, Door)
    x, y = toy_city.point(50, 70)
    now = datetime.datetime.now(datetime.UTC)
    report = IncidentReport(x, y, "epsg:4547", ReportSource.INSPECTOR, now, client_request_id=uuid.uuid4().hex)
    with door.sessions.begin() as session:
        photos = [GivenPhoto(sha256, PhotoRole.NEAR, "<img src=x onerror=alert(1)>")]
        return report_incident(session, report, profile=toy_city.PROFILE, now=now, actor="reporter", photos=photos).case.case_no


def test_a_photo_sent_twice_has_one_name(client: FlaskClient) -> None:
    sent = a_photo()
    first, second = send(client, sent), send(client, sent)
    assert first.status_code == second.status_code == 201
    assert first.get_json() == second.get_json()


def test_a_photo_is_shown_to_who_sees_its_case_only(app: Flask, client: FlaskClient) -> None:
    sha256 = send(client, a_photo()).get_json()["photo"]
    paths = [f"/photos/{sha256}", f"/photos/{sha256}/thumb"]
    west, east = app.test_client(), app.test_client()
    sign_in(west, "inspector", areas=WEST)
    sign_in(east, "inspector", areas=EAST)
    assert [west.get(path).status_code for path in paths] == [404, 404], "nothing refers to it yet"
    case_with(app, sha256)
    assert [west.get(path).status_code for path in paths] == [200, 200]
    assert [east.get(path).status_code for path in paths] == [404, 404]
    assert [client.get(path, headers=PROGRAM).status_code for path in paths] == [401, 401]


def test_who_sent_a_photo_sees_it_before_it_belongs_to_a_case(app: Flask) -> None:
    sender, other = app.test_client(), app.test_client()
    sign_in(sender, "inspector", areas=WEST)
    sign_in(other, "inspector", areas=WEST)
    path = send(sender, a_photo()).get_json()["thumb"]
    assert (sender.get(path).status_code, other.get(path).status_code) == (200, 404)


def test_what_is_served_is_a_picture_that_can_do_nothing_and_tells_nothing(client: FlaskClient) -> None:
    sign_in(client, "inspector", areas=WEST)
    sha256 = send(client, a_photo()).get_json()["photo"]
    answer = client.get(f"/photos/{sha256}")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert not Image.open(io.BytesIO(answer.data)).getexif()
    assert client.get(f"/photos/{sha256}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"%PDF-1.7"])
def test_what_is_no_photo_is_refused_whatever_it_is_called(client: FlaskClient, content: bytes) -> None:
    answer = send(client, content, name="../../etc/photo.jpg")
    assert answer.status_code == 400
    assert answer.get_json()["field"] == "photo"


def test_a_file_too_large_is_refused(client: FlaskClient) -> None:
    assert send(client, b"\0" * (LONGEST_FILE + 1)).status_code == 400
    assert send(client, b"\0" * (LONGEST_FILE + 200_000)).status_code == 413


def test_a_photo_without_the_token_of_our_page_is_refused(client: FlaskClient) -> None:
    assert send(client, a_photo(), token="w" * 32).status_code in {400, 403}


def test_who_sends_photos_too_often_is_told_to_wait(web_template: str, new_database: Callable[..., str], tmp_path: Path) -> None:
    """The limit is that of an address: sixty at once by default, three here."""
    hurried = create_app(Settings(database_url=new_database(web_template), var_dir=tmp_path, rate_factor=0.05))
    client = hurried.test_client()
    sent = a_photo()
    answers = [send(client, sent) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    hurried.extensions["door"].engine.dispose()


@pytest.mark.parametrize("name", ["0" * 63, "0" * 64, "../web_secret", "..%2f..%2fweb_secret", "A" * 64])
def test_a_name_that_is_no_hash_leads_nowhere(client: FlaskClient, name: str) -> None:
    sign_in(client, "administrator", everything=True)
    assert client.get(f"/photos/{name}").status_code == 404
