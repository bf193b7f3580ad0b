"""A road chief's phone: a walk that survives a cut network and a reload, a frontage check; the board; axe on every page."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from gridmgmt import crs
from gridmgmt.city.model import Level
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.evaluation import day_store
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import NewFrontage
from tests import toy_city
from tests.browser.conftest import PHONE, Watched
from tests.browser.people import add_person, enter
from tests.browser.test_pages import check
from tests.cases import loop
from tests.photos.pictures import picture
from tests.web_city import HOSTILE

pytestmark = pytest.mark.browser
SHOPS = (
    NewFrontage("BW1", HOSTILE, "南大路 1 号", "R1", toy_city.point(20, 20), "P6", datetime.date(2026, 1, 5)),
    NewFrontage("BW2", "西超市", None, "R1", toy_city.point(60, 12)),
)
CHIEF_PAGES = (
    "/road-chief/mine", "/road-chief/patrol", "/road-chief/patrols", "/road-chief/frontages", "/road-chief/frontages/BW1",
    "/road-chief/monthly", "/road-chief?q=",
)  # fmt: skip


def lonlat(x: float, y: float) -> tuple[float, float]:
    lon, lat = crs.crs_to_crs(*toy_city.point(x, y), "epsg:4547", crs.WGS84)
    return float(lon), float(lat)


@pytest.fixture(scope="module", autouse=True)
def _city(city_url: str) -> None:
    """Two shops, two open cases, two days summed up."""
    now = datetime.datetime.now(datetime.UTC)
    engine = make_engine(city_url)
    with make_session_factory(engine).begin() as session:
        write_frontages(session, plan_frontages(session, list(enumerate(SHOPS, 1)), on=now.date()))
        cases = [loop.open_case(session, now=now) for _ in range(2)]
        for action in loop.TO_HANDLING:
            loop.act(session, cases[0], action, now=now)
        day_store.roll_up(session, now.date() - datetime.timedelta(days=3), now.date(), time_zone="Asia/Shanghai")
    engine.dispose()


def chief(watch: Callable[..., Watched], server: str, city_url: str, *, then: str, expected: tuple[str, ...] = ()) -> Watched:
    """Open a road chief's phone that knows where it is."""
    lon, lat = lonlat(10, 10)
    watched = watch(
        server, viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2, permissions=["geolocation"],
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 5}, expected=expected,
    )  # fmt: skip
    enter(watched.page, watched.base, add_person(city_url, "road_chief", person="P2").name, then=then)
    return watched


def move(watched: Watched, first: int, last: int) -> None:
    """Walk along R1, nine metres at a time and no faster than a cyclist."""
    for x in range(first, last, 9):
        lon, lat = lonlat(x, 10)
        watched.page.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 5})
        watched.page.wait_for_timeout(300)


def count(city_url: str, statement: str) -> list[tuple[object, ...]]:
    engine = make_engine(city_url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return found


def test_a_walk_survives_a_cut_network_and_a_reload_and_arrives_once(watch: Callable[..., Watched], server: str, city_url: str) -> None:
    watched = chief(watch, server, city_url, then="/road-chief/patrol", expected=("ERR_INTERNET_DISCONNECTED", "Failed to load", "failed:"))
    page = watched.page
    page.click("#walk-start")
    expect(page.locator("#walk-state")).to_contain_text("正在巡查")
    move(watched, 19, 70)
    page.context.set_offline(True)
    move(watched, 73, 130)
    expect(page.locator("#walk-waits")).to_contain_text("待发送")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#walk-state")).to_contain_text("正在巡查")
    lost = {"answers": 0}

    def answer_lost(route: object) -> None:
        """Let the server take the batch, but not the phone hear of it, the first time."""
        response = route.fetch()  # type: ignore[attr-defined]
        lost["answers"] += 1
        if lost["answers"] == 1:
            route.abort()  # type: ignore[attr-defined]
        else:
            route.fulfill(response=response)  # type: ignore[attr-defined]

    page.route(re.compile("/api/patrols/.*/points"), answer_lost)
    move(watched, 136, 192)
    assert int(page.locator("#walk-points").inner_text()) >= 8
    page.evaluate("[800, 2000].forEach((wait) => setTimeout(() => window.dispatchEvent(new Event('online')), wait))")
    page.click("#walk-end")
    page.wait_for_url(re.compile(r"/road-chief/patrols/\d+$"))
    expect(page.locator("h1")).to_have_text("李路长")
    assert lost["answers"] >= 2, "the batch was sent again"
    ((patrols, points, metres, ended),) = count(city_url, "SELECT count(*), max(point_count), max(length_m), count(ended_at) FROM patrol")
    assert (patrols, ended) == (1, 1)
    ((kept,),) = count(city_url, "SELECT sum(cardinality(lon)) FROM patrol_batch")
    assert kept == points
    assert isinstance(metres, float)
    assert 150 <= metres <= 210
    assert page.evaluate("localStorage.getItem('gridmgmt-patrol')") is None


def test_a_frontage_is_checked_with_a_photo_on_the_phone(watch: Callable[..., Watched], server: str, city_url: str) -> None:
    watched = chief(watch, server, city_url, then="/road-chief/frontages")
    page = watched.page
    page.click("text=西超市")
    page.locator("input[name=sanitation][value=no]").check()
    page.locator("input[name=greenery][value=none]").check()
    page.locator("input[name=public_order][value=yes]").check()
    page.fill("#note", "门口堆放杂物")
    page.set_input_files("#photos", {"name": "门前.jpg", "mimeType": "image/jpeg", "buffer": picture()})
    page.click("text=保存检查")
    expect(page.locator(".notice.good")).to_contain_text("检查已记录")
    expect(page.locator(".check-list")).to_contain_text("门口堆放杂物")
    page.wait_for_function("() => document.querySelector('.thumbs img').naturalWidth > 0")


def test_pages_of_a_road_chief_are_clean_on_a_phone_and_on_a_desk(watch: Callable[..., Watched], server: str, city_url: str) -> None:
    watched = chief(watch, server, city_url, then="/road-chief/mine")
    for address in CHIEF_PAGES:
        check(watched, address)
    watched.page.set_viewport_size({"width": 1440, "height": 900})
    for address in CHIEF_PAGES:
        check(watched, f"{address}{'&' if '?' in address else '?'}lang=en")


def test_the_board_is_clean_drills_down_and_refreshes_itself(watch: Callable[..., Watched], server: str, city_url: str) -> None:
    watched = watch(server)
    supervisor = add_person(city_url, "supervisor", areas=[(Level.DISTRICT, toy_city.DISTRICT)])
    enter(watched.page, watched.base, supervisor.name, then="/board")
    page = watched.page
    check(watched, "/board")
    expect(page.locator("#spot-legend li")).not_to_have_count(0)
    before = int(page.locator("#total [data-figure=open]").inner_text())
    engine = make_engine(city_url)
    with make_session_factory(engine).begin() as session:
        loop.open_case(session, now=datetime.datetime.now(datetime.UTC))
    engine.dispose()
    page.evaluate("gridmgmtBoard.refresh()")
    expect(page.locator("#total [data-figure=open]")).to_have_text(str(before + 1))
    page.click("#areas a:has-text('玩具区')")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#areas")).to_contain_text("西街道")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    check(watched, "/board?lang=en")


def test_the_board_reads_without_script(watch: Callable[..., Watched], server: str, city_url: str) -> None:
    watched = watch(server, java_script_enabled=False)
    enter(watched.page, watched.base, add_person(city_url, "supervisor", everything=True).name, then="/board")
    expect(watched.page.locator("#areas")).to_contain_text("玩具区")
