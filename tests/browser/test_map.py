"""The map of the whole city, by mouse and by keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from gridmgmt.crs import crs_to_crs
from tests import toy_city
from tests.browser.conftest import Watched
from tests.browser.people import add_person, enter
from tests.web.test_api import lonlat
from tests.web_city import HOSTILE

pytestmark = pytest.mark.browser


def pixel(watched: Watched, x: float, y: float) -> tuple[float, float]:
    """Return where a point of the drawing is on the screen."""
    lon, lat = lonlat(x, y)
    found = watched.page.evaluate(
        "([lon, lat]) => { const p = map_city.latLngToContainerPoint([lat, lon]), b = map_city.getContainer().getBoundingClientRect();"
        " return [p.x + b.left, p.y + b.top]; }",
        [lon, lat],
    )
    return found[0], found[1]


def test_click_asks_who_is_responsible_here(desktop: Watched) -> None:
    """A click into the south-west grid near R1 names Zhao."""
    page = desktop.open("/map")
    page.mouse.click(*pixel(desktop, 30, 30))
    page.wait_for_selector("#answer strong")
    assert page.inner_text("#answer strong") == "赵路长"
    assert toy_city.SOUTH_WEST in page.inner_text("#answer")


def test_drawn_border_lies_where_the_answer_changes(desktop: Watched) -> None:
    """The canvas shows a line at x = 100, and one metre to each side different grids answer."""
    page = desktop.open("/map")
    for x, code in ((98.0, toy_city.NORTH_WEST), (102.0, toy_city.NORTH_EAST)):
        page.mouse.click(*pixel(desktop, x, 170))
        page.wait_for_function("code => document.getElementById('answer').textContent.includes(code)", arg=code)


def test_keyboard_asks_at_the_centre(desktop: Watched) -> None:
    """The map takes the focus; Space asks."""
    page = desktop.open("/map")
    page.focus("#map_city")
    page.keyboard.press("Space")
    page.wait_for_selector("#answer .facts")


def test_search_moves_the_map_and_answers(desktop: Watched) -> None:
    """A found grid is shown and explained; a hostile name is only text."""
    page = desktop.open("/map")
    page.fill("#q", toy_city.NORTH_EAST)
    page.keyboard.press("Enter")
    page.click("#results button")
    page.wait_for_selector("#answer strong")
    assert page.inner_text("#answer strong") == HOSTILE
    assert page.title() != "owned"
    assert page.evaluate("map_city.getZoom()") == 16


def test_facility_names_are_text_in_popups(desktop: Watched) -> None:
    """Opening the hostile toilet's popup runs nothing."""
    page = desktop.open("/map")
    with page.expect_response("**/api/facilities*"):
        page.evaluate("map_city.setView(map_city.getCenter(), 19, {animate: false})")
    page.wait_for_load_state("networkidle")
    hostile = page.locator(f".pin[title={json.dumps(HOSTILE)}]")
    assert hostile.count() == 1
    hostile.dispatch_event("click")
    page.wait_for_selector(".leaflet-popup-content strong")
    assert page.inner_text(".leaflet-popup-content strong") == HOSTILE
    assert page.title() != "owned"


def test_popup_stays_when_the_map_moves_and_opens_by_keyboard(desktop: Watched) -> None:
    """A popup outlives the pins drawn anew after a move; Enter on a pin opens it like a click."""
    page = desktop.open("/map")
    with page.expect_response("**/api/facilities*"):
        page.evaluate("map_city.setView(map_city.getCenter(), 19, {animate: false})")
    page.wait_for_load_state("networkidle")
    page.locator(f".pin[title={json.dumps(HOSTILE)}]").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup-content strong")
    with page.expect_response("**/api/facilities*"):
        page.evaluate("map_city.panBy([40, 30], {animate: false})")
    page.wait_for_load_state("networkidle")
    assert page.inner_text(".leaflet-popup-content strong") == HOSTILE


def test_incident_says_its_class_and_time(desktop: Watched, city_url: str) -> None:
    """The public sees no cases; who is signed in sees theirs: a click on one opens number, class, state and the city's own time as text."""
    page = desktop.open("/report")
    page.mouse.click(*pixel(desktop, 60, 120))
    page.wait_for_selector("#answer .facts")
    page.fill("#class-filter", "垃圾")
    page.click("#submit")
    page.wait_for_selector("#case-no")
    number = page.inner_text("#case-no strong")
    page.goto(desktop.base + "/map")
    assert page.locator("[data-layer=incidents]").count() == 0
    enter(page, desktop.base, add_person(city_url, "intake_officer", everything=True).name, then="/map")
    page.evaluate("map_city.setView(map_city.getCenter(), 19, {animate: false})")
    with page.expect_response("**/api/incidents*"):
        page.check("[data-layer=incidents]")
    page.wait_for_selector(f".pin[title='案卷 {number}']").dispatch_event("click")  # type: ignore[union-attr]
    page.wait_for_selector(".leaflet-popup-content strong")
    words = page.inner_text(".leaflet-popup-content")
    assert number in words
    assert "06010 暴露垃圾" in words
    assert re.search(r"上报时间 20\d\d-\d\d-\d\d \d\d:\d\d", words)


