"""The detours of a case, each taken through the pages: suspension, extension, rework, appeal against a timeout, split, merge."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.catalogue import limit_store
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ClassLimit, ManagedClass, ManagedKind, TimeLimit, TimeUnit
from tests.browser.conftest import Watched
from tests.browser.field import a_picture
from tests.browser.office import Office, act, done, refused
from tests.browser.weather import served
from tests.web.desk import bring, door_of, stored
from tests.web_city import STANDARD

pytestmark = pytest.mark.browser
A, S = CaseAction, CaseState
UNHURRIED, HASTY = "09901", "09902"  # classes with five working days, and with no time at all
LIMITS = {UNHURRIED: TimeLimit(Decimal(5), TimeUnit.WORKING_DAY), HASTY: TimeLimit(Decimal(0), TimeUnit.URGENT_HOUR)}


@pytest.fixture(scope="module")
def city(city_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, object]]:
    """Serve a city with two classes that have a limit."""
    with served(city_url, tmp_path_factory.mktemp("var")) as (base, app, _weather):
        with door_of(app).sessions.begin() as session:
            catalogue_store.add_classes(
                session, [ManagedClass(STANDARD, ManagedKind.MATTER, code, f"限时{code}", "09", "其他", None) for code in LIMITS]
            )
            for code, limit in LIMITS.items():
                limit_store.add_limit(
                    session,
                    ClassLimit(STANDARD, ManagedKind.MATTER, code, "1", "有此情形", limit, None, True, "test", datetime.date(2024, 1, 1)),
                )
        yield base, app


@pytest.fixture
def office(city: tuple[str, object], watch: Callable[..., Watched]) -> Office:
    """Return an office nobody has entered yet."""
    return Office(city[0], city[1], watch)  # type: ignore[arg-type]


class Desk:
    """The people of the detours: each acts in a browser of their own."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def intake(self) -> Page:
        """Return the browser of the intake officer."""
        return self.office.page_of("intake", "intake_officer")

    def dispatcher(self) -> Page:
        """Return the browser of the dispatcher."""
        return self.office.page_of("dispatcher", "dispatcher")

    def handler(self, unit: str = "U1") -> Page:
        """Return the browser of somebody of a unit."""
        return self.office.page_of(f"handler {unit}", "handler", units=[unit])

    def inspector(self) -> Page:
        """Return the browser of the inspector who checks."""
        return self.office.page_of("inspector", "inspector")

    def supervisor(self, who: str = "first") -> Page:
        """Return the browser of a supervisor."""
        return self.office.page_of(f"supervisor {who}", "supervisor")

    def act(self, page: Page, case_no: str, action: CaseAction, **said: object) -> None:
        """Act and ask that it was done."""
        act(page, self.office.base, case_no, action, **said)  # type: ignore[arg-type]
        done(page)

    def handled(self, case_no: str, unit: str = "U1") -> None:
        """Bring a case from the unit's hands to the check."""
        self.act(self.handler(unit), case_no, A.HANDLE, reason="已处置", photos={"before": [a_picture()], "after": [a_picture()]})
        self.act(self.handler(unit), case_no, A.CONFIRM_HANDLED)

    def accepted(self, case_no: str, unit: str = "U1") -> None:
        """Bring a filed case into a unit's hands."""
        self.act(self.dispatcher(), case_no, A.DISPATCH, unit_code=unit, reason="就近")
        self.act(self.handler(unit), case_no, A.ACCEPT)

    def closed(self, case_no: str) -> None:
        """Bring a case from the check to its end."""
        self.act(self.inspector(), case_no, A.CHECK_PASSED)
        self.act(self.intake(), case_no, A.CLOSE)


@pytest.fixture
def desk(office: Office) -> Desk:
    """Return the people of an office."""
    return Desk(office)


