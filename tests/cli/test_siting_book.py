"""The workbook out, the decisions in, by command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from gridmgmt.cli.main import cli
from gridmgmt.db import make_engine, make_session_factory
from tests.siting.small_plan import keep_plan

Run = Callable[..., Result]


@pytest.fixture
def plan(toy_url: str) -> int:
    """Store a plan of two sites; return its number."""
    engine = make_engine(toy_url)
    with make_session_factory(engine).begin() as session:
        number = keep_plan(session).id
    engine.dispose()
    return number


@pytest.fixture
def run(toy_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on a toy city of its own."""
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", toy_url)
    return lambda *arguments: CliRunner().invoke(cli, ["siting", *map(str, arguments)])


def planned(url: str) -> list[tuple[str, int]]:
    engine = make_engine(url)
    with engine.connect() as connection:
        found = [(row[0], row[1]) for row in connection.execute(text("SELECT code, programme_year FROM facility ORDER BY code"))]
    engine.dispose()
    return found


def test_the_workbook_goes_out_and_comes_back(run: Run, plan: int, toy_url: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    assert run("book", plan, "--to", path).exit_code == 0
    book = openpyxl.load_workbook(path)
    sheet = book["点位"]
    column = [cell.value for cell in sheet[1]].index("审定结论") + 1
    sheet.cell(2, column).value = "采纳"
    book.save(path)
    dry = run("decisions", plan, path)
    assert (dry.exit_code, planned(toy_url)) == (0, [])
    assert "审定 1 个，尚未审定 1 个" in dry.output
    assert run("decisions", plan, path, "--commit", "--on", "2026-11-05").exit_code == 0
    assert planned(toy_url) == [(f"XZ{plan:06d}00001", 2025)]


def test_with_a_fault_nothing_is_entered_and_all_are_told(run: Run, plan: int, toy_url: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("序号,审定结论,审定理由\n1,采纳,\n2,不采纳,\n3,采纳,\n", encoding="utf-8")
    found = run("decisions", plan, path, "--commit")
    assert found.exit_code == 2
    assert "第 3 行 审定理由" in found.output
    assert "第 4 行 序号" in found.output
    assert planned(toy_url) == []


def test_accessibility_is_shown_before_and_after(run: Run, plan: int) -> None:
    found = run("access", plan)
    assert "10.0% → 80.0%" in found.output
    assert "西街道" not in found.output
    assert "西街道" in run("access", plan, "--street-offices").output
    assert run("access", 4711).exit_code == 2
