"""What the report says, draws and hands out."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely
from sqlalchemy.orm import Session

from gridmgmt.errors import NotFoundError
from gridmgmt.siting import set_store
from gridmgmt.siting.drawing import draw, frame_of
from gridmgmt.siting.guarantee import gap_percent, guarantee
from gridmgmt.siting.report import draw_plan, read_report
from gridmgmt.siting.scenario import SavedPlan
from gridmgmt.siting.scenario_settings import Problem, Settings
from gridmgmt.siting.sheets import read_sheets
from tests import toy_city
from tests.siting.small_plan import AT, keep_plan, places

SETTINGS = Settings(Problem.MCLP, 500.0, 300)


def plan(value: float, bound: float | None, *, problem: Problem = Problem.MCLP) -> SavedPlan:
    gap = None if bound is None else abs(bound - value) / max(bound, 1)
    return SavedPlan(1, 1, None, AT, "planner", problem.value, {}, {}, value, bound, gap, 9.0, proved=gap == 0)


def test_the_sentence_says_what_no_plan_can_exceed() -> None:
    found = guarantee(plan(7_301_234, 7_310_000), SETTINGS)
    assert found.zh == "本方案覆盖 7,301,234 人；在这些规则下任何方案不能超过 7,310,000，差距 0.12 %。"
    assert found == "This plan covers 7,301,234 people; no plan under these rules can exceed 7,310,000; gap 0.12 %."


def test_optimal_is_said_only_where_it_is_proved() -> None:
    assert guarantee(plan(800, 800), SETTINGS).zh.endswith("差距 0 %，已证明最优。")
    close = guarantee(plan(79_999_999, 80_000_000), SETTINGS)
    assert close.zh.endswith("差距 0.01 %。")
    assert "最优" not in close.zh
    assert "无保证" in guarantee(plan(800, None), SETTINGS).zh


@pytest.mark.parametrize(("gap", "shown"), [(0.0, "0.00"), (1e-9, "0.01"), (0.0003, "0.03"), (0.000301, "0.04"), (1.0, "100.00")])
def test_a_gap_is_never_told_smaller_than_it_is(gap: float, shown: str) -> None:
    assert gap_percent(gap) == shown


def test_each_problem_has_its_own_claim() -> None:
    shops = Settings(Problem.MCLP, 500.0, 300, shop_weight=5)
    assert "权重单位" in guarantee(plan(10, 20), shops).zh
    assert "不能少于 4 处" in guarantee(plan(5, 4, problem=Problem.LSCP), SETTINGS).zh
    assert "最远距离 512.5 米" in guarantee(plan(512.5, 500, problem=Problem.P_CENTER), SETTINGS).zh
    assert "一次与二次覆盖合计" in guarantee(plan(5, 6, problem=Problem.BACKUP), SETTINGS).zh
    assert all("不能" in guarantee(plan(5, 4, problem=problem), SETTINGS).zh for problem in Problem)


def test_a_report_knows_the_names_and_what_was_decided(session: Session) -> None:
    report = read_report(session, keep_plan(session).id)
    assert report.name(toy_city.WEST) == "西街道"
    assert report.name("nowhere") == "nowhere"
    assert report.verdicts[None] == 2
    with pytest.raises(NotFoundError):
        read_report(session, 4711)


def test_the_drawing_shows_who_is_out_of_reach(session: Session) -> None:
    report = read_report(session, keep_plan(session).id)
    drawing = draw_plan(session, report)
    cells = [sum(len(re.findall("M", path)) for path in side) for side in (drawing.before, drawing.after)]
    assert cells == [3, 1]  # b, c and d before, only b after
    assert [code for code, *_ in drawing.outlines] == [toy_city.DISTRICT]
    assert len(drawing.standing) == 1
    west, east = sorted(drawing.sites)
    assert (west[2], east[2]) == (2, 1)
    assert drawing.frame.metres * (east[0] - west[0]) == pytest.approx(100, abs=0.1)


def test_a_drawing_of_nothing_is_still_one() -> None:
    nothing = np.empty((0, 2))
    flags = np.empty(0, np.bool_)
    drawing = draw({}, nothing, np.empty(0, np.int64), out_before=flags, out_after=flags, sites=[], standing_xy=nothing)
    assert (drawing.sites, drawing.most, drawing.frame.width) == ([], [], 720.0)


def test_the_bar_of_the_scale_is_round() -> None:
    for width in (8.0, 37.0, 900.0, 44_000.0):
        frame = frame_of(0, 0, width, width / 3)
        length, pixels = frame.scale
        assert str(length)[0] in "125"
        assert pixels * frame.metres == pytest.approx(length)
        assert pixels <= frame.width / 4


def test_a_sheet_tells_of_one_site(session: Session) -> None:
    report = read_report(session, keep_plan(session).id)
    first, second = read_sheets(session, report, 1, 60)
    assert (first.people, second.people) == (400, 300)
    assert first.to_site_m == second.to_site_m == pytest.approx(np.hypot(100, 10))
    assert second.to_standing_m == 100.0
    assert len(first.roads) >= 1
    assert first.people_at[0] == pytest.approx((110.0, 110.0 + 10 / first.frame.metres), abs=1)
    assert [sheet.site.rank for sheet in read_sheets(session, report, 2, 2)] == [2]


def test_lines_and_rings_become_paths() -> None:
    frame = frame_of(0, 0, 100, 100, width=100)
    assert shapely.box(*frame.at([[0, 0]])[0], *frame.at([[100, 100]])[0]).area == pytest.approx((100 / frame.metres) ** 2, rel=0.01)
    assert places((0, 0)).tolist() == [[toy_city.EAST0, toy_city.NORTH0]]


def test_people_are_read_as_with_the_whole_set(session: Session) -> None:
    set_id = read_report(session, keep_plan(session).id).prepared.id
    xy, people = set_store.read_people(session, set_id)
    whole = set_store.read_demand(session, set_id)
    assert (xy.tolist(), people.tolist()) == (whole.xy.tolist(), whole.people.tolist())