def test_suspension_extension_and_rework(desk: Desk) -> None:
    app, base = desk.office.app, desk.office.base
    case_no = bring(app, class_code=UNHURRIED).case_no
    desk.act(desk.intake(), case_no, A.FILE, condition_no="1")
    desk.accepted(case_no)
    first_due = stored(app, case_no)[0].due_at
    assert first_due is not None

    desk.act(desk.handler(), case_no, A.SUSPEND, pool="engineering", review_on="2036-05-01", reason="等管网改造")
    expect(desk.handler().locator(".case-head .state-suspended")).to_have_count(1)
    desk.supervisor().goto(f"{base}/supervise")
    expect(desk.supervisor().locator("section[aria-labelledby=pool]")).to_contain_text(case_no)
    desk.act(desk.dispatcher(), case_no, A.RESUME, reason="改造完成")

    until = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=60)).strftime("%Y-%m-%dT18:00")
    desk.act(desk.handler(), case_no, A.REQUEST_EXTENSION, until=until, reason="材料未到")
    extended = stored(app, case_no)[0].due_at
    assert extended is not None
    assert extended > first_due
    later = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=90)).strftime("%Y-%m-%dT18:00")
    desk.act(desk.handler(), case_no, A.REQUEST_EXTENSION, until=later, reason="材料仍未到")
    assert stored(app, case_no)[0].due_at == extended
    desk.supervisor().goto(f"{base}/supervise")
    expect(desk.supervisor().locator("section[aria-labelledby=extensions]")).to_contain_text(case_no)
    desk.act(desk.supervisor(), case_no, A.APPROVE_EXTENSION)
    approved = stored(app, case_no)[0].due_at
    assert approved is not None
    assert approved > extended

    desk.handled(case_no)
    desk.act(desk.inspector(), case_no, A.REWORK, reason="还有残留")
    case, _ = stored(app, case_no)
    assert (case.state, case.unit_code) == (S.HANDLING, "U1")
    expect(desk.inspector().locator("ul.photos img")).to_have_count(2)
    desk.handled(case_no)
    desk.closed(case_no)
    page = desk.intake()
    for word in ("挂账", "恢复", "批准延期", "返工", "等管网改造", "还有残留", "按时办理"):
        expect(page.locator("main")).to_contain_text(word)


def test_appeal_against_a_timeout_needs_two_and_leaves_the_clock_alone(desk: Desk) -> None:
    app, base = desk.office.app, desk.office.base
    case_no = bring(app, class_code=HASTY).case_no
    desk.act(desk.intake(), case_no, A.FILE, condition_no="1")
    desk.accepted(case_no)
    desk.handled(case_no)
    desk.closed(case_no)
    desk.act(desk.handler(), case_no, A.REQUEST_APPEAL, reason="暴雨停工")
    desk.act(desk.supervisor(), case_no, A.SUPPORT_APPEAL, reason="属实")
    desk.supervisor().goto(f"{base}/cases/{case_no}")
    expect(desk.supervisor().locator("#act-support_appeal")).to_have_count(0)
    desk.act(desk.supervisor("second"), case_no, A.SUPPORT_APPEAL, reason="同意")
    expect(desk.supervisor("second").locator(".case-head .clock-late")).to_contain_text("超期")
    desk.handler().goto(f"{base}/cases/{case_no}")
    expect(desk.handler().locator("#act-request_appeal")).to_have_count(0)


def test_split_case_closes_when_both_parts_are_done(desk: Desk) -> None:
    app = desk.office.app
    case_no = bring(app, A.FILE).case_no
    page = desk.dispatcher()
    page.goto(f"{desk.office.base}/cases/{case_no}")
    page.click("#act-split summary")
    page.fill("#split-parts-0", "清运垃圾")
    page.fill("#split-parts-1", "修补路面")
    page.fill("#split-reason", "两个单位的事")
    page.click("#act-split button")
    done(page)
    parts = [f"{case_no}-{number}" for number in (1, 2)]
    for part in parts:
        expect(page.locator("section[aria-labelledby=kin]")).to_contain_text(part)
    for part, unit in zip(parts, ("U1", "U2"), strict=True):
        desk.accepted(part, unit)
        desk.handled(part, unit)
    desk.closed(parts[0])
    assert stored(app, case_no)[0].state is S.SPLIT
    act(desk.intake(), desk.office.base, parts[1], A.NOTE, reason="等核查")
    desk.act(desk.supervisor(), parts[1], A.FORCE_CLOSE, reason="已由业主自行修好")
    assert stored(app, case_no)[0].state is S.PENDING_CLOSING
    desk.act(desk.intake(), case_no, A.CLOSE)
    assert stored(app, case_no)[0].state is S.CLOSED


def test_duplicate_is_merged_into_the_case_next_to_it(desk: Desk) -> None:
    app, base = desk.office.app, desk.office.base
    first = bring(app, at=(120, 150)).case_no
    again = bring(app, at=(123, 151), description="同一堆垃圾").case_no
    desk.act(desk.intake(), again, A.MERGE, into=first, reason="重复上报")
    expect(desk.intake().locator("section[aria-labelledby=kin]")).to_contain_text(first)
    desk.intake().goto(f"{base}/cases/{first}")
    expect(desk.intake().locator("section[aria-labelledby=kin]")).to_contain_text(again)
    assert stored(app, again)[0].state is S.MERGED
    third = bring(app, at=(125, 150)).case_no
    act(desk.intake(), base, third, A.MERGE, into_other=again)
    refused(desk.intake(), "不能并入")
    assert stored(app, third)[0].state is S.REPORTED
