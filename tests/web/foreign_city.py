"""A city in which everything worth knowing has happened in the east, and what somebody from the west might try to reach it by."""

from __future__ import annotations

import dataclasses
import datetime
import re

from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases.model import CaseAction
from gridmgmt.city.model import Level
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import NewFrontage
from tests import toy_city
from tests.web.desk import bring, door_of
from tests.web.people import csrf_token, sign_in
from tests.web.test_inspection import post, report_body
from tests.web.test_messages import tell
from tests.web.test_patrols import along_r1
from tests.web.test_photos import a_photo, send

EAST_AREA, WEST_AREA = (Level.STREET_OFFICE, toy_city.EAST), (Level.STREET_OFFICE, toy_city.WEST)
MARK = "eastern-secret"  # stands in everything that only the east may read
# Who somebody of a role is when they belong to the west: what they see, which unit they speak for, whose posts they hold.
WESTERNERS = {
    "inspector": {"areas": [WEST_AREA]},
    "intake_officer": {"areas": [WEST_AREA]},
    "dispatcher": {"areas": [WEST_AREA]},
    "handler": {"units": ["U1"]},
    "road_chief": {"person": "P2"},
    "building_head": {"person": "P5"},
    "shop_head": {"person": "P6"},
    "planner": {"areas": [WEST_AREA]},
    "supervisor": {"areas": [WEST_AREA]},
    "administrator": {"areas": [WEST_AREA]},
}


@dataclasses.dataclass(frozen=True)
class East:
    """What is in the east, by what an address names."""

    case_no: str
    sha256: str
    patrol_key: str
    patrol_id: int
    frontage: str
    message_id: int
    token_id: int


def settle(app: Flask) -> East:
    """Let everything happen in the east: a report with a photo, filed and dispatched to its unit; a patrol; a shop; a message; a token."""
    inspector, chief, officer = app.test_client(), app.test_client(), app.test_client()
    sign_in(inspector, "inspector", areas=[EAST_AREA])
    sha256 = send(inspector, a_photo()).get_json()["photo"]
    body = report_body(150, 30, description=f"{MARK} description", address=f"{MARK} address", photos=[{"photo": sha256, "role": "near"}])
    case_no = post(inspector, body).get_json()["case_no"]
    sign_in(officer, "intake_officer", areas=[EAST_AREA])
    dispatcher = app.test_client()
    sign_in(dispatcher, "dispatcher", areas=[EAST_AREA])
    open_in_the_west(app)
    for client, action, details in ((officer, CaseAction.FILE, {}), (dispatcher, CaseAction.DISPATCH, {"unit_code": "U2"})):
        answer = client.post(
            f"/api/cases/{case_no}/act",
            json={"action": action.value, "reason": MARK, "details": details, "client_request_id": f"{case_no}-{action.value}"},
            headers={"X-CSRF-Token": csrf_token(client)},
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
    return East(case_no, sha256, "eastern-patrol", walk_the_east(chief), shop(app), message(app), token(app))


def open_in_the_west(app: Flask) -> None:
    """Open a case in the west, so that no list is empty for want of any."""
    bring(app, CaseAction.FILE, CaseAction.DISPATCH)


def walk_the_east(chief: FlaskClient) -> int:
    """Walk along the eastern half of R1; return the patrol's id."""
    sign_in(chief, "road_chief", person="P3")
    headers = {"X-CSRF-Token": csrf_token(chief)}
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=20)
    chief.post("/api/patrols", json={"key": "eastern-patrol", "started_at": start.isoformat()}, headers=headers)
    chief.post("/api/patrols/eastern-patrol/points", json={"seq": 0, "points": along_r1(110, 190, start=start)}, headers=headers)
    ended = start + datetime.timedelta(minutes=5)
    answer = chief.post("/api/patrols/eastern-patrol/end", json={"ended_at": ended.isoformat()}, headers=headers)
    return int(answer.get_json()["url"].rsplit("/", 1)[1])


def shop(app: Flask) -> str:
    """Register a shop; return its code."""
    entry = NewFrontage("E-SHOP", f"{MARK} shop", None, None, toy_city.point(150, 185))
    with door_of(app).sessions.begin() as session:
        write_frontages(session, plan_frontages(session, [(1, entry)], on=datetime.date(2026, 11, 1)))
    return entry.code


def message(app: Flask) -> int:
    """Tell somebody in the east something; return the message's id."""
    client = app.test_client()
    account = sign_in(client, "dispatcher", areas=[EAST_AREA])
    tell(app, account, zh=MARK)
    page = client.get("/messages").get_data(as_text=True)
    return int(re.findall(r'href="/messages/(\d+)"', page)[0])


def token(app: Flask) -> int:
    """Make a token for somebody in the east; return its id."""
    client = app.test_client()
    sign_in(client, "planner", areas=[EAST_AREA])
    values = {"csrf_token": csrf_token(client), "title": MARK, "days": "7", "permissions": ["case.read"]}
    page = client.post("/account/tokens", data=values).get_data(as_text=True)
    return int(page.split("/account/tokens/")[1].split("/")[0])
