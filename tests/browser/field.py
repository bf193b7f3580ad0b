"""An inspector in the field: a server with its weather, and a phone that can be killed and switched on again."""

from __future__ import annotations

import datetime
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.accounts.model import EVERYWHERE, Account
from gridmgmt.cases import list_store, photo_store, store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.list_model import CaseFilter, CaseLine
from gridmgmt.cases.model import CaseAction, IncidentReport, ReportSource
from gridmgmt.cases.photo_model import CasePhoto
from gridmgmt.cases.report import report_incident
from gridmgmt.city.model import Level
from gridmgmt.web.door import Door
from tests import toy_city
from tests.browser.conftest import CHROMIUM_FLAGS, PHONE, find_chromium
from tests.browser.people import enter
from tests.browser.weather import Weather, served
from tests.photos.pictures import picture
from tests.web.people import add_person
from tests.web.test_api import lonlat

WEST = [(Level.STREET_OFFICE, toy_city.WEST)]
LON, LAT = lonlat(30, 30)
HERE = {"longitude": LON, "latitude": LAT, "accuracy": 12.0}
expect.set_options(timeout=15_000)


class Field:
    """A server with its weather, an inspector, and a phone that can be killed and switched on again."""

    def __init__(self, base: str, app: Flask, weather: Weather, browser: Browser, folder: Path) -> None:
        self.base, self.app, self.weather = base, app, weather
        self.browser, self.folder = browser, folder
        self.account = self.person()
        self.phone: BrowserContext | None = None

    def person(self) -> Account:
        """Make another inspector of the west."""
        return add_person(self.app, "inspector", areas=WEST, name=f"inspector-{uuid.uuid4().hex[:8]}")

    def switch_on(self) -> Page:
        """Open the browser on what it kept, with the position granted."""
        self.phone = self.browser.browser_type.launch_persistent_context(
            self.folder, executable_path=self.program(), args=CHROMIUM_FLAGS, viewport=PHONE, has_touch=True, is_mobile=True,  # type: ignore[arg-type]
            locale="zh-CN", geolocation=HERE, permissions=["geolocation"],  # type: ignore[arg-type]
        )  # fmt: skip
        self.phone.set_default_timeout(15_000)
        return self.phone.pages[0]

    def switch_off_and_on(self) -> Page:
        """Close the browser in good order (it writes its cookies) and open it again."""
        assert self.phone is not None
        self.phone.close()
        return self.switch_on()

    def program(self) -> str:
        """Return the distribution's Chromium."""
        return find_chromium() or ""

    def kill(self) -> None:
        """Kill the phone's browser as an empty battery would."""
        wanted = f"--user-data-dir={self.folder}"
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if wanted in words and not any(word.startswith("--type=") for word in words):
                os.kill(int(entry.name), signal.SIGKILL)
        self.phone = None
        for lock in self.folder.glob("Singleton*"):
            lock.unlink(missing_ok=True)

    def sign_in(self, page: Page, account: Account | None = None) -> None:
        """Sign in and wait until the page is kept for times without network."""
        enter(page, self.base, (account or self.account).name, then="/inspector")
        ready(page)

    def sessions(self) -> sessionmaker[Session]:
        """Return the sessions of the application."""
        door = self.app.extensions["door"]
        assert isinstance(door, Door)
        return door.sessions

    def photos(self, case_no: str) -> list[CasePhoto]:
        """Return the photos of a case."""
        with self.sessions()() as session:
            found = store.find_case(session, case_no)
            assert found
            return list(photo_store.list_photos(session, found[0]))

    def cases(self, description: str) -> list[CaseLine]:
        """Return every stored case with a description."""
        with self.sessions()() as session:
            lines = list_store.stream_lines(session, EVERYWHERE, CaseFilter(), now=datetime.datetime.now(datetime.UTC))
            return [line for line in lines if line.description == description]

    def only_case(self, description: str) -> CaseLine:
        """Return the one case with a description."""
        found = self.cases(description)
        assert len(found) == 1, found
        return found[0]

    def task(self, *actions: CaseAction, at: tuple[float, float] = (50, 70)) -> str:
        """Open a case in the west and bring it on; return its number."""
        now = datetime.datetime.now(datetime.UTC)
        x, y = toy_city.point(*at)
        with self.sessions().begin() as session:
            report = IncidentReport(x, y, "epsg:4547", ReportSource.PUBLIC, now, description="任务", client_request_id=uuid.uuid4().hex)
            case_no = report_incident(session, report, profile=toy_city.PROFILE, now=now, actor="public").case.case_no
            for action in (CaseAction.REQUEST_VERIFICATION, *actions):
                act_on_case(session, case_no, action, actor="office", now=now, reason="理由")
        return case_no

    def steps(self, case_no: str) -> list[CaseAction]:
        """Return what was done with a case."""
        with self.sessions()() as session:
            found = store.find_case(session, case_no)
            assert found
            return [step.action for step in store.list_steps(session, found[0].id)]


@contextmanager
def in_the_field(city_url: str, chromium: Browser, folder: Path) -> Iterator[Field]:
    """Give a phone in the field, switched off."""
    with served(city_url, folder / "var") as (base, app, weather):
        made = Field(base, app, weather, chromium, folder / "phone")
        yield made
        if made.phone is not None:
            made.phone.close()


def ready(page: Page) -> None:
    """Wait until the page is kept for times without network."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function(
        "async () => { const c = await caches.open('gridmgmt-mine');"
        " return Boolean(await c.match('/inspector') && await c.match('/api/inspector/tasks') && await c.match('/api/inspector/classes')); }"
    )


def fill(page: Page, description: str, *, photo: bool = True) -> None:
    """Locate, photograph, choose a class."""
    page.tap("#locate")
    page.wait_for_function("() => document.getElementById('locate-status').textContent.includes('已定位')")
    if photo:
        page.set_input_files("#photos [data-role=near]", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": a_picture()})
        page.wait_for_selector("#photos .thumbs img")
    page.tap("#class-chips [data-key='matter:06010']")
    page.fill("#description", description)


def a_picture() -> bytes:
    """Return a photo that no other test has sent."""
    chance = uuid.uuid4().hex
    return picture((320, 240), colour=f"#{chance[:6]}", left=f"#{chance[6:12]}")


def words() -> str:
    """Return a description that no other test uses."""
    return f"现场 {uuid.uuid4().hex[:8]}"


def waiting(page: Page) -> int:
    """Return how many entries the page says wait or were refused."""
    count = page.locator("#count-waiting")
    expect(count).not_to_be_empty()  # until the page has looked
    return int(count.inner_text())
