"""Signing in, the start page and the administrator's pages in a real browser: phone and desk, keyboard, accessible."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.browser.people import PASSWORD, add_person, enter
from tests.browser.test_pages import check

pytestmark = pytest.mark.browser

PAGES = ("/", "/account", "/account/password", "/accounts", "/accounts/new", "/roles", "/roles/inspector", "/audit")


def test_signing_in_needs_no_mouse_and_leads_back(desktop: Watched, city_url: str) -> None:
    """The page asked for comes after; the head names who is signed in; signing out leaves nothing open."""
    account = add_person(city_url, "planner", everything=True)
    page = desktop.open("/cases")
    assert page.url.endswith("/login?next=%2Fcases")
    page.keyboard.type(account.name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases")
    assert account.shown_name in page.inner_text("header.top")
    page.click(".sign-out button")
    page.wait_for_url(desktop.base + "/")
    page.goto(desktop.base + "/cases")
    assert "/login" in page.url


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desk"])
def test_pages_fit_the_screen_and_are_labelled(watch: Callable[..., Watched], server: str, city_url: str, size: dict[str, int]) -> None:
    """Nothing runs off to the side, axe finds nothing, every page has one main heading."""
    account = add_person(city_url, "administrator", everything=True)
    watched = watch(server, viewport=size)
    check(watched, "/login")
    enter(watched.page, server, account.name)
    for path in PAGES:
        check(watched, path)
        assert watched.page.locator("h1").count() == 1, path


def test_an_administrator_makes_an_account_whose_owner_takes_it_over(
    desktop: Watched, watch: Callable[..., Watched], city_url: str
) -> None:
    """By hand on the pages, from the list to the first sign-in."""
    boss = add_person(city_url, "administrator", everything=True)
    page = desktop.page
    enter(page, desktop.base, boss.name, then="/accounts")
    page.click("text=新建账号")
    page.fill("#name", "browser.made")
    page.fill("#shown_name", "网页建的")
    page.check("text=采集员")
    page.fill("#areas", "420100001")
    page.click("text=保存")
    password = page.inner_text("#password")
    other = watch(desktop.base)
    other.page.goto(desktop.base + "/login")
    other.page.fill("#name", "browser.made")
    other.page.fill("#password", password)
    other.page.keyboard.press("Enter")
    other.page.wait_for_load_state("networkidle")
    other.page.goto(desktop.base + "/inspector")
    assert other.page.url.endswith("/account/password")
    for field, value in (("#password", password), ("#wanted", "my own long one"), ("#again", "my own long one")):
        other.page.fill(field, value)
    other.page.click("main button")
    other.page.wait_for_url("**/account")
    assert "街道办事处 420100001" in other.page.inner_text("main") or "街道 420100001" in other.page.inner_text("main")
