"""A plan in the browser: coverage counted there is what the server counts, also after a site is added, moved or taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.siting import job_store, scenario_store
from gridmgmt.siting.scenario import CurvePoint, JobState, Scenario, SetTables
from gridmgmt.siting.scenario_settings import AreaQuota, Problem
from tests import toy_city
from tests.browser.conftest import DESKTOP, PHONE, Watched
from tests.browser.people import add_person, enter
from tests.web import siting_city

pytestmark = pytest.mark.browser

FORCED = 2
SELECTED = (FORCED, 11, 23, 31, 47, 58)
READY = "() => document.body.classList.contains('siting-ready')"
STATE = "({value: gridmgmtSiting.cover.value, people: gridmgmtSiting.cover.people, count: gridmgmtSiting.sites.length})"


@pytest.fixture(scope="module")
def sessions(city_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on the database the pages are served from."""
    engine = make_engine(city_url)
    yield make_session_factory(engine)
    engine.dispose()


@pytest.fixture
def open_plan(city_url: str, server: str, sessions: sessionmaker[Session], watch: Callable[..., Watched]) -> Callable[..., Page]:
    """Return a function that stores a plan of six candidates and opens it as a planner, wide or narrow."""

    def opened(viewport: Any = DESKTOP, **changes: Any) -> Page:
        with sessions.begin() as session:
            scenario = siting_city.ask_for(session, siting_city.prepare(session), **changes)
            plan = siting_city.plan_for(session, scenario, SELECTED)
        watched = watch(server, viewport=viewport, has_touch=viewport is PHONE)
        enter(watched.page, server, add_person(city_url, "planner", everything=True).name)
        page = watched.open(f"/siting/plans/{plan.id}")
        page.wait_for_function(READY)
        return page

    return opened


def covered(tables: SetTables, positions: tuple[int, ...], *, depth: int = 1, radius_m: float = siting_city.RADIUS_M) -> int:
    """Return the people served by standing sites and some candidates, counted by every distance."""
    sites = np.concatenate([tables.standing.xy[tables.standing.meets], tables.candidates.xy[list(positions)]])
    away = ((tables.demand.xy[:, None, :] - sites[None, :, :]) ** 2).sum(axis=2)
    times = np.minimum((away <= radius_m**2).sum(axis=1), depth)
    return int((times * tables.demand.people).sum())


def add(page: Page, code: str) -> None:
    """Add a candidate by its code."""
    page.fill("#code", code)
    page.click("#by-code button")


def test_the_browser_counts_what_was_saved(open_plan: Callable[..., Page]) -> None:
    page = open_plan()
    assert page.evaluate(STATE) == {
        "value": covered(siting_city.draw(), SELECTED),
        "people": covered(siting_city.draw(), SELECTED),
        "count": 6,
    }
    expect(page.locator("#checked")).to_contain_text("核对一致")
    expect(page.locator("#faults")).to_contain_text("全部符合")


def test_backup_cover_counts_a_point_a_second_time(open_plan: Callable[..., Page]) -> None:
    page = open_plan(problem=Problem.BACKUP)
    assert page.evaluate("gridmgmtSiting.cover.value") == covered(siting_city.draw(), SELECTED, depth=2)


def test_a_candidate_is_added_and_taken_away_and_the_plan_comes_back(open_plan: Callable[..., Page]) -> None:
    page, tables = open_plan(), siting_city.draw()
    add(page, "C0040")
    assert page.evaluate(STATE)["value"] == covered(tables, (*SELECTED, 40))
    expect(page.locator("#faults")).to_contain_text("共 7 处，计划 6 处")
    page.click("#site-list button[data-rank='1']")
    gone = page.evaluate("gridmgmtSiting.chosen.position")
    page.click("#remove")
    assert page.evaluate(STATE)["value"] == covered(tables, tuple(p for p in (*SELECTED, 40) if p != gone))
    expect(page.locator("#keep")).to_have_attribute(
        "href", f"/siting/new?copy={page.evaluate('gridmgmt.data.scenario')}&forced=C0040&forbidden=C{gone:04d}"
    )
    page.click("#undo")
    assert page.evaluate(STATE) == {"value": covered(tables, SELECTED), "people": covered(tables, SELECTED), "count": 6}
    add(page, "nowhere")
    expect(page.locator("#note")).to_contain_text("没有编码为 nowhere 的候选点")


