"""The report on a screen, on a phone and on paper; the commission's table brought back by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from gridmgmt.db import make_engine, make_session_factory
from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.browser.people import add_person, enter
from tests.siting.small_plan import keep_plan

pytestmark = pytest.mark.browser

MM_PER_POINT = 25.4 / 72
PAGES = ("report", "accessibility", "sheets", "decisions")


@pytest.fixture(scope="module")
def plan(city_url: str) -> int:
    """Store a plan of two sites; return its number."""
    engine = make_engine(city_url)
    with make_session_factory(engine).begin() as session:
        number = keep_plan(session, name="打印方案").id
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
def test_no_page_is_wider_than_its_screen(planner: Callable[..., Watched], plan: int, viewport: dict[str, int]) -> None:
    watched = planner(viewport)
    for name in PAGES:
        page = watched.open(f"/siting/plans/{plan}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], name


def test_the_report_is_a4_and_prints_without_buttons(planner: Callable[..., Watched], plan: int) -> None:
    page = planner().open(f"/siting/plans/{plan}/report")
    expect(page.locator(".guarantee")).to_contain_text("已证明最优")
    paper = page.pdf(prefer_css_page_size=True)
    sizes = {tuple(float(part) for part in box.split()) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", paper)}
    assert {(round((x1 - x0) * MM_PER_POINT), round((y1 - y0) * MM_PER_POINT)) for x0, y0, x1, y1 in sizes} == {(210, 297)}
    page.emulate_media(media="print")
    for hidden in (".top", ".tools", ".crumbs"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".sign")).to_be_visible()


def test_the_table_is_taken_filled_in_and_brought_back(planner: Callable[..., Watched], plan: int, tmp_path: Path) -> None:
    page: Page = planner(expected=("400",)).open(f"/siting/plans/{plan}/decisions")  # the first table has a fault
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
