"""The desks of intake, dispatch, units and supervision: clean on both screens, linked with the map, usable by keyboard and without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect

from gridmgmt.cases.model import CaseAction, CaseState
from tests.browser.conftest import PHONE, Watched
from tests.browser.people import enter
from tests.browser.test_pages import accept, check
from tests.browser.weather import served
from tests.cases.loop import TO_CLOSED, TO_FILED, TO_HANDLING
from tests.web.desk import WEST, bring, stored
from tests.web.people import add_person
from tests.web_city import HOSTILE

pytestmark = pytest.mark.browser
A, S = CaseAction, CaseState
DESKS = (
    ("intake_officer", "/intake", ()), ("dispatcher", "/dispatch", TO_FILED), ("handler", "/unit", TO_HANDLING),
    ("supervisor", "/supervise", (*TO_HANDLING, A.REQUEST_EXTENSION, A.REQUEST_EXTENSION)), ("supervisor", "/cases", TO_CLOSED),
)  # fmt: skip
City = tuple[str, Flask]


@pytest.fixture(scope="module")
def city(city_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Address and application of a city of cases."""
    with served(city_url, tmp_path_factory.mktemp("var")) as (base, app, _weather):
        yield base, app


def signed_in(city: City, watched: Watched, role: str, then: str) -> Watched:
    """Sign in as a person of a role who sees everything; a handler sees what U1 has."""
    given: dict[str, object] = {"units": ["U1"]} if role == "handler" else {"everything": True}
    account = add_person(city[1], role, **given)  # type: ignore[arg-type]
    enter(watched.page, watched.base, account.name, then=then)
    return watched


@pytest.mark.parametrize(("role", "address", "way"), DESKS, ids=[address for _, address, _ in DESKS])
def test_desk_and_case_page_are_clean(
    city: City, watch: Callable[..., Watched], role: str, address: str, way: tuple[CaseAction, ...]
) -> None:
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    case = bring(city[1], *way, description=HOSTILE)
    for options, language in (({}, "zh"), (phone, "en")):
        watched = signed_in(city, watch(city[0], **options), role, address)
        check(watched, f"{address}?q={HOSTILE[:20]}&order=due&lang={language}")
        watched.open(f"/cases/{case.case_no}")
        watched.page.evaluate("document.querySelectorAll('details').forEach(d => { d.removeAttribute('name'); d.open = true; })")
        accept(watched, f"/cases/{case.case_no}")


def test_line_and_point_light_up_together(city: City, watch: Callable[..., Watched]) -> None:
    case = bring(city[1], at=(30, 140), description="亮点")
    page = signed_in(city, watch(city[0]), "intake_officer", "/intake?q=亮点").page
    page.hover(f"#case-{case.case_no}")
    expect(page.locator(".leaflet-overlay-pane path[fill='#ffb703']")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(page.locator(".leaflet-overlay-pane path[fill='#ffb703']")).to_have_count(0)
    page.locator(".list-map path.leaflet-interactive[fill='#0a4b6e']").first.click(force=True)
    assert page.evaluate("document.activeElement.textContent") == case.case_no


def test_chosen_cases_are_filed_at_once(city: City, watch: Callable[..., Watched]) -> None:
    cases = [bring(city[1], description="批量甲") for _ in range(3)]
    page = signed_in(city, watch(city[0]), "intake_officer", "/intake?q=批量甲").page
    expect(page.locator(".bulk")).to_be_hidden()
    for case in cases[:2]:
        page.check(f"#case-{case.case_no} input[name=case_no]")
    expect(page.locator("#chosen")).to_have_text("2")
    page.select_option("#bulk-action", "file")
    expect(page.locator("#bulk-unit")).to_have_count(0)
    page.click(".bulk button")
    expect(page.locator("[role=status]")).to_contain_text("2 件已办理")
    assert [stored(city[1], case.case_no)[0].state for case in cases] == [S.PENDING_DISPATCH, S.PENDING_DISPATCH, S.REPORTED]


def test_case_is_dispatched_by_keyboard_alone(city: City, watch: Callable[..., Watched]) -> None:
    case = bring(city[1], *TO_FILED)
    page = signed_in(city, watch(city[0]), "dispatcher", f"/cases/{case.case_no}").page
    page.focus("#act-dispatch select")
    page.keyboard.press("Home")
    while page.input_value("#act-dispatch select") != "U1":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("离得最近")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("派遣")
    done, steps = stored(city[1], case.case_no)
    assert (done.unit_code, steps[-1].reason) == ("U1", "离得最近")


def test_everything_works_without_a_script(city: City, watch: Callable[..., Watched]) -> None:
    case = bring(city[1], *TO_FILED, description="无脚本")
    page = signed_in(city, watch(city[0], java_script_enabled=False), "dispatcher", "/dispatch?q=无脚本").page
    page.click(f"#case-{case.case_no} .case-link")
    page.click("#act-suspend summary")
    page.select_option("#suspend-pool", "engineering")
    page.fill("#suspend-review_on", "2036-05-01")
    page.fill("#suspend-reason", "等管网改造")
    page.click("#act-suspend button")
    expect(page.locator(".case-head .state-suspended")).to_have_count(1)
    assert stored(city[1], case.case_no)[1][-1].details["review_on"] == "2036-05-01"


def test_second_of_two_is_told_what_the_first_did(city: City, watch: Callable[..., Watched]) -> None:
    case = bring(city[1], *TO_FILED)
    pages = [signed_in(city, watch(city[0], expected=("409",)), "dispatcher", f"/cases/{case.case_no}").page for _ in range(2)]
    for page, unit in zip(pages, ("U1", "U2"), strict=True):
        page.select_option("#act-dispatch select", unit)
        page.fill("#dispatch-reason", f"派给 {unit}")
        page.click("#act-dispatch button")
    expect(pages[0].locator("[role=status]")).to_contain_text("派遣")
    expect(pages[1].locator("[role=alert]")).to_contain_text("派给 U2")
    expect(pages[1].locator(".steps li.new")).to_have_count(1)
    assert stored(city[1], case.case_no)[0].unit_code == "U1"


def test_map_narrows_the_list(city: City, watch: Callable[..., Watched]) -> None:
    near, far = (bring(city[1], at=at, description="范围") for at in (WEST, (170, 170)))
    page = signed_in(city, watch(city[0]), "intake_officer", "/intake?q=范围").page
    page.evaluate(
        "no => { const l = gridmgmt.data.lines.find(e => e.case_no === no); map_city.setView([l.lat, l.lon], 20, {animate: false}); }",
        near.case_no,
    )
    page.click("#here")
    page.wait_for_url("**bbox=**")
    expect(page.locator(f"#case-{near.case_no}")).to_have_count(1)
    expect(page.locator(f"#case-{far.case_no}")).to_have_count(0)