def test_why_a_site_says_what_it_alone_covers_and_what_is_next_best(open_plan: Callable[..., Page]) -> None:
    page, tables = open_plan(), siting_city.draw()
    page.click("#site-list button[data-rank='2']")
    chosen = page.evaluate("({position: gridmgmtSiting.chosen.position, alone: gridmgmtSiting.chosen.alone})")
    rest = tuple(p for p in SELECTED if p != chosen["position"])
    lost = covered(tables, SELECTED) - covered(tables, rest)
    assert chosen["alone"] == lost
    expect(page.locator("#why-lines")).to_contain_text(f"去掉它少 {lost:,} 人")
    gains = {p: covered(tables, (*rest, p)) - covered(tables, rest) for p in range(siting_city.PLACES) if p not in SELECTED}
    best = max(gains, key=lambda p: (gains[p], -p))
    expect(page.locator("#why-lines")).to_contain_text(f"候选点 C{best:04d}")
    expect(page.locator("#why-lines")).not_to_contain_text("{")


def test_what_is_best_instead_and_what_is_next_keep_the_rules(open_plan: Callable[..., Page]) -> None:
    """No more in the east than there are now, the one facility to be rebuilt stays the only one, and 20 m between all."""
    tables = siting_city.draw()
    east = {p for p in range(siting_city.PLACES) if tables.candidates.street_office[p] == toy_city.EAST}
    most = len(east & set(SELECTED))
    page = open_plan(
        quotas=(AreaQuota(toy_city.EAST, None, most),), upgrades=(1, 1), spacing_m=20.0, forbidden=("C0005",), forced=(f"C{FORCED:04d}",)
    )
    fixed = tables.standing.xy[tables.standing.meets]

    def keeps(sites: tuple[int, ...]) -> bool:
        xy = np.concatenate([tables.candidates.xy[list(sites)], fixed])
        away = ((xy[: len(sites), None, :] - xy[None, :, :]) ** 2).sum(axis=2) + np.eye(len(sites), len(xy)) * 1e9
        rebuilt = sum(p >= siting_city.PLACES - 5 for p in sites)
        return len(east & set(sites)) <= most and rebuilt == 1 and 5 not in sites and bool((away[:, len(sites) - 1] >= 20.0**2).all())

    for position in SELECTED:
        told = page.evaluate(f"gridmgmtSiting.nextBest(gridmgmtSiting.sites.find(one => one.position === {position}))")
        rest = tuple(p for p in SELECTED if p != position)
        free = [p for p in range(siting_city.PLACES) if p not in SELECTED and keeps((*rest, p))] if position != FORCED else []
        gains = {p: covered(tables, (*rest, p)) - covered(tables, rest) for p in free}
        assert told["at"] == max(gains, key=lambda p: (gains[p], -p), default=-1), position
    page.locator("#curves > summary").click()
    page.wait_for_selector("#curve-sites path.line")
    steps = page.evaluate("gridmgmtSiting.curve.next.map(step => step.place.candidate)")
    for count in range(1, len(steps) + 1):
        assert keeps((*SELECTED, *steps[:count]))


def test_a_site_is_dragged_and_lands_on_a_candidate_or_where_it_was_dropped(open_plan: Callable[..., Page]) -> None:
    """Coverage changes while it is dragged; dropped, it takes the nearest free candidate within 60 m, which no rule forbids."""
    page, tables = open_plan(), siting_city.draw()
    page.click("#site-list button[data-rank='1']")
    gone = page.evaluate("gridmgmtSiting.chosen.position")
    box = page.locator(".drop-pin").bounding_box()
    assert box
    page.mouse.move(box["x"] + 13, box["y"] + 13)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 60, steps=4)
    page.mouse.move(box["x"] + 90, box["y"] + 90, steps=4)
    page.mouse.up()
    place = page.evaluate("gridmgmtSiting.chosen.candidate")
    rest = tuple(p for p in SELECTED if p != gone)
    assert place is not None
    assert page.evaluate(STATE) == {"value": covered(tables, (*rest, place)), "people": covered(tables, (*rest, place)), "count": 6}
    page.click("#undo")
    assert page.evaluate(STATE)["value"] == covered(tables, SELECTED)


def test_quotas_spacing_forced_and_forbidden_are_watched(open_plan: Callable[..., Page]) -> None:
    page = open_plan(
        quotas=(AreaQuota(toy_city.WEST, None, 0), AreaQuota(toy_city.EAST, 6, None)),
        spacing_m=199.0,
        forced=("C0003",),
        forbidden=("C0002",),
        costs={"frontage": 80, "upgrade": 30},
        budget=400,
        upgrades=(3, None),
    )
    tables = siting_city.draw()
    west = sum(tables.candidates.street_office[p] == toy_city.WEST for p in SELECTED)
    said = page.evaluate("gridmgmtSitingFaults(gridmgmt.data.plan, gridmgmtSiting.points, gridmgmtSiting.sites)")
    assert any(line.endswith(f"：{west} 处，超过上限 0") for line in said)
    assert any(line.endswith(f"：{6 - west} 处，少于下限 6") for line in said)
    assert "必选点 C0003 未选" in said
    assert "选用了禁选点 C0002" in said
    assert "造价合计 430 万元，超过预算 400 万元" in said  # five frontages and the facility to be rebuilt
    assert "改建现有设施：1 处，少于下限 3" in said
    sites = np.concatenate([tables.candidates.xy[list(SELECTED)], tables.standing.xy[tables.standing.meets]])
    near = sum(((sites[one] - sites[other]) ** 2).sum() < 199.0**2 for one in range(len(SELECTED)) for other in range(one + 1, len(sites)))
    assert sum("小于 199 米" in line for line in said) == near


