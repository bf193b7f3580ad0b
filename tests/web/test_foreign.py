"""Nobody of the west reads, lists, counts, exports, acts on or guesses what is the east's: page, API, tile, export, by every role."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from tests import toy_city
from tests.web.desk import EAST, bring, door_of, stored
from tests.web.foreign_city import EAST_AREA, MARK, WESTERNERS, East, settle
from tests.web.people import csrf_token, sign_in
from tests.web.test_api import lonlat
from tests.web.test_every_route import ROLES, methods, permissions, rules

pytestmark = pytest.mark.slow

# What an address with gaps leads to in the east. A new address with gaps must be added here or below.
THE_EASTS: dict[str, Callable[[East], str]] = {
    "/cases/<case_no>": lambda east: f"/cases/{east.case_no}",
    "/cases/<case_no>/act": lambda east: f"/cases/{east.case_no}/act",
    "/cases/<case_no>/contact": lambda east: f"/cases/{east.case_no}/contact",
    "/api/cases/<case_no>/act": lambda east: f"/api/cases/{east.case_no}/act",
    "/dispatch/explain/<case_no>": lambda east: f"/dispatch/explain/{east.case_no}",
    "/follow/<case_no>": lambda east: f"/follow/{east.case_no}",
    "/follow/<case_no>/answer": lambda east: f"/follow/{east.case_no}/answer",
    "/follow/<case_no>/photos/<sha256>": lambda east: f"/follow/{east.case_no}/photos/{east.sha256}",
    "/follow/<case_no>/photos/<sha256>/thumb": lambda east: f"/follow/{east.case_no}/photos/{east.sha256}/thumb",
    "/report/done/<case_no>": lambda east: f"/report/done/{east.case_no}",
    "/photos/<sha256>": lambda east: f"/photos/{east.sha256}",
    "/photos/<sha256>/thumb": lambda east: f"/photos/{east.sha256}/thumb",
    "/api/patrols/<key>/points": lambda east: f"/api/patrols/{east.patrol_key}/points",
    "/api/patrols/<key>/end": lambda east: f"/api/patrols/{east.patrol_key}/end",
    "/road-chief/patrols/<int:patrol_id>": lambda east: f"/road-chief/patrols/{east.patrol_id}",
    "/road-chief/patrols/<int:patrol_id>.geojson": lambda east: f"/road-chief/patrols/{east.patrol_id}.geojson",
    "/road-chief/frontages/<code>": lambda east: f"/road-chief/frontages/{east.frontage}",
    "/road-chief/frontages/<code>/checks": lambda east: f"/road-chief/frontages/{east.frontage}/checks",
    "/messages/<int:message_id>": lambda east: f"/messages/{east.message_id}",
    "/account/tokens/<int:token_id>/revoke": lambda east: f"/account/tokens/{east.token_id}/revoke",
}
# What is the same for everybody who may open it, and why; still read below, for what it must not tell.
EVERYBODYS: dict[str, str] = {
    "/api/areas/<level>/<code>": f"/api/areas/district/{toy_city.DISTRICT}",
    "/coverage/<kind>": "/coverage/toilet",
    "/tiles/<layer>.json": "/tiles/areas.json",
    "/tiles/<layer>/<int:z>/<int:x>/<int:y>.pbf": "/tiles/areas/14/13383/6722.pbf",
    "/tiles/coverage/<kind>/<int:z>/<int:x>/<int:y>.pbf": "/tiles/coverage/toilet/14/13383/6722.pbf",
    "/road-chief/people/<code>": "/road-chief/people/P3",
    "/road-chief/people/<code>.geojson": "/road-chief/people/P3.geojson",
    "/road-chief/zones/<code>": "/road-chief/zones/Z-E",
    "/road-chief/zones/<code>.geojson": "/road-chief/zones/Z-E.geojson",
}
# The administrator's and the rules of the whole city: no part of it is anybody's own.
OF_THE_WHOLE_CITY = ("/accounts/<name>", "/roles/<code>", "/dispatch/rules/<int", "/siting/", "/api/siting/")
# Bodies that would be right for one's own.
BODIES: dict[str, dict[str, Any]] = {
    "/api/cases/<case_no>/act": {"action": "note", "reason": "from the west", "client_request_id": "west"},
    "/cases/<case_no>/act": {"action": "note", "reason": "from the west"},
    "/api/patrols/<key>/points": {"seq": 1, "points": [[1790000000000, 114.0, 30.5, 6.0]]},
    "/api/patrols/<key>/end": {"ended_at": "2026-11-22T00:00:00Z"},
    "/road-chief/frontages/<code>/checks": {"request_id": "west", "sanitation": "yes", "greenery": "yes", "public_order": "yes"},
    "/follow/<case_no>/answer": {"satisfied": "yes"},
}
WORD = MARK.partition("-")[0]  # what is searched for: an answer that only repeats the question does not hold the whole mark
SEARCHED = ("/cases", "/cases.csv", "/map", "/api/search")
REFUSED = {403, 404, 303}  # 303: back to the page that asks for the code


@pytest.fixture(scope="module")
def own(web_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Application on a city of its own: counts are compared."""
    made = create_app(Settings(database_url=new_database(web_template), var_dir=tmp_path_factory.mktemp("var"), rate_factor=0))
    made.testing = True
    yield made
    door_of(made).engine.dispose()


