"""A planner's day on a small city, from the pages alone: layers, set, scenario, job, plan, report, table out, decisions in."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cli.worker_siting import watch_siting
from gridmgmt.crs import WGS84, crs_to_crs
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import Facility, FacilityKind, FacilityStatus, Toilet
from gridmgmt.siting import scenario_store
from gridmgmt.siting.check_answer import find_faults
from gridmgmt.siting.keep_plan import gather
from gridmgmt.siting.scenario_settings import Problem
from tests.browser.conftest import Watched, serving
from tests.browser.people import add_person, enter
from tests.toy_city import EAST_COMMUNITY, WEST_COMMUNITY, point

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 120_000
KINDS = {"toilet": "公共厕所", "transfer-station": "转运站", "collection-house": "分类收集屋"}


@pytest.fixture
def sessions(new_database: Callable[..., str], web_template: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a city of 1,500 people with one shabby toilet, of its own."""
    engine = make_engine(new_database(web_template))
    made = make_session_factory(engine)
    shabby = Facility(
        "T1", FacilityKind.TOILET, "旧厕", FacilityStatus.OPEN, shapely.Point(point(50, 50)), "toy", details=Toilet(toilet_class=3)
    )
    with made.begin() as session:
        for code, people in ((WEST_COMMUNITY, 1000), (EAST_COMMUNITY, 500)):
            session.execute(text("UPDATE area SET population = :people WHERE code = :code"), {"people": people, "code": code})
        facilities_store.add_facilities(session, [shabby])
    yield made
    engine.dispose()


@pytest.fixture
def planner(sessions: sessionmaker[Session], watch: Callable[..., Watched], tmp_path: Path) -> Iterator[Watched]:
    """Sign a planner in; the worker's loop for siting runs beside the server, with the processes that it starts."""
    url, stop = sessions.kw["bind"].url.render_as_string(hide_password=False), threading.Event()
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": str(tmp_path)}
    worker = threading.Thread(target=watch_siting, args=(sessions, environ, stop))
    with serving(url, tmp_path) as address:
        watched = watch(address, expected=("400",))  # a table of decisions with a fault
        watched.page.set_default_timeout(PATIENCE_MS)
        enter(watched.page, address, add_person(url, "planner", everything=True).name)
        worker.start()
        yield watched
        stop.set()
        worker.join()


def add_own_places(page: Page, folder: Path) -> None:
    """Bring two places of one's own, the first of them within reach of most people."""
    storage = [point(40, 40), point(150, 160)]
    lon, lat = crs_to_crs([x for x, _ in storage], [y for _, y in storage], "epsg:4547", WGS84)
    path = folder / "自选点.csv"
    rows = "".join(f"{name},{x:.9f},{y:.9f},80\n" for name, x, y in zip(("甲", "乙"), lon, lat, strict=True))
    path.write_text(f"名称,经度,纬度,面积\n{rows}", encoding="utf-8")
    page.select_option("#subject", "candidates:toilet")
    page.set_input_files("#layer", path)
    page.select_option("#crs", "wgs84")
    page.click("main form[enctype] button.primary")
    expect(page.locator(".notice.good")).to_contain_text("2 个要素")


def plan_one(watched: Watched, kind: str) -> int:
    """Prepare a set of a kind, ask for two sites, wait for the plan; return its number."""
    page = watched.open("/siting")
    page.select_option("#kind", kind)
    page.click("form[action='/siting/sets'] button")
    page.locator("tr", has_text=KINDS[kind]).locator("a[href^='/siting/sets/']").first.click()
    page.locator("main a[href^='/siting/new']").click()
    page.fill("#sites", "2")
    page.fill("#radius_m", "60")
    page.fill("#years", "2024: 1\n2025: 1")
    page.fill("#time_limit_s", "10")
    page.click("main form[action='/siting'] button.primary")
    expect(page.locator("[data-job=state]")).to_have_text("完成", timeout=PATIENCE_MS)
    page.locator("#plans ~ table a").click()
    page.wait_for_function("() => document.body.classList.contains('siting-ready')")
    return int(page.url.rpartition("/")[2])


def decide(watched: Watched, plan: int, folder: Path) -> None:
    """Take the table, accept the first site and refuse the second: without a reason first, which is refused, then with one."""
    page = watched.open(f"/siting/plans/{plan}/decisions")
    with page.expect_download() as taken:
        page.locator("main a[download]").click()
    path = folder / f"{plan}.xlsx"
    taken.value.save_as(path)
    book = openpyxl.load_workbook(path)
    heads = [cell.value for cell in book["点位"][1]]
    for row, verdict in ((2, "采纳"), (3, "不采纳")):
        book["点位"].cell(row, heads.index("审定结论") + 1).value = verdict
    for reason, said in ((None, "不采纳须说明理由"), ("用地未落实", "已登记 2 个点位的审定意见")):
        book["点位"].cell(3, heads.index("审定理由") + 1).value = reason
        book.save(path)
        page.set_input_files("#table", path)
        page.click("main form button.primary")
        expect(page.locator(".notice")).to_contain_text(said)


def count_toilets(sessions: sessionmaker[Session]) -> int:
    """Return how many toilets count toward the programme."""
    with sessions() as session:
        return sum(one.facilities for one in facilities_store.count_programme(session) if one.kind is FacilityKind.TOILET)


def test_the_three_programmes_are_planned_from_the_pages(sessions: sessionmaker[Session], planner: Watched, tmp_path: Path) -> None:
    counted = count_toilets(sessions)
    add_own_places(planner.open("/siting/layers"), tmp_path)
    plans = {kind: plan_one(planner, kind) for kind in KINDS}
    with sessions() as session:
        for number in plans.values():
            plan = scenario_store.get_plan(session, number)
            material = gather(session, scenario_store.get_scenario(session, plan.scenario_id))
            assert find_faults(material.question, material.network, Problem(plan.problem), plan.plan) == []
            assert 0 < len(scenario_store.list_sites(session, number)) <= 2
    page = planner.open(f"/siting/plans/{plans['toilet']}/report")
    expect(page.locator(".guarantee")).to_contain_text("已证明最优")
    expect(page.locator("main")).to_contain_text("步行距离（沿道路网络）")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    decide(planner, plans["toilet"], tmp_path)
    page = planner.open(f"/siting/compare?a={plans['toilet']}&b={plans['collection-house']}")
    expect(page.locator(".siting-pair")).to_contain_text("独有站点")
    assert count_toilets(sessions) == counted + 1
