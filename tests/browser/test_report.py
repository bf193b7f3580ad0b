"""The report page by mouse, by thumb, by keyboard, by code, by position, and without a script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests import toy_city
from tests.browser.conftest import PHONE, Watched
from tests.browser.test_map import pixel
from tests.web.test_api import lonlat

pytestmark = pytest.mark.browser
CASE = re.compile(r"\d{8}-\d{8}")


def case_number(page: Page) -> str:
    """Return the number on the page that follows a report."""
    page.wait_for_selector("#case-no")
    found = CASE.search(page.inner_text("#case-no"))
    assert found
    return found[0]


def test_click_describe_confirm(desktop: Watched) -> None:
    """Who answers is shown before sending; after it the case number and the way to the next report."""
    page = desktop.open("/report")
    page.mouse.click(*pixel(desktop, 30, 30))
    page.wait_for_selector("#answer .facts")
    answer = page.inner_text("#answer")
    for word in (toy_city.SOUTH_WEST, "西街道", "玩具区", "南大路", "赵路长", "30 米"):
        assert word in answer
    page.fill("#class-filter", "垃圾")
    assert page.input_value("#managed_class") == "matter:06010"
    page.fill("#description", "人行道上有垃圾")
    assert page.inner_text("#submit") == "确认提交"
    page.click("#submit")
    case_number(page)
    assert "06010 暴露垃圾" in page.inner_text("main")
    page.click("text=在附近再报一个")
    page.wait_for_selector("#answer .facts")
    assert toy_city.SOUTH_WEST in page.inner_text("#answer")


def test_a_page_that_was_open_too_long_sends_all_the_same(watch: Callable[..., Watched], server: str) -> None:
    """The browser has lost its cookie meanwhile: the script takes a fresh token, nothing is typed again."""
    late = watch(server, expected=("400",))
    page = late.open("/report")
    page.fill("#description", "写了很久")
    page.context.clear_cookies()
    page.mouse.click(*pixel(late, 30, 30))
    page.wait_for_selector("#answer .facts")
    page.context.clear_cookies()
    page.click("#submit")
    case_number(page)
    assert "写了很久" in page.inner_text("main")


def test_thumb_moves_the_map_under_the_crosshair(phone: Watched) -> None:
    """On touch the cross is fixed, a tap on the map chooses nothing, the button takes the centre."""
    page = phone.open("/report")
    lon, lat = lonlat(150, 140)
    page.evaluate("([lon, lat]) => map_city.setView([lat, lon], 18, {animate: false})", [lon, lat])
    assert page.is_visible("#crosshair")
    page.touchscreen.tap(60, 250)
    assert page.is_hidden("#answer")
    page.tap("#drop")
    page.wait_for_selector("#answer .facts")
    assert toy_city.NORTH_EAST in page.inner_text("#answer")
    assert abs(float(page.input_value("#lon", strict=True)) - lon) < 1e-4
    page.tap("#submit")
    case_number(page)


def test_keyboard_alone_is_enough(desktop: Watched) -> None:
    """Tab to the map, arrows, Space, text, Enter on the button."""
    page = desktop.open("/report")
    page.focus("#map_city")
    assert "方向键" in page.inner_text("#locate-status")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("+")
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    page.wait_for_selector("#answer .facts")
    assert "已选点" in page.inner_text("#locate-status")
    page.focus("#description")
    page.keyboard.type("keyboard")
    page.focus("#submit")
    page.keyboard.press("Enter")
    case_number(page)


def test_code_without_touching_the_map(desktop: Watched) -> None:
    """A unit grid's code is place enough; the map goes there."""
    page = desktop.open("/report")
    page.click("#typed summary")
    page.fill("#place", toy_city.NORTH_EAST)
    page.press("#place", "Tab")
    page.wait_for_selector("#answer .facts")
    assert toy_city.NORTH_EAST in page.inner_text("#answer")
    page.fill("#place", "nowhere")
    desktop.faults.clear()
    page.press("#place", "Tab")
    page.wait_for_selector("#answer .bad")
    assert "nowhere" in page.inner_text("#answer")
    page.wait_for_timeout(100)
    assert all("400" in fault for fault in desktop.faults)
    desktop.faults.clear()


def test_gcj02_coordinates_typed_by_hand(desktop: Watched) -> None:
    """The chosen system is honoured: the same place as in WGS 84."""
    page = desktop.open("/report")
    lon, lat = lonlat(30, 30, "gcj02")
    page.click("#typed summary")
    page.select_option("#crs", "gcj02")
    page.fill("#lon", f"{lon:.7f}")
    page.fill("#lat", f"{lat:.7f}")
    page.press("#lat", "Tab")
    page.wait_for_function("code => document.getElementById('answer').textContent.includes(code)", arg=toy_city.SOUTH_WEST)