@pytest.fixture(scope="module")
def east(own: Flask) -> East:
    """Let the east live."""
    return settle(own)


def westerner(app: Flask, role: str) -> FlaskClient:
    """Sign somebody of the west in."""
    client = app.test_client()
    if role != "public":
        sign_in(client, role, **WESTERNERS[role])  # type: ignore[arg-type]
    return client


def send(client: FlaskClient, method: str, rule: str, path: str, token: str) -> Any:
    """Send what would be right for one's own."""
    headers = {"X-CSRF-Token": token, "Accept": "application/json"}
    if method == "GET":
        return client.get(path, headers=headers)
    if rule.startswith("/api/"):
        return client.open(path, method=method, headers=headers, json=BODIES.get(rule, {}))
    return client.open(path, method=method, headers=headers, data=BODIES.get(rule, {}))


def test_every_address_with_a_gap_is_covered(own: Flask) -> None:
    """Whoever adds one says here whose it is."""
    gaps = {rule.rule for rule in rules(own) if rule.arguments}
    known = gaps & (set(THE_EASTS) | set(EVERYBODYS))
    rest = {rule for rule in gaps - known if not rule.startswith(OF_THE_WHOLE_CITY)}
    assert rest == set()
    assert set(THE_EASTS) | set(EVERYBODYS) == known


@pytest.mark.parametrize("role", [*WESTERNERS, "public"])
def test_what_is_the_easts_answers_as_if_it_did_not_exist(own: Flask, east: East, role: str) -> None:
    """The same status and the same sentence as for something that was never there; nothing changes."""
    client = westerner(own, role)
    token = csrf_token(client)
    before, faults = stored(own, east.case_no), []
    never = East("20200101-00000001", "0" * 64, "never-walked", 987654, "NO-SHOP", 987654, 987654)
    for rule in rules(own):
        needed = permissions(own, rule)
        if rule.rule not in THE_EASTS or not (set(needed) & ROLES[role]):
            continue
        for method in methods(rule):
            path, nowhere = THE_EASTS[rule.rule](east), THE_EASTS[rule.rule](never)
            answer, absent = (send(client, method, rule.rule, each, token) for each in (path, nowhere))
            text, other = (each.get_data(as_text=True) for each in (answer, absent))
            alike = (answer.status_code, _without(text, east)) == (absent.status_code, _without(other, never))
            if answer.status_code not in REFUSED or MARK in text or not alike:
                faults.append((method, path, answer.status_code, absent.status_code, text[:200], other[:200]))
    assert faults == []
    assert stored(own, east.case_no) == before


def test_the_owners_do_reach_it(own: Flask, east: East) -> None:
    """The addresses above are right: who is of the east opens them."""
    client = own.test_client()
    sign_in(client, "supervisor", areas=[EAST_AREA])
    for rule in ("/cases/<case_no>", "/photos/<sha256>", "/photos/<sha256>/thumb", "/road-chief/patrols/<int:patrol_id>"):
        assert client.get(THE_EASTS[rule](east)).status_code == 200, rule
    assert MARK in client.get(THE_EASTS["/cases/<case_no>"](east)).get_data(as_text=True)
    assert MARK in client.get(THE_EASTS["/road-chief/frontages/<code>"](east)).get_data(as_text=True)


