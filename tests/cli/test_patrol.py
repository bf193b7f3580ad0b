"""The commands of patrols, frontages and the board."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from gridmgmt.cli.main import cli
from gridmgmt.db import make_engine
from tests import toy_city

Run = Callable[..., Result]
HEAD = "商铺编号,店名,地址,路段编码,店长工号,签订日期,经度,纬度\n"
TABLE = HEAD + "S1,甲面馆,南大路 1 号,R1,P6,2026/1/5,,\nS2,乙超市,,,,,500060,3380012\n"


@pytest.fixture
def run(toy_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a toy city of its own."""
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", toy_url)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(cli, arguments)

    return invoke


def codes(url: str) -> list[tuple[str, ...]]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text("SELECT code, segment_code, zone_code FROM frontage ORDER BY code"))]
    engine.dispose()
    return found


def test_a_register_is_imported_with_commit_only_and_once(run: Run, toy_url: str, tmp_path: Path) -> None:
    table = tmp_path / "shops.csv"
    table.write_text(TABLE, encoding="utf-8")
    dry = run("patrol", "import-shops", str(table), "--crs", "EPSG:4547")
    assert (dry.exit_code, codes(toy_url)) == (0, [])
    assert "新增 2" in dry.output
    assert run("patrol", "import-shops", str(table), "--crs", "EPSG:4547", "--commit").exit_code == 0
    assert codes(toy_url) == [("S1", "R1", "Z-W"), ("S2", "R1", "Z-W")]
    again = run("patrol", "import-shops", str(table), "--crs", "EPSG:4547", "--commit")
    assert "新增 0，变更 0，不变 2" in again.output
    assert "甲面馆" in run("patrol", "shops").output


def test_a_workbook_is_a_register_too(run: Run, toy_url: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["门前三包台账"])
    sheet.append(["编号", "商户名称", "路段编码"])
    sheet.append(["S7", "戊药店", "R2"])
    book.save(tmp_path / "shops.xlsx")
    done = run("patrol", "import-shops", str(tmp_path / "shops.xlsx"), "--commit")
    assert done.exit_code == 0, done.output
    assert [row[0] for row in codes(toy_url)] == ["S7"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("S1,,x,R1,,,,", "第 1 行"),
        ("S1,甲,x,R9,,,,", "没有路段 R9"),
        ("S1,甲,x,R1,P99,,,", "没有工号 P99"),
        ("S1,甲,x,R1,,昨天,,", "不是日期"),
        ("S1,甲,x,,,,,", "为空"),
        ("S1,甲,x,,,,1,2", "不在"),
    ],
)
def test_a_row_that_cannot_be_meant_keeps_the_whole_table_out(run: Run, toy_url: str, tmp_path: Path, row: str, told: str) -> None:
    table = tmp_path / "shops.csv"
    table.write_text(f"{HEAD}{row}\nS2,乙,,R1,,,,\n", encoding="utf-8")
    done = run("patrol", "import-shops", str(table), "--crs", "wgs84", "--commit")
    assert done.exit_code == 2
    assert told in done.output + done.stderr
    assert codes(toy_url) == []


def test_coordinates_need_a_named_system(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "shops.csv"
    table.write_text(TABLE, encoding="utf-8")
    assert "--crs" in run("patrol", "import-shops", str(table)).stderr


def test_lists_coverage_and_rules_are_printed(run: Run) -> None:
    assert run("patrol", "list", "--person", "P2").exit_code == 0
    assert run("patrol", "list", "--person", "nobody").exit_code == 2
    assert "覆盖 0/2 段" in run("patrol", "coverage", "Z-W").output
    assert run("patrol", "coverage", "nowhere").exit_code == 2
    assert run("patrol", "rules", "--within", "12").exit_code == 2
    assert "within_m: 12" in run("patrol", "rules", "--within", "12", "--from", "2026-12-01").output
    assert "within_m: 25" in run("patrol", "rules", "--from", "2026-11-30").output


def test_the_board_is_printed_and_days_are_summed_up(run: Run) -> None:
    assert toy_city.DISTRICT in run("board", "show").output
    assert "没有需要汇总" in run("board", "days").output
    assert "2026-11-01" in run("board", "days", "--from", "2026-11-01", "--to", "2026-11-03").output
