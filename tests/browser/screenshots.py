"""Take pictures of every page of a running server, wide and narrow: ``python -m tests.browser.screenshots URL FOLDER [ZONE]``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, DESKTOP, PHONE

PAGES = {
    "start": "/",
    "map": "/map",
    "map-near": "/map",
    "report": "/report",
    "road-chiefs": "/road-chief",
    "road-chief": "/road-chief/zones/{zone}",
    "coverage": "/coverage/toilet",
    "coverage-near": "/coverage/toilet",
}
PATIENCE_MS = 60_000


def look_nearer(page: Page, name: str) -> None:
    """Zoom to the middle of the city where a picture should show more; choose a place to report."""
    if name == "map-near":
        page.evaluate("map_city.setView(map_city.getCenter(), 15)")
    elif name == "coverage-near":
        page.evaluate("map_city.setView(map_city.getCenter(), 14)")
    elif name == "report":
        page.evaluate("map_city.setView(map_city.getCenter(), 16)")
    else:
        return
    page.wait_for_load_state("networkidle")
    if name == "coverage-near":
        return
    page.focus("#map_city")
    page.keyboard.press("Space")
    page.wait_for_selector("#answer .facts")


def main(base: str, folder: Path, zone: str) -> None:
    """Write one JPEG per page and width."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        for viewport, touch in ((DESKTOP, False), (PHONE, True)):
            page = browser.new_context(viewport=viewport, locale="zh-CN", has_touch=touch, is_mobile=touch).new_page()  # type: ignore[arg-type]
            page.set_default_timeout(PATIENCE_MS)
            for name, address in PAGES.items():
                page.goto(base.rstrip("/") + address.format(zone=zone))
                page.wait_for_load_state("networkidle")
                look_nearer(page, name)
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(800)
                page.screenshot(path=folder / f"{name}-{viewport['width']}.jpg", type="jpeg", quality=80)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "Z-420106007007")
