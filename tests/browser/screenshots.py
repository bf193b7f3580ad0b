"""Take pictures of the pages of a running demo city, wide and narrow: ``python -m tests.browser.screenshots URL FOLDER [NAME…]``.

Whoever the demo has made accounts for signs in with the password in ``demo_accounts.json`` of GRIDMGMT_VAR_DIR (var).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, DESKTOP, PHONE, find_chromium

# Who looks (the first word of a log-in name; "" is the public), and at what: name of the picture and address.
PAGES: Mapping[str, Mapping[str, str]] = {
    "": {
        "start": "/", "map": "/map", "map-near": "/map", "report": "/report", "road-chiefs": "/road-chief", "coverage": "/coverage/toilet",
        "coverage-near": "/coverage/toilet",
    },
    "cjy": {"inspector": "/inspector", "tasks": "/inspector"},
    "slzx": {"intake": "/intake"},
    "pqy": {"dispatch": "/dispatch", "rules": "/dispatch/rules", "case": "/dispatch?state=pending_dispatch"},
    "czry-jd": {"unit": "/unit"},
    "lz": {"road-chief": "/road-chief/mine", "patrols": "/road-chief/patrols", "monthly": "/road-chief/monthly"},
    "jdy": {"board": "/board", "supervise": "/supervise"},
    "gly": {"accounts": "/accounts"},
}  # fmt: skip
NEAR = {"map-near": 15, "coverage-near": 14, "report": 16}
PATIENCE_MS = 60_000


def look_nearer(page: Page, name: str) -> None:
    """Zoom to the middle of the city where a picture should show more; choose a place to report; open the list of tasks, the first case."""
    if name in NEAR:
        page.evaluate(f"map_city.setView(map_city.getCenter(), {NEAR[name]})")
        page.wait_for_load_state("networkidle")
    if name in {"map-near", "report"}:
        page.focus("#map_city")
        page.keyboard.press("Space")
        page.wait_for_selector("#answer .facts")
    elif name == "tasks":
        page.click("#tab-tasks")
    elif name == "case":
        page.click(".case-link")


def sign_in(page: Page, base: str, who: str) -> None:
    """Sign in as the first of the demo's people whose log-in name begins so."""
    stored = Path(os.environ.get("GRIDMGMT_VAR_DIR", "var")) / "demo_accounts.json"
    passwords = json.loads(stored.read_text(encoding="utf-8"))
    name = next(name for name in sorted(passwords) if name.startswith(who))
    page.goto(f"{base}/login")
    page.fill("#name", name)
    page.fill("#password", passwords[name])
    page.click(".sign-in button")
    page.wait_for_load_state("networkidle")


def screen(browser: Browser, viewport: Mapping[str, int]) -> BrowserContext:
    """Open a screen of somebody: a desk, or a phone that is touched."""
    touch = viewport is PHONE
    context = browser.new_context(viewport=viewport, locale="zh-CN", has_touch=touch, is_mobile=touch)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    return context


def main(base: str, folder: Path, wanted: Collection[str]) -> None:
    """Write one JPEG per page and width; of some pages only, where they are named."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        for viewport in (DESKTOP, PHONE):
            for who, pages in PAGES.items():
                pictures = {f"{name}-{viewport['width']}": (name, address) for name, address in pages.items()}
                chosen = {picture: page for picture, page in pictures.items() if not wanted or picture in wanted}
                if chosen:
                    page = screen(browser, viewport).new_page()
                    take(page, base, folder, who, chosen)
                    page.context.close()
        browser.close()


def take(page: Page, base: str, folder: Path, who: str, chosen: Mapping[str, tuple[str, str]]) -> None:
    """Sign in and take some pictures; each is (name of the page, address) by the name of its file."""
    if who:
        sign_in(page, base, who)
    for picture, (name, address) in chosen.items():
        page.goto(base + address)
        page.wait_for_load_state("networkidle")
        look_nearer(page, name)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(800)
        page.screenshot(path=folder / f"{picture}.jpg", type="jpeg", quality=72)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), Path(sys.argv[2]), sys.argv[3:])
