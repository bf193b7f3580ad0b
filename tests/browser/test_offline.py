"""The inspector's page without network: what is reported or said waits on the phone and counts once, whatever happens meanwhile."""

from __future__ import annotations

import datetime
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import CaseAction, ReportSource
from tests.browser.field import Field, fill, in_the_field, waiting, words
from tests.web.people import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def field(city_url: str, chromium: Browser, tmp_path: Path) -> Iterator[Field]:
    """Give a phone in the field, switched off."""
    with in_the_field(city_url, chromium, tmp_path) as made:
        yield made


def test_report_without_network_survives_a_killed_browser_and_is_sent_once(field: Field) -> None:
    """Photo and all; the page itself opens without network; it sends by itself when the network is back."""
    said = words()
    field.sign_in(field.switch_on())
    page = field.switch_off_and_on()
    assert field.phone is not None
    field.phone.set_offline(True)
    page.goto(f"{field.base}/inspector")
    fill(page, said)
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("待发送")
    expect(page.locator("#summary")).to_contain_text("1 条待发送")
    expect(page.locator("#summary")).to_contain_text("没有网络")
    field.kill()

    field.weather.down = True
    page = field.switch_on()
    page.goto(f"{field.base}/inspector")
    expect(page.locator("#count-waiting")).to_have_text("1")
    page.tap("#tab-waiting")
    expect(page.locator("#waiting")).to_contain_text("1 张照片")
    assert not field.cases(said)
    field.weather.down = False
    expect(page.locator("#waiting [data-state=sent]")).to_have_count(1, timeout=60_000)  # the waits between tries have grown
    line = field.only_case(said)
    assert line.source is ReportSource.INSPECTOR
    assert len(field.photos(line.case_no)) == 1
    expect(page.locator("#count-waiting")).to_have_text("0")


@pytest.mark.parametrize("what", ["lose", "twice", "cut"])
def test_report_counts_once_when_the_network_plays_tricks(field: Field, what: str) -> None:
    """The answer is lost after the work was done; the request is delivered twice; it never arrives the first time."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said)
    field.weather.next_for = {"/api/reports": what, "/photos": what}
    page.tap("#send")
    expect(page.locator("[data-state=sent]")).to_have_count(1, timeout=40_000)
    assert not field.weather.next_for
    field.only_case(said)


def test_verification_said_without_network_is_one_step(field: Field) -> None:
    """The task stays listed as noted; sent when the network is back, its answer lost once."""
    case_no = field.task()
    page = field.switch_on()
    field.sign_in(page)
    assert field.phone is not None
    field.phone.set_offline(True)
    page.reload()
    page.tap("#tab-tasks")
    card = page.locator(f"details[data-case='{case_no}']")
    card.locator("summary").tap()
    card.locator("[data-action=verify_unfounded]").tap()
    expect(card.locator("[role=status]")).to_contain_text("须填写说明")
    card.locator("textarea").fill("现场属实")
    card.locator("[data-action=verify]").tap()
    expect(page.locator(f"details[data-case='{case_no}']")).to_contain_text("待发送")
    field.weather.next_for = {f"/api/cases/{case_no}/act": "lose"}
    field.phone.set_offline(False)
    expect(page.locator(f"details[data-case='{case_no}']")).to_have_count(0, timeout=40_000)
    assert field.steps(case_no)[-2:] == [CaseAction.REQUEST_VERIFICATION, CaseAction.VERIFY]


def test_photo_that_the_server_has_cleared_is_sent_again(field: Field) -> None:
    """The photo was sent days before its report could be; the server no longer knows it."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said)
    field.weather.next_for = {"/api/reports": "cut"}
    page.tap("#send")
    expect(page.locator("#summary")).to_contain_text("1 条待发送")
    page.evaluate(
        "async () => { const [entry] = await gridmgmtStore.list(); entry.photos[0].sha = '0'.repeat(64); await gridmgmtStore.put(entry); }"
    )
    page.tap("#tab-waiting")
    for _ in range(2):
        page.evaluate("gridmgmt.field.flush(true)")
    expect(page.locator("[data-state=sent]")).to_have_count(1)
    assert len(field.photos(field.only_case(said).case_no)) == 1