def test_double_click_and_lost_answer_are_one_case(desktop: Watched) -> None:
    """The first answer is lost on the way; sending again leads to the case that was stored."""
    page = desktop.open("/report")
    page.mouse.click(*pixel(desktop, 150, 30))
    page.wait_for_selector("#answer .facts")
    bodies: list[bytes] = []

    def lose(route: Route) -> None:
        bodies.append(route.request.post_data_buffer or b"")
        answer = route.fetch()
        if len(bodies) == 1:
            first.append(answer.json()["case_no"])
            route.abort()
        else:
            route.fulfill(response=answer)

    first: list[str] = []
    page.route("**/report", lose)
    page.dblclick("#submit")
    page.wait_for_function("() => document.getElementById('submit').textContent === '再次提交'")
    assert len(bodies) == 1
    desktop.faults.clear()
    page.click("#submit")
    assert case_number(page) == first[0]


def test_report_that_never_left_is_kept_and_sent_again(desktop: Watched) -> None:
    """No connection: the form stays as it was, one button sends the very same request."""
    page = desktop.open("/report")
    page.mouse.click(*pixel(desktop, 150, 30))
    page.wait_for_selector("#answer .facts")
    page.fill("#address", "公交站旁")
    page.fill("#description", "断网")
    sent: list[str] = []

    def fail_once(route: Route) -> None:
        found = re.search(r'name="request_id"\s+(\w+)', route.request.post_data or "")
        sent.append(found[1] if found else "")
        if len(sent) == 1:
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/report", fail_once)
    page.click("#submit")
    page.wait_for_function("() => document.getElementById('submit').textContent === '再次提交'")
    assert (page.input_value("#description"), page.input_value("#address")) == ("断网", "公交站旁")
    assert "不会重复立案" in page.inner_text("#send-status")
    desktop.faults.clear()
    page.click("#submit")
    case_number(page)
    assert sent[0]
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "您拒绝了定位授权"),
        ({"geolocation": {"longitude": 2.35, "latitude": 48.85, "accuracy": 12}, "permissions": ["geolocation"]}, "当前位置不在本市范围内"),
    ],
)
def test_position_of_the_phone_explains_what_went_wrong(
    watch: Callable[..., Watched], server: str, options: dict[str, object], sentence: str
) -> None:
    """Declined, or outside the city."""
    watched = watch(server, viewport=PHONE, has_touch=True, is_mobile=True, expected=("422",), **options)
    page = watched.open("/report")
    page.click("#locate")
    page.wait_for_function("text => document.body.textContent.includes(text)", arg=sentence)


@pytest.mark.parametrize(("code", "sentence"), [(2, "手机暂时取不到位置"), (None, "此浏览器不支持定位")])
def test_position_that_cannot_be_had(watch: Callable[..., Watched], server: str, code: int | None, sentence: str) -> None:
    """No fix, or no such thing in this browser."""
    watched = watch(server)
    fake = f"{{getCurrentPosition: (ok, fail) => fail({{code: {code}}})}}" if code else "undefined"
    watched.page.add_init_script(f"Object.defineProperty(navigator, 'geolocation', {{value: {fake}}})")
    page = watched.open("/report")
    page.click("#locate")
    page.wait_for_function("text => document.getElementById('locate-status').textContent.includes(text)", arg=sentence)


def test_position_of_the_phone_with_its_accuracy(watch: Callable[..., Watched], server: str) -> None:
    """A fix becomes the place; its accuracy is shown and stored."""
    lon, lat = lonlat(30, 30)
    watched = watch(server, geolocation={"longitude": lon, "latitude": lat, "accuracy": 17.0}, permissions=["geolocation"])
    page = watched.open("/report")
    page.click("#locate")
    page.wait_for_selector("#answer .facts")
    assert "精度约 17 米" in page.inner_text("#locate-status")
    assert page.input_value("[name=accuracy_m]") == "17.0"


def test_whole_flow_without_a_script(watch: Callable[..., Watched], server: str) -> None:
    """Form, check, back to change, check, case: plain pages."""
    page = watch(server, java_script_enabled=False).open("/report")
    assert page.is_hidden("#map_city")
    page.click("#typed summary")
    page.fill("#place", toy_city.SOUTH_WEST)
    page.fill("#description", "没有脚本")
    page.click("#submit")
    assert toy_city.SOUTH_WEST in page.inner_text("main")
    page.click("text=返回修改")
    assert page.input_value("#description") == "没有脚本"
    page.click("#submit")
    page.click("text=确认提交")
    case_number(page)
