"""Every page of a city whose texts an attacker wrote: nothing runs, nothing is built out of a text, popups and tooltips included."""

from __future__ import annotations

import csv
import datetime
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from gridmgmt.accounts.add_account import add_account
from gridmgmt.accounts.model import NewAccount
from gridmgmt.csv_cells import FORMULA_SIGNS
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app
from tests import hostile_city, web_city
from tests.browser.conftest import PHONE, Watched
from tests.browser.people import PASSWORD, enter
from tests.web.translations import compile_translations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EVERYBODY = "everybody"
ROLES = ("intake_officer", "dispatcher", "handler", "supervisor", "inspector", "road_chief", "administrator", "planner")
LEAST = 35  # kinds of pages and downloads that the walk must have reached
A_KIND = 1  # pages of one kind that are looked at: one plain, one with something in its address
MOST = 140  # pages of one walk
OPEN_ALL = """() => {
  const maps = Object.keys(window).filter(name => name.startsWith("map_")).map(name => window[name]).filter(map => map && map.eachLayer);
  for (const map of maps) map.eachLayer(layer => {
    for (const what of ["Tooltip", "Popup"]) if (layer["get" + what] && layer["get" + what]()) layer["open" + what]();
    if (layer.fire && layer.getLatLng) { const latlng = layer.getLatLng(); for (const event of ["mouseover", "click"]) layer.fire(event, {latlng}); }
  });
  for (const part of document.querySelectorAll("details")) part.open = true;
}"""
OWNED = """() => {
  const owned = Array.from(document.querySelectorAll(".owned, [onerror], [onload], [onfocus], [onmouseover], a[href^='javascript:' i]"));
  return [window.ran || 0, document.title === "owned", owned.map(each => each.outerHTML.slice(0, 200))];
}"""


@pytest.fixture(scope="module")
def hostile(
    new_database: Callable[..., str], toy_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, str, str]]:
    """Serve a hostile city; application, address, URL of its database."""
    compile_translations()
    url = new_database(toy_template)
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        web_city.load(session)
    engine.dispose()
    app = create_app(Settings(database_url=url, var_dir=tmp_path_factory.mktemp("hostile"), rate_factor=0))
    with app.extensions["door"].sessions.begin() as session:  # who is there gets messages about what happens
        wanted = NewAccount(
            name=EVERYBODY, shown_name="某人", roles=ROLES, everything=True, areas=(), unit_codes=("U1",), person_code="P2", unit_code="U1"
        )
        add_account(session, wanted, password=PASSWORD, now=datetime.datetime.now(datetime.UTC))
    hostile_city.load(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.port}", url
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["door"].engine.dispose()


def kind_of(app: Flask, path: str) -> str | None:
    """Return which page an address leads to, None for what is no page of ours."""
    parts = urlsplit(path)
    try:
        endpoint, _ = app.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return None
    return f"{endpoint}{'?' if parts.query else ''}" if endpoint != "static" else None


def links(page: Page) -> list[str]:
    """Return where a page leads to."""
    found: list[str] = page.evaluate("Array.from(document.querySelectorAll('a[href]')).map(a => a.getAttribute('href'))")
    return [link.split("#")[0] for link in found if link.startswith("/") and not link.startswith("//")]


def look(watched: Watched, address: str) -> Page:
    """Open a page, everything on its maps and everything folded up, and ask what became of the texts."""
    page = watched.open(address)
    page.evaluate(OPEN_ALL)
    box = page.locator(".leaflet-container").first
    if box.count():
        place = box.bounding_box()
        assert place is not None
        for across in (0.2, 0.4, 0.6, 0.8):
            for down in (0.25, 0.5, 0.75):
                page.mouse.move(place["x"] + place["width"] * across, place["y"] + place["height"] * down)
    ran, renamed, owned = page.evaluate(OWNED)
    assert (ran, renamed, owned) == (0, False, []), (address, ran, renamed, owned)
    return page


def walk(app: Flask, watched: Watched, *starts: str) -> tuple[set[str], list[str]]:
    """Look at every kind of page that can be reached; return the kinds and the downloads."""
    waiting, seen, kinds, downloads = list(starts), set(starts), Counter[str](), []
    while waiting and sum(kinds.values()) < MOST:
        address = waiting.pop(0)
        kind = kind_of(app, address)
        if kind is None or kinds[kind] >= A_KIND:
            continue
        kinds[kind] += 1
        if re.search(r"\.(csv|geojson|json)$", urlsplit(address).path) or urlsplit(address).path.startswith(
            ("/photos/", "/api/", "/tiles/")
        ):
            downloads.append(address)
            continue
        for link in links(look(watched, address)):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    return {kind.rstrip("?") for kind in kinds}, downloads


def test_nothing_runs_on_the_pages_of_staff(watch: Callable[..., Watched], hostile: tuple[Flask, str, str]) -> None:
    """Somebody with every role sees every page there is."""
    app, base, _ = hostile
    watched = watch(base)
    enter(watched.page, base, EVERYBODY, then="/")
    kinds, downloads = walk(app, watched, "/", "/map", "/cases", "/road-chief", "/messages")
    assert {"case_page.get_case", "case_lists.get_cases"} <= kinds, kinds
    assert len(kinds) >= LEAST, sorted(kinds)
    for address in downloads:
        if address.split("?")[0].endswith(".csv"):
            answer = watched.page.request.get(base + address)
            assert answer.ok, address
            rows = list(csv.reader(io.StringIO(answer.text().removeprefix("\ufeff"))))
            bad = [cell for row in rows for cell in row if cell.startswith(FORMULA_SIGNS) and not re.fullmatch(r"-?\d+(\.\d+)?", cell)]
            assert not bad, (address, bad[:3])


def test_nothing_runs_on_the_pages_of_the_public(watch: Callable[..., Watched], hostile: tuple[Flask, str, str]) -> None:
    app, base, _ = hostile
    watched = watch(base, viewport=PHONE, has_touch=True, is_mobile=True)
    kinds, _ = walk(app, watched, "/", "/map", "/report", "/road-chief", "/coverage/toilet", "/follow")
    assert {"public_report.get_form", "follow.get_form"} <= kinds


def test_a_planted_element_would_be_found(watch: Callable[..., Watched], hostile: tuple[Flask, str, str]) -> None:
    """The test itself: an element made out of a payload is seen, and the policy does not even let it run."""
    _, base, _ = hostile
    page = watch(base, expected=("Content Security Policy", "404", "x")).open("/login")
    page.evaluate("payload => { document.body.innerHTML += payload; }", hostile_city.PAYLOADS[0])
    ran, _, owned = page.evaluate(OWNED)
    assert (ran, len(owned)) == (0, 1)
