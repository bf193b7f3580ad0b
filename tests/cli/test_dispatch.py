"""Rules of dispatch on the command line: in, out, tried, in force, explained."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from gridmgmt.cli.session import ROOT
from gridmgmt.db import make_session_factory
from tests.cases.loop import open_case
from tests.cli.imports import City
from tests.dispatch.city import put_rules

HEADER = "序号,规则名称,大类或小类编码,范围,道路等级,问题来源,星期,时段,工作时间,处置单位编码,自动派遣"
WEST = '1,西社区,,"社区:420100001001",,,,,,U2,否'
TEAM = "2,路长先行,,,主干路,采集员上报,周一至周五,08:00-18:00,是,路长团队,是"


@pytest.fixture
def rules(city: City) -> City:
    """Return the toy city with the catalogue, two units, and one case."""
    assert city.run("ingest", "catalogue", ROOT / "geodata" / "catalogue" / "gbt47678_5_2026.csv", "--commit").exit_code == 0
    with make_session_factory(city.engine).begin() as session:
        put_rules(session)
        open_case(session)
    return city


def file(city: City, *lines: str) -> Path:
    path = city.folder / "派遣规则.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    return path


def test_rules_come_in_as_a_draft_are_tried_put_in_force_and_go_out_as_they_came(rules: City) -> None:
    path = file(rules, WEST, TEAM)
    assert "试运行" in rules.run("dispatch", "import", path).output
    assert rules.one("SELECT count(*) FROM dispatch_rule") == 0
    assert "已写入草稿" in rules.run("dispatch", "import", path, "--commit").output
    draft = str(rules.one("SELECT max(id) FROM dispatch_rule_set"))
    month = str(rules.one("SELECT to_char(opened_at, 'YYYY-MM') FROM case_file"))
    tried = rules.run("dispatch", "dry-run", "--set", draft, "--month", month, "--list", rules.folder / "moved.csv")
    assert "共 1 件，对照按现行规则，1 件改变去向" in tried.output
    assert "Q-1" in tried.output
    assert len((rules.folder / "moved.csv").read_text(encoding="utf-8-sig").splitlines()) == 2
    assert "生效" in rules.run("dispatch", "activate", draft, "--reason", "局务会").output
    listed = rules.run("dispatch", "rules").output
    assert "生效中" in listed
    assert "道路等级 主干路" in listed
    assert rules.run("dispatch", "export", rules.folder / "out.csv").exit_code == 0
    with (rules.folder / "out.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["规则名称"], row["处置单位编码"], row["自动派遣"]) for row in rows] == [
        ("西社区", "U2", "否"),
        ("路长先行", "路长团队", "是"),
    ]
    assert "2 条规则" in rules.run("dispatch", "import", rules.folder / "out.csv").output


def test_a_name_that_looks_like_a_formula_is_text_in_the_file_and_comes_back_as_it_was(rules: City) -> None:
    assert rules.run("dispatch", "import", file(rules, WEST.replace("西社区", "=1+1", 1)), "--commit").exit_code == 0
    out = rules.folder / "out.csv"
    draft = str(rules.one("SELECT max(id) FROM dispatch_rule_set"))
    assert rules.run("dispatch", "export", out, "--set", draft).exit_code == 0
    with out.open(encoding="utf-8-sig", newline="") as opened:
        assert [row["规则名称"] for row in csv.DictReader(opened)] == ["'=1+1"]
    assert rules.run("dispatch", "import", out, "--commit").exit_code == 0
    assert rules.one("SELECT count(*) FROM dispatch_rule WHERE name = '=1+1'") == 2


def test_every_row_that_cannot_be_meant_is_named_and_nothing_is_written(rules: City) -> None:
    done = rules.run("dispatch", "import", file(rules, WEST, "2,坏单位,,,,,,,,U9,", "3,坏类别,6010,,,,,,,U1,"), "--commit")
    assert done.exit_code != 0
    assert "第 2 行 unit_code" in done.output + done.stderr
    assert "第 3 行 class_codes" in done.output + done.stderr
    assert rules.one("SELECT count(*) FROM dispatch_rule") == 0


def test_a_case_is_explained_in_both_languages(rules: City) -> None:
    case_no = str(rules.one("SELECT case_no FROM case_file"))
    zh = rules.run("dispatch", "explain", case_no)
    assert "属地原则" in zh.output
    assert "Q-1 玩具区统筹" in zh.output
    assert "the district coordinates" in rules.run("dispatch", "explain", case_no, "--lang", "en").output
    assert rules.run("dispatch", "explain", "20260101-1").exit_code == 2


def test_teams_and_queues_are_set(rules: City) -> None:
    assert rules.run("dispatch", "team", "U1", "--zone", "Z-W").exit_code == 0
    assert rules.one("SELECT unit_code FROM dispatch_team WHERE zone_code = 'Z-W'") == "U1"
    assert rules.run("dispatch", "team", "U1", "--person", "nobody").exit_code == 2
    assert rules.run("dispatch", "team", "--zone", "Z-W").exit_code == 0
    assert rules.one("SELECT count(*) FROM dispatch_team") == 0
    assert "新设 0" in rules.run("dispatch", "queues").output
