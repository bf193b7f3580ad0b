"""Every page opens clean on a wide screen and on a phone, and passes axe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "/", "/map", "/report", "/road-chief", "/road-chief/zones/Z-E", "/road-chief/people/P3", "/coverage/toilet", "/coverage/transfer-station",
    "/coverage/collection-house", "/coverage/demolition-site",
)  # fmt: skip


def check(watched: Watched, address: str) -> None:
    """Open a page; nothing may fail, nothing may be wider than the screen, axe may find nothing."""
    watched.open(address)
    accept(watched, address)


def accept(watched: Watched, address: str) -> None:
    """Ask the same of a page that is open already."""
    page = watched.page
    assert page.title() != "owned"
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{address} is {width} px too wide"
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm install)")
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    violations = [(entry["id"], [node["target"] for node in entry["nodes"]][:3]) for entry in found["violations"]]
    assert not violations, (address, violations)


def test_pages_are_clean_on_a_wide_screen(desktop: Watched) -> None:
    """1440 px."""
    for address in PAGES:
        check(desktop, address)


def test_pages_are_clean_on_a_phone(phone: Watched) -> None:
    """390 px, in English, whose words are longer."""
    for address in PAGES:
        check(phone, address + "?lang=en")
