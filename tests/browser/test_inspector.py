"""The inspector's page with network: three taps, the same problem, handled on the spot, tasks, all screens, keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gridmgmt.cases.model import CaseAction, CaseState
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.field import Field, a_picture, fill, in_the_field, words
from tests.browser.test_pages import AXE

pytestmark = pytest.mark.browser


@pytest.fixture
def field(city_url: str, chromium: Browser, tmp_path: Path) -> Iterator[Field]:
    """Give a phone in the field, switched off."""
    with in_the_field(city_url, chromium, tmp_path) as made:
        yield made


def test_report_in_three_taps(field: Field) -> None:
    """The position is taken by itself: photo, class, send."""
    page = field.switch_on()
    field.sign_in(page)
    page.wait_for_function("() => document.getElementById('locate-status').textContent.includes('已定位')")
    assert "赵路长" in page.inner_text("#answer")
    page.set_input_files("#photos [data-role=near]", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": a_picture()})
    page.tap("#class-chips [data-key='matter:06010']")
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("已收到，案卷号")
    page.tap("#tab-mine")
    expect(page.locator("#reports .case-card").first).to_contain_text("暴露垃圾")
    assert page.locator("#photos .thumbs img").count() == 0


def test_same_problem_is_added_to_the_case_that_is_there(field: Field) -> None:
    """The open case of the same class close by is shown before sending; one tap adds to it, no second case is opened."""
    first, second = words(), words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, first, photo=False)
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("已收到")
    case_no = field.only_case(first).case_no
    fill(page, second)
    page.get_by_role("button", name=re.compile(case_no)).tap()
    expect(page.locator("#mode")).to_contain_text("不另立新案")
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text(case_no)
    assert not field.cases(second)
    assert field.steps(case_no)[-1] is CaseAction.NOTE


def test_handled_on_the_spot_with_photos_from_before_and_after(field: Field) -> None:
    """Without them it is not sent; with them the case waits for closing."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said, photo=False)
    page.tap("#report details summary")
    page.tap("#on-spot")
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("处置前、处置后")
    page.fill("#spot-reason", "已清走")
    for role in ("before", "after"):
        page.set_input_files(f"#spot-photos [data-role={role}]", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": a_picture()})
    expect(page.locator("#spot-photos .thumbs img")).to_have_count(2)
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("已收到")
    assert field.only_case(said).state is CaseState.PENDING_CLOSING


def test_page_is_clean_on_every_screen_and_tab(field: Field) -> None:
    """Phone and desk, Chinese and English: no fault in the console, nothing too wide, axe finds nothing."""
    field.task()
    page = field.switch_on()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    field.sign_in(page)
    for size, lang in ((PHONE, "zh"), (DESKTOP, "zh"), (PHONE, "en")):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{field.base}/inspector?lang={lang}")
        expect(page.locator("#tasks .case-card").first).to_be_attached()
        for tab in ("report", "tasks", "waiting", "mine"):
            page.click(f"#tab-{tab}")
            if tab == "tasks":
                page.locator("#tasks summary").first.click()
            width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert width <= 0, (size, lang, tab)
            if AXE.exists():
                page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
                found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
                assert not found["violations"], [
                    (entry["id"], [node["target"] for node in entry["nodes"]][:3]) for entry in found["violations"]
                ]
    assert not faults


def test_keyboard_alone_is_enough(field: Field) -> None:
    """Tabs by arrows, the place by Space on the map, the class by search and Enter, sent by Enter."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    page.focus("#tab-report")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#pane-tasks")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#pane-report")).to_be_visible()
    page.focus("#map_city")
    page.keyboard.press("Space")
    expect(page.locator("#locate-status")).to_contain_text("已选点")
    page.focus("#class-search")
    page.keyboard.type("垃圾")
    page.keyboard.press("Enter")
    expect(page.locator("#class-chosen")).to_contain_text("暴露垃圾")
    page.focus("#description")
    page.keyboard.type(said)
    page.focus("#send")
    page.keyboard.press("Enter")
    expect(page.locator("#send-status")).to_contain_text("已收到")
    assert field.only_case(said).class_code == "06010"


def test_tasks_come_in_order_of_distance(field: Field) -> None:
    """The nearer first, numbered as on the map; what was passed is gone from the list."""
    tasks = [field.task(at=(35, 95)), field.task(at=(30, 35))]
    page = field.switch_on()
    field.sign_in(page)
    page.tap("#tab-tasks")
    listed = page.evaluate("[...document.querySelectorAll('#tasks details')].map(d => d.dataset.case)")
    assert listed.index(tasks[1]) < listed.index(tasks[0])
    card = page.locator(f"details[data-case='{tasks[1]}']")
    card.locator("summary").tap()
    card.locator("[data-action=verify]").tap()
    expect(card).to_have_count(0)
    assert field.steps(tasks[1])[-1] is CaseAction.VERIFY
