"""Deadlines and the calendar from the command line."""

from __future__ import annotations

import datetime
import zoneinfo
from pathlib import Path

import pytest

from gridmgmt.cli.session import ROOT
from gridmgmt.db import make_engine, make_session_factory
from tests.cases import loop
from tests.cli.imports import City

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
CATALOGUE = ROOT / "geodata" / "catalogue"


@pytest.fixture
def city(toy_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", toy_url)
    found = City(toy_url, tmp_path)
    assert found.run("ingest", "catalogue", CATALOGUE / "gbt47678_5_2026.csv", "--commit").exit_code == 0
    assert found.run("ingest", "limits", CATALOGUE / "sample_limits.csv", "--from", "2025-01-01", "--commit").exit_code == 0
    return found


def test_a_preview_explains_itself_step_by_step(city: City) -> None:
    shown = city.run("deadline", "preview", "06010", "--at", "2026-09-30 16:00")
    assert shown.exit_code == 0, shown.output
    assert "4工作时" in shown.output
    assert "样例，非本市规定" in shown.output
    assert "2026-09-30 周三 16:00 – 18:00" in shown.output
    assert "国庆节 (National Day)：不计" in shown.output
    assert "到期 due: 2026-10-08 10:00:00 周四" in shown.output
    assert "judged by weekday" not in shown.output


def test_a_preview_with_a_suspension(city: City) -> None:
    pause = ("--pause", "2026-11-03 09:00")
    assert "暂停中，余 3 小时" in city.run("deadline", "preview", "06010", "--at", "2026-11-03 08:00", *pause).output
    shown = city.run("deadline", "preview", "06010", "--at", "2026-11-03 08:00", *pause, "--resume", "2026-11-05 14:00")
    assert "到期 due: 2026-11-05 17:00:00" in shown.output


def test_a_year_nobody_has_published_is_announced(city: City) -> None:
    shown = city.run("deadline", "preview", "06011", "--at", "2026-12-31 08:00")
    assert "2027 年法定节假日尚未收录" in shown.output
    assert "按星期推定" in shown.output


def test_several_conditions_ask_for_one(city: City) -> None:
    refused = city.run("deadline", "preview", "01001", "--lang", "en")
    assert refused.exit_code == 2
    assert "say which filing condition" in refused.output
    assert "2 urgent hours" in refused.output
    shown = city.run("deadline", "preview", "01001", "--condition", "1", "--at", "2026-10-01 23:00")
    assert "到期 due: 2026-10-02 01:00:00" in shown.output
    assert city.run("deadline", "preview", "99999").exit_code == 2


def test_the_limits_of_a_class_are_listed(city: City) -> None:
    shown = city.run("catalogue", "limits", "06010", "--on", "2026-11-01").output
    assert "事项 06010 暴露垃圾" in shown
    assert "处置时限：4工作时（4 working hours） · 样例，非本市规定 (sample)" in shown
    assert "结案条件：清理干净 · 自 2025-01-01 起" in shown
    assert "没有立案条件" in city.run("catalogue", "limits", "06010", "--on", "2024-12-31").output


def test_days_are_imported_shown_and_removed(city: City) -> None:
    path = city.folder / "2027.csv"
    path.write_text("日期,安排,说明\n2027-01-01,休,元旦\n2027年1月2日,班,补班\n", encoding="gbk")
    assert "新增 added 2" in city.run("calendar", "import", path).output
    assert city.one("SELECT count(*) FROM calendar_day") == 0
    assert city.run("calendar", "import", path, "--commit").exit_code == 0
    assert "不变 unchanged 2" in city.run("calendar", "import", path, "--commit").output
    shown = city.run("calendar", "show", "--from", "2027-01-01", "--to", "2027-01-04").output
    assert "2027-01-01 周五 休 日历表放假：元旦" in shown
    assert "2027-01-02 周六 班 日历表上班：补班 (calendar table, worked: 补班) 08:00-12:00,14:00-18:00" in shown
    assert "2027 年法定节假日尚未收录" in shown
    assert city.run("calendar", "remove", "2027-01-02", "2027-01-03").output.startswith("已移除 1 天")


def test_special_days_only(city: City) -> None:
    shown = city.run("calendar", "show", "--from", "2026-10-01", "--to", "2026-10-31", "--special").output.splitlines()
    assert [line.split()[0] for line in shown] == [*(f"2026-10-0{day}" for day in range(1, 8)), "2026-10-10"]


def test_a_list_of_days_with_a_fault_is_refused_whole(city: City) -> None:
    path = city.folder / "2027.csv"
    path.write_text("日期,安排\n2027-01-01,休\n2027-01-01,班\n2027-13-01,休\n2027-01-03,也许\n", encoding="utf-8")
    refused = city.run("calendar", "import", path, "--commit")
    assert refused.exit_code == 2
    for row, word in ((2, "重复"), (3, "不是日期"), (4, "既不是休也不是班")):
        assert any(f"第 {row} 行" in line and word in line for line in refused.output.splitlines()), refused.output
    assert city.one("SELECT count(*) FROM calendar_day") == 0


def test_office_hours_are_set_per_agency(city: City) -> None:
    assert city.run("calendar", "hours", "09:00-17:00").exit_code == 2
    assert city.run("calendar", "hours", "09:00-17:00", "--agency", "U1", "--from", "2026-11-01").exit_code == 0
    listed = city.run("calendar", "hours").output
    assert "全市 · 08:00-12:00,14:00-18:00（默认 default）" in listed
    assert "U1 · 09:00-17:00 · 2026-11-01" in listed
    shown = city.run("deadline", "preview", "06010", "--at", "2026-11-03 10:00", "--agency", "U1")
    assert "到期 due: 2026-11-03 14:00:00" in shown.output


def test_the_deadline_of_a_case_is_explained_listed_and_moved_by_the_calendar(city: City) -> None:
    def act(*words: str) -> None:
        done = city.run("cases", "act", case_no, *words)
        assert done.exit_code == 0, done.output

    case_no = reported(city)
    assert "没有处置时限" in city.run("deadline", "explain", case_no).output
    act("file", "--actor", "受理员", "--details", '{"kind": "matter", "class_code": "06010"}')
    assert "尚未派遣" in city.run("deadline", "explain", case_no).output
    act("dispatch", "--actor", "派遣员", "--details", '{"unit_code": "U1"}')
    shown = city.run("deadline", "explain", case_no).output
    assert "派遣：开始计时" in shown
    assert "到期 due:" in shown
    assert "未超期 (on time)" in shown
    assert "0 overdue, 1 due within 1000 hours" in city.run("deadline", "list", "--within", "1000", "--unit", "U1").output
    days = "\n".join(f"{datetime.datetime.now(SHANGHAI).date() + datetime.timedelta(days=n)},休" for n in range(30))
    path = city.folder / "停工.csv"
    path.write_text(f"日期,安排\n{days}\n", encoding="utf-8")
    assert "open cases due at another time: 1" in city.run("calendar", "import", path, "--commit").output
    assert "0 moved" in city.run("deadline", "refresh", "--commit").output
    assert city.run("deadline", "explain", "00000000-1").exit_code == 2


def reported(city: City) -> str:
    """Report one incident and store a handling unit; return the case number."""
    engine = make_engine(city.engine.url.render_as_string(hide_password=False))
    with make_session_factory(engine).begin() as session:
        loop.add_units(session)
        case = loop.open_case(session, now=datetime.datetime.now(datetime.UTC))
    engine.dispose()
    return case.case_no
