"""The report on a screen, on a phone and on paper; the commission's table brought back by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.siting.scenario import SavedPlan
from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.browser.people import add_person, enter
from tests.browser.test_pages import accept
from tests.siting.small_plan import keep_plan
from tests.web import siting_city

pytestmark = pytest.mark.browser

MM_PER_POINT = 25.4 / 72


@pytest.fixture(scope="module")
def plan(city_url: str) -> SavedPlan:
    """Store a plan of two sites."""
    engine = make_engine(city_url)
    with make_session_factory(engine).begin() as session:
        kept = keep_plan(session, name="打印方案")
    engine.dispose()
    return kept


@pytest.fixture(scope="module")
def set_id(city_url: str) -> int:
    """Store a set with places that rules dropped; return its number."""
    engine = make_engine(city_url)
    with make_session_factory(engine).begin() as session:
        number = siting_city.prepare(session, dropped=3).id
    engine.dispose()
    return number


@pytest.fixture
def planner(city_url: str, server: str, watch: Callable[..., Watched]) -> Callable[..., Watched]:
    """Return a function that signs a planner in, wide or narrow."""

    def opened(viewport: object = DESKTOP, *, expected: tuple[str, ...] = ()) -> Watched:
        watched = watch(server, expected=expected, viewport=viewport, has_touch=viewport is PHONE)
        enter(watched.page, server, add_person(city_url, "planner", everything=True).name)
        return watched

    return opened


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_of_siting_is_clean_and_no_wider_than_its_screen(
    planner: Callable[..., Watched], plan: SavedPlan, set_id: int, viewport: dict[str, int]
) -> None:
    watched = planner(viewport)
    own = [f"/siting/plans/{plan.id}{name}" for name in ("", "/sites", "/report", "/accessibility", "/sheets", "/decisions")]
    others = ["/siting", "/siting/layers", f"/siting/sets/{set_id}", f"/siting/new?set={set_id}", f"/siting/{plan.scenario_id}"]
    for address in (*others, *own, f"/siting/compare?a={plan.id}&b={plan.id}"):
        page = watched.open(address)
        if page.locator(".siting-map, .with-map").count() and "compare" not in address:
            page.wait_for_function("() => document.body.classList.contains('siting-ready')")
        accept(watched, address)


def test_the_report_is_a4_and_prints_without_buttons(planner: Callable[..., Watched], plan: SavedPlan) -> None:
    page = planner().open(f"/siting/plans/{plan.id}/report")
    expect(page.locator(".guarantee")).to_contain_text("已证明最优")
    paper = page.pdf(prefer_css_page_size=True)
    sizes = {tuple(float(part) for part in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", paper)}
    assert {(round((x1 - x0) * MM_PER_POINT), round((y1 - y0) * MM_PER_POINT)) for x0, y0, x1, y1 in sizes} == {(210, 297)}
    page.emulate_media(media="print")
    for hidden in (".top", ".tools", ".crumbs"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".sign")).to_be_visible()


def test_the_table_is_taken_filled_in_and_brought_back(planner: Callable[..., Watched], plan: SavedPlan, tmp_path: Path) -> None:
    page: Page = planner(expected=("400",)).open(f"/siting/plans/{plan.id}/decisions")  # the first table has a fault
    with page.expect_download() as taken:
        page.locator("main a[download]").click()
    path = tmp_path / "filled.xlsx"
    taken.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book["点位"]
    heads = [cell.value for cell in sheet[1]]
    sheet.cell(2, heads.index("审定结论") + 1).value = "不采纳"
    book.save(path)
    page.set_input_files("#table", path)
    page.click("main form button.primary")
    expect(page.locator("[role=alert]")).to_contain_text("不采纳须说明理由")
    sheet.cell(2, heads.index("审定理由") + 1).value = "用地未落实"
    book.save(path)
    page.set_input_files("#table", path)
    page.click("main form button.primary")
    expect(page.locator("[role=status]")).to_contain_text("已登记 1 个点位的审定意见")