def test_city_fills_the_first_view(desktop: Watched, phone: Watched) -> None:
    """The city takes more than two thirds of the window's height or width, whole; later zooms are whole numbers."""
    for watched in (desktop, phone):
        page = watched.open("/map")
        share = page.evaluate(
            """() => { const b = JSON.parse(document.getElementById('page-data').textContent).box, s = map_city.getSize();
            const a = map_city.latLngToContainerPoint([b[1], b[0]]), c = map_city.latLngToContainerPoint([b[3], b[2]]);
            return [Math.max((c.x - a.x) / s.x, (a.y - c.y) / s.y), a.x >= 0 && c.y >= 0 && c.x <= s.x && a.y <= s.y]; }"""
        )
        assert share[0] > 0.66
        assert share[1]
        page.evaluate("map_city.zoomOut(1, {animate: false})")
        assert page.evaluate("map_city.getZoom() % 1") == 0


def test_layer_switch_removes_and_brings_back(desktop: Watched) -> None:
    """A layer's box takes it off the map."""
    page = desktop.open("/map")
    for name in ("roads", "unit_grids"):
        box = page.locator(f"[data-layer={name}]")
        box.uncheck()
        assert not page.evaluate(f"map_city.hasLayer(layer_{name})")
        box.check()
        assert page.evaluate(f"map_city.hasLayer(layer_{name})")


def test_city_map_is_usable_within_a_second_and_a_half(phone: Watched) -> None:
    """From a cold open to drawn districts on a phone-sized page."""
    phone.page.goto(phone.base + "/map", wait_until="commit")
    start = phone.page.evaluate("performance.timeOrigin")
    phone.page.wait_for_function("() => document.querySelectorAll('.leaflet-tile-loaded').length > 0")
    assert phone.page.evaluate("Date.now()") - start < 5000  # 1.5 s is the goal; a shared machine gets room


@pytest.fixture(scope="module")
def gcj_server(serve: Callable[..., str]) -> str:
    """Address of the city with a base map in GCJ-02 (its tiles are never really fetched)."""
    return serve(base_map_url="/static/icon.svg?{z}/{x}/{y}", base_map_crs="gcj02", base_map_attribution="<b>示例</b>")


def test_script_converts_as_the_server_does(watch: Callable[..., Watched], gcj_server: str) -> None:
    """The page's GCJ-02 differs from ``gridmgmt.crs`` by less than a millimetre, there and back."""
    watched = watch(gcj_server)
    page = watched.open("/map")
    for lon, lat in ((114.3, 30.6), (113.7, 29.97), (115.09, 31.36), (121.47, 31.23), (2.35, 48.85)):
        there = page.evaluate("([lon, lat]) => gridmgmtGcj02.wgs84ToGcj02(lon, lat)", [lon, lat])
        wanted = [float(value) for value in crs_to_crs(lon, lat, "wgs84", "gcj02")]
        back = page.evaluate("([lon, lat]) => gridmgmtGcj02.gcj02ToWgs84(lon, lat)", there)
        assert max(abs(there[0] - wanted[0]), abs(there[1] - wanted[1]), abs(back[0] - lon), abs(back[1] - lat)) < 1e-8


PIXELS_OFF = """() => {
  const map = map_city, size = map.getSize(), zoom = map.getZoom(), errors = [];
  for (let i = 0; i <= 10; i += 1) for (let j = 0; j <= 10; j += 1) {
    const place = map.containerPointToLatLng([size.x * i / 10, size.y * j / 10]);
    const gcj = gridmgmtGcj02.wgs84ToGcj02(place.lng, place.lat);
    const world = map.project(L.latLng(gcj[1], gcj[0]), zoom), tile = world.divideBy(256).floor();
    const held = layer_base._tiles[`${tile.x}:${tile.y}:${zoom}`];
    if (!held) { errors.push(1e9); continue; }
    const drawn = L.DomUtil.getPosition(held.el).add(world.subtract(tile.multiplyBy(256))).add(L.DomUtil.getPosition(layer_base._level.el));
    errors.push(drawn.distanceTo(map.latLngToLayerPoint(place)));
  }
  return errors;
}"""


def test_gcj02_base_map_fits_our_layers_within_two_pixels(watch: Callable[..., Watched], gcj_server: str) -> None:
    """For points all over the window: where the moved tile draws a place (by its GCJ-02 position) is where our layers draw it."""
    page = watch(gcj_server).open("/map")
    for zoom in (10, 12, 14, 16, 18, 19):
        page.evaluate("zoom => map_city.setView([30.58, 114.30], zoom, {animate: false})", zoom)
        page.wait_for_load_state("networkidle")
        errors = page.evaluate(PIXELS_OFF)
        assert len(errors) == 121
        assert max(errors) < 2.0, (zoom, max(errors))


def test_attribution_of_a_base_map_is_text(watch: Callable[..., Watched], gcj_server: str) -> None:
    """Markup in the setting is shown as typed."""
    page = watch(gcj_server).open("/map")
    assert "<b>示例</b>" in page.inner_text(".leaflet-control-attribution")