def test_the_divider_and_the_curves_are_drawn(open_plan: Callable[..., Page]) -> None:
    page, tables = open_plan(), siting_city.draw()
    painted = "() => document.querySelector('.siting-canvas').toDataURL()"
    after = page.evaluate(painted)
    page.locator("#divider").evaluate("e => { e.value = 100; e.dispatchEvent(new Event('input')); }")
    assert page.evaluate(painted) != after
    page.locator("#curves > summary").click()
    page.wait_for_selector("#curve-sites path.line")
    values = page.evaluate(
        "gridmgmtCover.curve(gridmgmtSiting.cover, gridmgmtSiting.sites, [], 0, () => () => true).planned.map(step => step.value)"
    )
    assert values[-1] == covered(tables, SELECTED)
    assert np.all(np.diff(np.diff([covered(tables, ()), *values])) <= 0)
    people = page.evaluate("gridmgmtCover.byRadius(gridmgmtSiting.cover, gridmgmtSiting.sites, [15, 30, 60])")
    assert people["after"] == [covered(tables, SELECTED, radius_m=radius) for radius in (15, 30, 60)]
    assert people["before"] == [covered(tables, (), radius_m=radius) for radius in (15, 30, 60)]


def test_a_plan_fits_a_phone(open_plan: Callable[..., Page]) -> None:
    page = open_plan(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.tap("#site-list button[data-rank='3']")
    expect(page.locator("#why")).to_be_visible()


def test_a_job_is_drawn_as_it_runs_and_the_page_comes_back_with_its_plan(
    city_url: str, server: str, sessions: sessionmaker[Session], watch: Callable[..., Watched]
) -> None:
    """The worker's part is played here: it beats twice, then stores the plan and ends the job."""
    watched = watch(server)
    enter(watched.page, server, add_person(city_url, "planner", everything=True).name)
    with sessions.begin() as session:
        scenario = siting_city.ask_for(session, siting_city.prepare(session))
        job = job_store.add_job(session, scenario.id, at=siting_city.MADE, by="tester")
        job_store.take(session, job.id, key="k", now=siting_city.MADE, lease=siting_city.LEASE)
    page = watched.open(f"/siting/{scenario.id}")
    expect(page.locator("[data-job=words]")).to_contain_text("等待后台计算")
    beat(sessions, job.id, [CurvePoint(0.5, 900.0, None), CurvePoint(2.0, 1000.0, 1100.0)])
    expect(page.locator("[data-job=value]")).to_have_text("1,000")
    expect(page.locator("[data-job=gap]")).to_have_text("9.10 %")
    assert page.locator("#job-chart path.line").count() == 2
    finish(sessions, job.id, scenario)
    expect(page.locator("#plans ~ table")).to_contain_text("9.10 %")
    expect(page.locator("[data-job=state]")).to_have_text("完成")


def test_two_plans_are_compared_on_a_map(
    city_url: str, server: str, sessions: sessionmaker[Session], watch: Callable[..., Watched]
) -> None:
    with sessions.begin() as session:
        scenario = siting_city.ask_for(session, siting_city.prepare(session))
        plans = [siting_city.plan_for(session, scenario, chosen) for chosen in (SELECTED, (*SELECTED[:4], 5, 6))]
    watched = watch(server)
    enter(watched.page, server, add_person(city_url, "planner", everything=True).name)
    page = watched.open(f"/siting/compare?a={plans[0].id}&b={plans[1].id}")
    for kind, count in (("both", 4), ("only-a", 2), ("only-b", 2)):
        expect(page.locator(f".leaflet-marker-pane .siting-mark.{kind}")).to_have_count(count)


def beat(sessions: sessionmaker[Session], job: int, curve: list[CurvePoint]) -> None:
    """Tell where a job stands."""
    with sessions.begin() as session:
        job_store.beat(session, job, key="k", until=siting_city.MADE + siting_city.LEASE, seconds=2.0, progress=curve, saved=None)


def finish(sessions: sessionmaker[Session], job: int, scenario: Scenario) -> None:
    """Store the plan and end the job."""
    with sessions.begin() as session:
        plan = siting_city.plan_for(session, scenario_store.get_scenario(session, scenario.id), SELECTED)
        job_store.finish(session, job, key="k", state=JobState.DONE, at=siting_city.MADE, plan_id=plan.id)
