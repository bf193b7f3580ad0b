"""Commands speak Chinese unless English is asked for: by an option anywhere on the line, or by the environment."""

from __future__ import annotations

import re
from pathlib import Path

import click
import openpyxl
import pytest

from gridmgmt.city.model import Level
from gridmgmt.cli.main import MODULES, Commands, cli
from tests.cli.imports import City
from tests.toy_city import AREAS, WEST_COMMUNITY, area, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
OVERLAPPING = [area(Level.UNIT_GRID, WEST_COMMUNITY + "001", None, WEST_COMMUNITY, rectangle(0, 0, 100, 120)), *GRIDS[1:]]
ENGLISH_WORD = re.compile(r"\b(?:unchanged|features|report|written|dry run|overlaps|claimed|header|nothing)\b")


def test_a_clerk_reads_chinese_without_asking(city: City) -> None:
    said = city.areas(OVERLAPPING)
    assert "试运行，未写入；加 --commit 写入" in said.output
    assert "与 420100001001002（第 2 个要素）重叠" in said.output.replace("\n", "")
    assert "坐标系：" in said.output
    refused = city.areas(OVERLAPPING, "--commit", "--edition-from", "2026-01-01")
    assert "未提交：同级重叠 1 处；请修正数据源，或用 --accept 接受" in refused.output
    for output in (said.output, refused.output):
        assert not ENGLISH_WORD.search(output), output


@pytest.mark.parametrize("place", ["before", "after", "environment"])
def test_english_is_asked_for_before_or_after_the_command_or_by_the_environment(
    city: City, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = city.folder / "nothing.geojson"
    command = ["ingest", "areas", str(path), "--level", "unit_grid"]
    if place == "environment":
        monkeypatch.setenv("GRIDMGMT_LANG", "en")
    words = {"before": ["--lang", "en", *command], "after": [*command, "--lang", "en"]}.get(place, command)
    assert "does not exist" in city.run(*words).output
    assert "不存在" in city.run(*command, "--lang", "zh").output


def test_both_languages_stand_in_the_fault_report(city: City) -> None:
    city.areas(OVERLAPPING)
    (row,) = [row for row in city.faults() if row["kind"] == "overlap"]
    assert (row["种类"], row["阻止提交"], row["blocking"]) == ("同级重叠", "是", "yes")
    assert "重叠" in row["原因"]
    assert "overlaps" in row["reason"]


def test_a_roster_and_rejected_reports_are_explained_in_chinese(city: City, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["2026年责任区名册"], ["责任区编码", "社区编码", "起始日期"], ["Z-9", "420100999", "2026-01-01"]):
        sheet.append(line)
    book.save(tmp_path / "名册.xlsx")
    refused = city.run("ingest", "zones", tmp_path / "名册.xlsx")
    assert "表头在第 2 行" in refused.output
    assert "没有编码为 420100999 的区域" in refused.output
    reports = tmp_path / "案件.csv"
    reports.write_text("工单号,经度,纬度,上报时间\n1,,,2026-01-01 08:00\n2,114.0,30.5,昨天\n", encoding="utf-8")
    said = city.run("cases", "import", reports, "--crs", "wgs84")
    assert "经度、纬度为空" in said.output
    assert "'昨天' 不是时间" in said.output
    rejects = (tmp_path / "案件.csv.rejects.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rejects[0].startswith("行,原因,row,field,reason")
    assert rejects[1].startswith("1,经度、纬度为空,1,")


def test_every_command_has_the_option() -> None:
    def commands(group: click.Group) -> list[click.Command]:
        context = click.Context(group)
        found = [group.get_command(context, name) for name in group.list_commands(context)]
        below = [command for one in found if isinstance(one, click.Group) for command in commands(one)]
        return [*(one for one in found if one is not None), *below]

    assert isinstance(cli, Commands)
    everything = commands(cli)
    assert len(everything) > len(MODULES)
    assert [one.name for one in everything if not any(parameter.name == "lang" for parameter in one.params)] == []


def test_a_layer_in_another_system_is_told_which_flag_reads_it(city: City) -> None:
    said = city.areas(GRIDS, crs=("--crs", "wgs84"))
    assert "建议：--crs" in said.output


def test_a_level_the_city_does_not_have_is_one_sentence(empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", empty_url)
    city = City(empty_url, tmp_path)
    assert city.run("city", "init", Path(__file__).parents[2] / "geodata" / "profiles" / "example_120e.toml").exit_code == 0
    refused = city.areas(GRIDS, level="street_office")
    city.engine.dispose()
    assert refused.exit_code == 2
    assert "示例市没有街道这一层级" in refused.output
