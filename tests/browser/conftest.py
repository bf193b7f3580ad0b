"""A live server on a toy city, and a browser that reports everything that goes wrong."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from werkzeug.serving import make_server

from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no foreign host can be reached
]  # fmt: skip
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def find_chromium() -> str | None:
    """Return the distribution's Chromium, the one without a window if it is there: it starts and draws more quickly."""
    return next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)


@dataclasses.dataclass
class Watched:
    """A page and everything that went wrong on it."""

    page: Page
    base: str
    faults: list[str]

    def open(self, address: str) -> Page:
        """Go to a page of ours and wait until it is quiet."""
        self.page.goto(self.base + address)
        self.page.wait_for_load_state("networkidle")
        return self.page


@pytest.fixture(scope="session")
def city_url(new_database: Callable[..., str], web_template: str) -> str:
    """URL of the toy city with what pages show."""
    return new_database(web_template)


@contextlib.contextmanager
def serving(url: str, var_dir: Path, **settings: str) -> Iterator[str]:
    """Serve the city of a database with some settings; give the address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(Settings(database_url=url, **{"var_dir": var_dir, "rate_factor": 0, **settings}))  # type: ignore[arg-type]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions["door"].engine.dispose()


@pytest.fixture(scope="session")
def serve(city_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Return a function that serves the city with some settings and returns the address."""
    with contextlib.ExitStack() as servers:
        yield lambda **settings: servers.enter_context(serving(city_url, tmp_path_factory.mktemp("var"), **settings))


@pytest.fixture(scope="session")
def server(serve: Callable[..., str]) -> str:
    """Address of the city without a base map."""
    return serve()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the distribution's Chromium; skip where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watch(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a watched page; at the end every fault fails the test."""
    opened: list[tuple[BrowserContext, Watched]] = []

    def make(base: str, *, expected: tuple[str, ...] = (), **options: object) -> Watched:
        context = chromium.new_context(**{"viewport": DESKTOP, "locale": "zh-CN", **options})  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        watched = Watched(context.new_page(), base, [])
        own = urlsplit(base).netloc

        def guard(request: Request) -> None:
            if urlsplit(request.url).scheme.startswith("http") and urlsplit(request.url).netloc != own:
                watched.faults.append(f"foreign host: {request.url}")

        def note(text: str) -> None:
            if not any(part in text for part in expected):
                watched.faults.append(text)

        watched.page.on("request", guard)
        watched.page.on("console", lambda message: note(f"console: {message.text}") if message.type in {"error", "warning"} else None)
        watched.page.on("pageerror", lambda error: note(f"page error: {error}"))
        watched.page.on("requestfailed", lambda request: note(f"failed: {request.url} {request.failure}"))
        watched.page.on("response", lambda answer: note(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
        opened.append((context, watched))
        return watched

    yield make
    for context, _ in opened:
        context.close()
    # tiles that a move made useless are given up by the browser itself
    faults = [fault for _, watched in opened for fault in watched.faults if not (fault.startswith("failed:") and "ERR_ABORTED" in fault)]
    assert not faults, faults


@pytest.fixture
def desktop(watch: Callable[..., Watched], server: str) -> Watched:
    """Open a wide screen with a mouse."""
    return watch(server)


@pytest.fixture
def phone(watch: Callable[..., Watched], server: str) -> Watched:
    """Open a phone: narrow, touch."""
    return watch(server, viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