def addresses(app: Flask, role: str, east: East) -> list[str]:
    """Return every address a role may read without naming anything of the east's, asked as widely as it can be."""
    west, south = lonlat(-20, -20)
    far_east, north = lonlat(220, 220)
    lon, lat = lonlat(150, 30)
    wide = f"bbox={west},{south},{far_east},{north}&zoom=18&lon={lon}&lat={lat}&crs=wgs84&radius_m=5000&class=matter:06010&limit=1000"
    found = []
    for rule in rules(app):
        if "GET" not in methods(rule) or not (set(permissions(app, rule)) & ROLES[role]):
            continue
        if rule.rule in EVERYBODYS:
            found.append(EVERYBODYS[rule.rule])
        elif not rule.arguments and not rule.rule.startswith(("/accounts", "/audit", "/roles", "/messages/dead")):
            codes = f"street_office={toy_city.EAST}&area=street_office:{toy_city.EAST}&unit=U2&person=P3&zone=Z-E&segment=R3"
            found += [rule.rule, f"{rule.rule}?{wide}", f"{rule.rule}?q={WORD}&text={WORD}&{codes}"]
            found += [f"{rule.rule}?q={east.case_no}&text={east.case_no}"] if rule.rule in SEARCHED else []
    return found


@pytest.mark.parametrize("role", [*WESTERNERS, "public"])
def test_no_list_map_count_or_export_tells_of_the_east(own: Flask, east: East, role: str) -> None:
    """Nothing that stands in the east is in any answer, and one case more in the east changes none of them."""
    client = westerner(own, role)
    paths = addresses(own, role, east)
    assert len(paths) > 10
    before = {path: _read(client, path) for path in paths}
    told = [path for path, text in before.items() if MARK in text]
    assert told == []
    assert [path for path, text in before.items() if east.sha256 in text] == []
    more = bring(own, at=EAST, description=f"{MARK} once more")
    after = {path: _read(client, path) for path in paths}
    assert [path for path in paths if more.case_no in after[path]] == []
    assert {path: _difference(before[path], after[path]) for path in paths if after[path] != before[path]} == {}


def test_who_sees_everything_is_told(own: Flask, east: East) -> None:
    """The lists above would tell: for who sees the whole city they do, and one case more changes them."""
    client = own.test_client()
    sign_in(client, "supervisor", everything=True)
    told = [path for path in addresses(own, "supervisor", east) if MARK in _read(client, path)]
    assert {"/cases", "/cases.csv"} <= set(told)
    before = _read(client, "/board.json")
    bring(own, at=EAST)
    assert _read(client, "/board.json") != before


def _read(client: FlaskClient, path: str) -> str:
    """Return an answer without what is never twice the same."""
    response = client.get(path, headers={"Accept": "text/html,application/json;q=0.5"})
    assert response.status_code in {200, 204, 303, 400, 403, 404, 422}, (path, response.status_code)
    text = response.get_data(as_text=True) if response.mimetype != "application/vnd.mapbox-vector-tile" else response.data.hex()
    text = re.sub(r'(csrf[_-]token"[^>]*(?:value|content)="|nonce="|request_id"[^>]*value=")[^"]*', r"\1", text)
    text = re.sub(r"[0-9a-f]{32}", "", text)
    text = re.sub(r"刚刚|\d+ 分钟前", "", text)
    return re.sub(r"\d\d:\d\d(:\d\d(\.\d+)?)?", "", text)


def _without(text: str, place: East) -> str:
    """Return an answer without the names that were asked for."""
    for name in (place.case_no, place.sha256, place.sha256[:12], place.patrol_key, place.frontage, place.patrol_id, place.message_id):
        text = re.sub(rf"\b{name}\b", "", text)
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True)
    except ValueError:
        return re.sub(r'csrf[_-]token"[^>]*="[^"]*', "", text)


def _difference(before: str, after: str) -> list[str]:
    """Return the lines that differ."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
