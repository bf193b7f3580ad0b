"""One incident from an inspector's phone, reported without network, to its closing, by five people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gridmgmt.cases import photo_store
from gridmgmt.cases.model import CaseAction, CaseState
from tests import toy_city
from tests.browser.conftest import Watched
from tests.browser.field import Field, a_picture, fill, in_the_field, words
from tests.browser.office import Office, act, done, refused
from tests.web.desk import door_of, stored

pytestmark = pytest.mark.browser
A, S = CaseAction, CaseState


@pytest.fixture
def field(city_url: str, chromium: Browser, tmp_path: Path) -> Iterator[Field]:
    """Return a phone in the field, switched off, and the city it reports to."""
    with in_the_field(city_url, chromium, tmp_path) as made:
        yield made


def reported_offline(field: Field) -> tuple[Page, str]:
    """Report with a photo while there is no network, kill the browser, switch it on with network; return the phone and the case's number."""
    said = words()
    phone = field.switch_on()
    field.sign_in(phone)
    assert field.phone is not None
    field.phone.set_offline(True)
    phone.reload()
    fill(phone, said)
    phone.tap("#send")
    expect(phone.locator("#summary")).to_contain_text("1 条待发送")
    assert not field.cases(said)
    field.kill()
    phone = field.switch_on()
    phone.goto(f"{field.base}/inspector")
    if "/login" in phone.url:  # a browser that was killed may have forgotten who was signed in, never what waits
        field.sign_in(phone)
    expect(phone.locator("#count-waiting")).to_have_text("0", timeout=60_000)
    return phone, field.only_case(said).case_no


def checked_offline(field: Field, phone: Page, case_no: str, action: CaseAction) -> None:
    """Say on the phone, without network, what a check found; it is sent when the network is back, its answer lost once."""
    assert field.phone is not None
    phone.reload()
    phone.tap("#tab-tasks")
    expect(phone.locator(f"details[data-case='{case_no}']")).to_have_count(1)
    field.phone.set_offline(True)
    card = phone.locator(f"details[data-case='{case_no}']")
    card.locator("summary").tap()
    card.locator("textarea").fill("现场已清理")
    card.locator(f"[data-action={action.value}]").tap()
    expect(phone.locator(f"details[data-case='{case_no}']")).to_contain_text("待发送")
    field.weather.next_for = {f"/api/cases/{case_no}/act": "lose"}
    field.phone.set_offline(False)
    expect(phone.locator(f"details[data-case='{case_no}']")).to_have_count(0, timeout=60_000)


def handled_by_the_unit(office: Office, case_no: str) -> None:
    """Let a handler accept on a phone, forget the photos, handle with them; and let the department confirm."""
    handler = office.page_of("handler", "handler", phone=True, units=["U1"])
    handler.goto(f"{office.base}/unit")
    handler.click(f"#case-{case_no} .case-link")
    act(handler, office.base, case_no, A.ACCEPT)
    act(handler, office.base, case_no, A.HANDLE, reason="已清运")
    refused(handler, "照片")
    assert handler.input_value("#handle-reason") == "已清运"
    act(handler, office.base, case_no, A.HANDLE, reason="已清运", photos={"before": [a_picture()], "after": [a_picture()]})
    done(handler)
    head = office.page_of("head", "handler", units=["U1"])
    act(head, office.base, case_no, A.CONFIRM_HANDLED)
    done(head)


def test_five_people_close_what_an_inspector_reported_without_network(field: Field, watch: Callable[..., Watched]) -> None:
    phone, case_no = reported_offline(field)
    office = Office(field.base, field.app, watch)
    intake = office.page_of("intake", "intake_officer")
    intake.goto(f"{field.base}/intake?order=newest")
    intake.click(f"#case-{case_no} .case-link")
    expect(intake.locator("ul.photos img")).to_have_count(1)
    act(intake, field.base, case_no, A.FILE)
    done(intake)
    dispatcher = office.page_of("dispatcher", "dispatcher")
    act(dispatcher, field.base, case_no, A.DISPATCH, unit_code="U1", reason="离得最近")
    done(dispatcher)
    handled_by_the_unit(office, case_no)
    checked_offline(field, phone, case_no, A.CHECK_PASSED)
    act(intake, field.base, case_no, A.CLOSE)
    done(intake)
    expect(intake.locator(".case-head .state-closed")).to_have_count(1)
    everything_is_told(field, office, case_no)


def everything_is_told(field: Field, office: Office, case_no: str) -> None:
    """Ask that every step was taken once, by the five, and that the photos are there."""
    case, steps = stored(field.app, case_no)
    assert case.state is S.CLOSED
    assert [step.action for step in steps] == [
        A.REPORT, A.ASSIGN, A.FILE, A.DISPATCH, A.ACCEPT, A.HANDLE, A.CONFIRM_HANDLED, A.CHECK_PASSED, A.CLOSE,
    ]  # fmt: skip
    people = {step.actor for step in steps} - {"system"}
    assert people == {field.account.name, *office.names.values()}
    assert len(people) == 5
    assert case.unit_grid_code == toy_city.SOUTH_WEST
    with door_of(field.app).sessions() as session:
        photos = photo_store.list_photos(session, case)
    assert [photo.photo.role.value for photo in photos] == ["near", "before", "after"]