def test_what_the_server_refuses_stays_with_the_reason(field: Field) -> None:
    """Somebody voided the case meanwhile: the verification is shown as refused, can be exported, and is only deleted by hand."""
    case_no = field.task()
    page = field.switch_on()
    field.sign_in(page)
    page.tap("#tab-tasks")
    card = page.locator(f"details[data-case='{case_no}']")
    card.locator("summary").tap()
    with field.sessions().begin() as session:
        act_on_case(session, case_no, CaseAction.VOID, actor="office", now=datetime.datetime.now(datetime.UTC), reason="重复")
    card.locator("[data-action=verify]").tap()
    expect(page.locator("#summary")).to_contain_text("1 条被退回")
    page.tap("#tab-waiting")
    refused = page.locator("#waiting [data-state=refused]")
    expect(refused).to_contain_text("作废")
    with page.expect_download() as download:
        refused.get_by_role("button", name="导出").tap()
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert (kept["caseNo"], kept["body"]["action"]) == (case_no, "verify")
    page.reload()
    page.tap("#tab-waiting")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("#waiting [data-state=refused]").get_by_role("button", name="删除").tap()
    expect(page.locator("#waiting [data-state=refused]")).to_have_count(0)


def test_refused_report_is_changed_and_sent_again(field: Field) -> None:
    """A place outside the city is refused; the form takes it back with its photo, a new place makes it right."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said)
    page.evaluate("gridmgmt.field.choose({lng: 2.35, lat: 48.85})")
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("原因")
    page.tap("#tab-waiting")
    page.locator("#waiting [data-state=refused]").get_by_role("button", name="修改").tap()
    expect(page.locator("#photos .thumbs img")).to_have_count(1)
    assert page.input_value("#description") == said
    page.tap("#locate")
    page.wait_for_function("() => document.getElementById('locate-status').textContent.includes('已定位')")
    page.tap("#send")
    expect(page.locator("#send-status")).to_contain_text("已收到")
    field.only_case(said)
    assert waiting(page) == 0


def test_refused_verification_is_changed_and_sent_again(field: Field) -> None:
    """A photo that is no picture is refused; the form of the task takes the words back, without the photo it goes through."""
    case_no = field.task()
    page = field.switch_on()
    field.sign_in(page)
    page.tap("#tab-tasks")
    card = page.locator(f"details[data-case='{case_no}']")
    card.locator("summary").tap()
    card.locator("textarea").fill("属实")
    page.set_input_files(
        f"details[data-case='{case_no}'] [data-role=proof]", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    )
    expect(card.locator(".thumbs li")).to_have_count(1)
    card.locator("[data-action=verify]").tap()
    expect(page.locator("#summary")).to_contain_text("1 条被退回")
    page.tap("#tab-waiting")
    page.locator("#waiting [data-state=refused]").get_by_role("button", name="修改").tap()
    expect(card.locator("textarea")).to_have_value("属实")
    card.get_by_role("button", name="移除照片 1").tap()
    card.locator("[data-action=verify]").tap()
    expect(card).to_have_count(0)
    assert field.steps(case_no)[-1] is CaseAction.VERIFY
    assert waiting(page) == 0


def test_expired_sign_in_keeps_everything_and_says_so(field: Field) -> None:
    """The session is gone: nothing is lost, a link leads to the sign-in page, then it is sent."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said, photo=False)
    assert field.phone is not None
    field.phone.clear_cookies()
    page.tap("#send")
    expect(page.locator("#summary")).to_contain_text("登录已过期")
    assert not field.cases(said)
    page.tap("#summary a")
    page.fill("#name", field.account.name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{field.base}/inspector*")
    expect(page.locator("[data-state=sent]")).to_have_count(1)
    field.only_case(said)


def test_sign_out_empties_the_caches_and_keeps_what_waits_for_its_owner(field: Field) -> None:
    """The next person sees nothing of the first but that something waits; it is sent when its owner signs in again."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said, photo=False)
    field.weather.next_for = {"/api/reports": "cut"}
    page.tap("#send")
    expect(page.locator("#summary")).to_contain_text("1 条待发送")
    asked: list[str] = []
    page.once("dialog", lambda dialog: asked.append(dialog.message) or dialog.dismiss())  # type: ignore[call-overload,func-returns-value]
    page.click("form[action='/logout'] button")
    page.wait_for_timeout(1000)
    assert "1 条没有发送" in asked[0]
    assert page.url.startswith(f"{field.base}/inspector")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("form[action='/logout'] button")
    page.wait_for_url(f"{field.base}/")
    assert page.evaluate("caches.keys()") == [name for name in page.evaluate("caches.keys()") if name.startswith("gridmgmt-shell-")]
    field.weather.down = True
    page.goto(f"{field.base}/inspector")
    expect(page.locator("h1")).to_have_text("没有网络")
    field.weather.down = False

    other = field.person()
    field.sign_in(page, other)
    expect(page.locator("#summary")).to_contain_text("1 条属于其他账号")
    page.tap("#tab-waiting")
    assert said not in page.inner_text("body")
    page.wait_for_timeout(1000)
    assert not field.cases(said)
    field.phone.clear_cookies()  # type: ignore[union-attr]
    field.sign_in(page)
    expect(page.locator("[data-state=sent]")).to_have_count(1)
    field.only_case(said)


def test_browser_sends_in_the_background_while_the_page_is_closed(field: Field) -> None:
    """The service worker alone sends what waits when the browser tells it that there is network again."""
    said = words()
    page = field.switch_on()
    field.sign_in(page)
    fill(page, said)
    field.weather.next_for = {"/photos": "cut"}
    page.tap("#send")
    expect(page.locator("#summary")).to_contain_text("1 条待发送")
    assert field.phone is not None
    tower = field.phone.new_cdp_session(page)
    registrations: list[str] = []
    tower.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(entry["registrationId"] for entry in event["registrations"] if not entry["isDeleted"]),
    )
    tower.send("ServiceWorker.enable")
    page.goto("about:blank")
    page.wait_for_timeout(500)
    assert registrations
    sync = {"origin": field.base, "registrationId": registrations[0], "tag": "outbox", "lastChance": False}
    for turn in range(240):
        if field.cases(said):
            break
        if turn % 40 == 0:  # as a browser does, which tries again
            tower.send("ServiceWorker.dispatchSyncEvent", sync)
        page.wait_for_timeout(250)
    assert len(field.photos(field.only_case(said).case_no)) == 1


def test_storm_loses_nothing_and_doubles_nothing(field: Field) -> None:
    """Eight reports with photos and a verification while half of all requests are cut, answered into the void, or delivered twice."""
    said = [words() for _ in range(8)]
    case_no = field.task()
    page = field.switch_on()
    field.sign_in(page)
    assert field.phone is not None
    field.phone.set_offline(True)
    for one in said:
        fill(page, one)
        page.tap("#send")
        expect(page.locator("#send-status")).to_contain_text("待发送")
    page.tap("#tab-tasks")
    page.locator(f"details[data-case='{case_no}'] summary").tap()
    page.locator(f"details[data-case='{case_no}'] [data-action=verify]").tap()
    expect(page.locator("#count-waiting")).to_have_text("9")
    field.weather.storm = random.Random(20261122)
    field.phone.set_offline(False)
    page.tap("#tab-waiting")
    for _ in range(60):
        if waiting(page) == 0:
            break
        page.evaluate("gridmgmt.field.flush(true)")
    assert page.locator("#waiting [data-state=sent]").count() == 9
    for one in said:
        assert len(field.photos(field.only_case(one).case_no)) == 1
    assert field.steps(case_no)[-2:] == [CaseAction.REQUEST_VERIFICATION, CaseAction.VERIFY]
