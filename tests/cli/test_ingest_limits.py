"""Tables of limits as offices write them: Chinese headers, dry run, versions, rows that cannot be meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result

from gridmgmt.cli.session import ROOT
from tests.cli.imports import City

CATALOGUE = ROOT / "geodata" / "catalogue"
HEADER = ("小类代码", "条件序号", "立案条件", "处置时限", "结案条件", "依据", "生效日期")
RUBBISH = ("06010", 1, "有暴露垃圾", "4工作时", "清理干净", "武城管2026年1号", "2026-01-01")
COVER = ("01001", 1, "井盖缺失", "2紧急工作时", None, None, "2026-01-01")


@pytest.fixture
def city(toy_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", toy_url)
    found = City(toy_url, tmp_path)
    assert found.run("ingest", "catalogue", CATALOGUE / "gbt47678_5_2026.csv", "--commit").exit_code == 0
    return found


def load(city: City, *rows: Sequence[object], options: Sequence[str] = ("--commit",), header: Sequence[str] = HEADER) -> Result:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    book.save(city.folder / "时限.xlsx")
    return city.run("ingest", "limits", city.folder / "时限.xlsx", *options)


def stored(city: City) -> str:
    return str(
        city.one(
            "SELECT string_agg(concat_ws(' ', class_code || '/' || condition_no, 'v' || version, amount, unit, valid_from, valid_to), '; ' "
            "ORDER BY class_code, condition_no, version) FROM class_limit"
        )
    )


def test_the_sample_is_loaded_and_every_row_of_it_is_marked(city: City) -> None:
    path = CATALOGUE / "sample_limits.csv"
    dry = city.run("ingest", "limits", path, "--from", "2025-01-01")
    assert "109 are samples" in dry.output
    assert city.one("SELECT count(*) FROM class_limit") == 0
    assert city.run("ingest", "limits", path, "--from", "2025-01-01", "--commit").exit_code == 0
    assert city.one("SELECT count(*) FROM class_limit WHERE is_sample AND provenance LIKE '%样例%' AND valid_from = '2025-01-01'") == 109
    assert "unchanged 109" in city.run("ingest", "limits", path, "--commit").output
    assert city.one("SELECT count(*) FROM class_limit") == 109
    assert city.one("SELECT count(*) FROM ingest_run WHERE layer = 'limits'") == 1


def test_a_change_is_a_new_version(city: City) -> None:
    assert load(city, RUBBISH, COVER).exit_code == 0
    changed = load(city, (*RUBBISH[:3], "2工作时", *RUBBISH[4:6], "2026-07-01"), COVER)
    assert "新版本 new versions 1" in changed.output
    assert "unchanged 1" in changed.output
    assert stored(city) == (
        "01001/1 v1 2.00 urgent_hour 2026-01-01; 06010/1 v1 4.00 working_hour 2026-01-01 2026-07-01; 06010/1 v2 2.00 working_hour 2026-07-01"
    )


def test_a_mistake_of_the_day_is_corrected_on_the_same_day(city: City) -> None:
    load(city, RUBBISH)
    assert load(city, (*RUBBISH[:3], "6工作时", *RUBBISH[4:])).exit_code == 0
    assert stored(city) == "06010/1 v1 4.00 working_hour 2026-01-01 2026-01-01; 06010/1 v2 6.00 working_hour 2026-01-01"


def test_what_a_whole_table_does_not_list_ends_and_can_come_back(city: City) -> None:
    load(city, RUBBISH, COVER)
    assert "终止 ended 0" in load(city, RUBBISH).output
    ended = load(city, RUBBISH, options=("--replace", "--from", "2026-08-01", "--commit"))
    assert "终止 ended 1" in ended.output
    assert "01001/1 v1 2.00 urgent_hour 2026-01-01 2026-08-01" in stored(city)
    assert load(city, (*COVER[:6], "2026-09-01")).exit_code == 0
    assert "01001/1 v2 2.00 urgent_hour 2026-09-01" in stored(city)


def test_rows_that_cannot_be_meant_are_named_and_nothing_is_written(city: City) -> None:
    rows = [
        RUBBISH, RUBBISH, (*RUBBISH[:3], "四小时", *RUBBISH[4:]), ("99999", *RUBBISH[1:]), ("06011", 1, None, "1工作日", None, None, None),
        ("06012", 1, "有浮土", "2工作时", None, None, "明年"),
    ]  # fmt: skip
    refused = load(city, *rows)
    assert refused.exit_code == 2
    for row, word in ((2, "重复"), (3, "不是时限"), (4, "没有事项编码 99999"), (5, "不能为空"), (6, "不是日期")):
        assert any(f"第 {row} 行" in line and word in line for line in refused.output.splitlines()), refused.output
    assert city.one("SELECT count(*) FROM class_limit") == 0


def test_a_version_before_the_newest_is_refused(city: City) -> None:
    load(city, RUBBISH)
    refused = load(city, (*RUBBISH[:3], "2工作时", *RUBBISH[4:6], "2025-12-01"))
    assert refused.exit_code == 2
    assert "早于第 1 版" in refused.output


def test_codes_of_2013_and_units_in_a_column_of_their_own_are_understood(city: City) -> None:
    header = ("类型", "小类代码", "立案标准", "处置时限", "时限单位", "样例", "标准来源说明")
    assert (
        load(
            city, ("事项", "0110", "有暴露垃圾", 4, "工作时", "否", "x"), header=header, options=("--from", "2026-01-01", "--commit")
        ).exit_code
        == 0
    )
    assert stored(city) == "06010/1 v1 4.00 working_hour 2026-01-01"
    assert city.one("SELECT provenance FROM class_limit") == "时限.xlsx"
