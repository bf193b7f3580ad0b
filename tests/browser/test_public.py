"""The public on the phone: three taps to report with a photo, number and code to follow it by, one answer when it is done."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, Route

from gridmgmt.cases import photo_store, store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import CaseAction
from gridmgmt.db import make_engine, make_session_factory
from tests.browser.conftest import PHONE, Watched
from tests.browser.test_pages import AXE
from tests.browser.test_report import case_number
from tests.cases.loop import DETAILS, REASON
from tests.photos.pictures import picture
from tests.web.test_api import lonlat
from tests.web.test_follow import VERIFIED

pytestmark = pytest.mark.browser


@pytest.fixture
def citizen(watch: Callable[..., Watched], server: str) -> Watched:
    """Open a phone that knows where it is."""
    lon, lat = lonlat(30, 30)
    place = {"geolocation": {"longitude": lon, "latitude": lat, "accuracy": 8.0}, "permissions": ["geolocation"]}
    return watch(server, viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2, **place)


def photo(name: str = "现场.jpg") -> FilePayload:
    chance = uuid.uuid4().bytes
    content = picture((800, 600), colour=f"#{chance[:3].hex()}", left=f"#{chance[3:6].hex()}")
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def clean(page: Page) -> None:
    """Ask that nothing is wider than the screen and that axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if AXE.exists():
        page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert not [(entry["id"], [node["target"] for node in entry["nodes"]]) for entry in found["violations"]]


def close(url: str, case_no: str) -> None:
    """Let a case go its whole way; its own photo stands for the one of the place afterwards."""
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        found = store.find_case(session, case_no)
        assert found is not None
        given = photo_store.list_photos(session, found[0])[0]
        for action in VERIFIED:
            details = dict(DETAILS.get(action, {}))
            if action is CaseAction.HANDLE:
                details["photos"] = [{"photo": given.photo.sha256, "role": "after"}]
            now = datetime.datetime.now(datetime.UTC)
            act_on_case(session, case_no, action, actor=action.value, now=now, reason=REASON, details=details)
    engine.dispose()


def test_three_taps_report_and_a_code_follows_it_to_the_end(citizen: Watched, city_url: str) -> None:
    page = citizen.open("/report")
    page.tap("#locate")
    page.wait_for_selector("#answer .facts")
    page.set_input_files("#photo", photo())
    page.wait_for_selector("#photo-list img")
    page.wait_for_function("() => document.getElementById('photo-status').textContent === '照片已上传'")
    clean(page)
    page.tap("#submit")
    case_no = case_number(page)
    assert len(page.inner_text("#follow-code strong")) == 8
    clean(page)
    page.tap("text=查看进度")
    page.wait_for_selector(".milestones")
    assert "已收到" in page.inner_text("h1")
    close(city_url, case_no)
    page.reload()
    page.wait_for_selector(".photos img")
    page.locator(".photos img").scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.photos img').naturalWidth === 320")
    clean(page)
    page.check("[name=satisfied][value=no]")
    page.fill("#comment", "又堆上了")
    page.tap("text=提交评价")
    page.wait_for_selector("#answered")
    assert "又堆上了" in page.inner_text("main")


def test_number_and_code_open_the_case_on_another_device(citizen: Watched, watch: Callable[..., Watched], server: str) -> None:
    page = citizen.open("/report")
    page.tap("#locate")
    page.wait_for_selector("#answer .facts")
    page.tap("#submit")
    case_no, code = case_number(page), page.inner_text("#follow-code strong")
    other = watch(server, expected=("400",))
    page = other.open("/follow")
    for typed, heading in (("22222222", "查询进度"), (code.lower(), "已收到")):
        page.fill("#case_no", case_no)
        page.fill("#code", typed)
        page.press("#code", "Enter")
        page.wait_for_function("heading => document.querySelector('h1').textContent.includes(heading)", arg=heading)
        clean(page)


def test_photos_can_be_left_out_again_and_are_three_at_most(citizen: Watched) -> None:
    page = citizen.open("/report")
    page.set_input_files("#photo", [photo(f"{number}.jpg") for number in range(4)])
    page.wait_for_function("() => document.getElementById('photo-status').textContent.includes('最多 3 张')")
    assert page.locator("#photo-list li").count() == 3
    page.locator("#photo-list button").first.tap()
    assert page.locator("#photo-list li").count() == 2
    assert len(page.input_value("[name=photos]").split(",")) == 2


def test_a_file_that_is_no_photo_and_a_lost_connection_are_said(watch: Callable[..., Watched], server: str) -> None:
    watched = watch(server, expected=("400",), viewport=PHONE)
    page = watched.open("/report")
    page.set_input_files("#photo", {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"%PDF-1.7"})
    page.wait_for_function("() => document.getElementById('photo-status').textContent.includes('只接受 JPEG')")
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort("internetdisconnected")

    page.route("**/photos", lose)
    page.set_input_files("#photo", photo())
    page.wait_for_function("() => document.getElementById('photo-status').textContent.includes('没有传上去')")
    page.unroute("**/photos")
    watched.faults.clear()
    page.set_input_files("#photo", photo())
    page.wait_for_selector("#photo-list img")
    assert len(lost) == 1
    assert page.is_enabled("#submit")
