"""The inbox by hand: what happens to a case is told, counted on every page, opened and read; clean on both screens."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect

from gridmgmt.cases.model import CaseAction
from gridmgmt.cli.worker_loop import Job, Worker
from gridmgmt.messages import channel_store
from gridmgmt.messages.model import Channel, ChannelKind
from gridmgmt.messages.send import Ways
from tests.browser.conftest import PHONE, Watched
from tests.browser.people import enter
from tests.browser.test_pages import check
from tests.browser.weather import served
from tests.cases.loop import TO_CHECK, TO_FILED
from tests.web.desk import bring, door_of
from tests.web.people import add_person
from tests.web_city import HOSTILE

pytestmark = pytest.mark.browser
ON_A_PHONE = {"viewport": PHONE, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def city(city_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Flask]]:
    """Address and application of a city."""
    with served(city_url, tmp_path_factory.mktemp("var")) as (base, app, _weather):
        yield base, app


def work(app: Flask) -> None:
    """Do what the worker would do, with a webhook whose address is not set."""
    sessions = door_of(app).sessions
    Worker(sessions, Ways(), {"deadlines": Job(datetime.timedelta(days=1), lambda _session, _now: "0 cases announced")}).drain()


def test_a_message_is_counted_opened_and_read(city: tuple[str, Flask], watch: Callable[..., Watched]) -> None:
    base, app = city
    work(app)  # what other tests told reaches those who were there then
    handler = add_person(app, "handler", units=["U1"])
    bring(app, *TO_FILED, CaseAction.DISPATCH)
    case = bring(app, *TO_CHECK, CaseAction.REWORK, description=HOSTILE)
    work(app)
    watched = watch(base, **ON_A_PHONE)
    enter(watched.page, base, handler.name, then="/unit")
    expect(watched.page.locator(".to-inbox .count")).to_have_text("3")
    watched.page.click(".to-inbox")
    expect(watched.page.locator(".inbox .unread")).to_have_count(3)
    watched.page.get_by_role("link", name=f"案卷 {case.case_no} 核查未通过").click()
    watched.page.wait_for_url(f"{base}/cases/{case.case_no}")
    expect(watched.page.locator(".to-inbox .count")).to_have_text("2")
    watched.open("/messages?unread=1")
    watched.page.locator(".inbox .unread button").first.click()
    expect(watched.page.locator(".inbox .unread")).to_have_count(1)
    watched.page.get_by_role("button", name="以下全部标为已读").click()
    expect(watched.page.locator(".to-inbox .count")).to_have_count(0)
    expect(watched.page.locator(".empty")).to_be_visible()


def test_the_pages_of_messages_are_clean(city: tuple[str, Flask], watch: Callable[..., Watched]) -> None:
    base, app = city
    with door_of(app).sessions.begin() as session:
        channel_store.put_channel(session, Channel("team", ChannelKind.WECOM, HOSTILE))
    person = add_person(app, "administrator", units=["U1"], everything=True)
    bring(app, *TO_CHECK, CaseAction.REWORK)
    work(app)
    with door_of(app).sessions.begin() as session:
        session.connection().exec_driver_sql("UPDATE delivery SET state = 'dead', finished_at = now() WHERE state = 'waiting'")
    for options, language in (({}, "zh"), (ON_A_PHONE, "en")):
        watched = watch(base, **options)
        enter(watched.page, base, person.name, then="/")
        for address in ("/messages", "/messages/settings", "/messages/dead"):
            check(watched, f"{address}?lang={language}")


def test_choosing_how_to_be_told_works_by_keyboard(city: tuple[str, Flask], watch: Callable[..., Watched]) -> None:
    base, app = city
    person = add_person(app, "handler", units=["U1"])
    watched = watch(base)
    enter(watched.page, base, person.name, then="/messages/settings")
    box = watched.page.locator("input[name='by_email:rework']")
    box.focus()
    watched.page.keyboard.press("Space")
    watched.page.keyboard.press("Enter")
    expect(watched.page.locator(".notice.good")).to_be_visible()
    expect(watched.page.locator("input[name='by_email:rework']")).to_be_checked()
    expect(watched.page.locator("input[name='by_email:closed']")).not_to_be_checked()
