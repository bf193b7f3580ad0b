"""The coverage page's map."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
CIRCLES = "Object.values(map_city._layers).filter(layer => layer instanceof L.Circle).map(circle => circle.getRadius())"


def test_every_single_facility_gets_its_circle(desktop: Watched) -> None:
    """Two toilets, two circles of the radius asked for; none around a cluster, none from afar."""
    page = desktop.open("/coverage/toilet?radius=40")
    for zoom, radii in ((17, [40, 40]), (14, []), (11, [])):
        page.evaluate("zoom => map_city.setView(map_city.getCenter(), zoom, {animate: false})", zoom)
        page.wait_for_function(f"radii => JSON.stringify({CIRCLES}) === JSON.stringify(radii)", arg=radii)


def test_far_view_writes_the_share_on_each_district(desktop: Watched) -> None:
    """One grid of four lies within 40 m of a toilet."""
    page = desktop.open("/coverage/toilet?radius=40")
    page.evaluate("map_city.setView(map_city.getCenter(), 11, {animate: false})")
    page.wait_for_function("() => [...document.querySelectorAll('.area-name')].some(name => name.textContent === '玩具区 25%')")
