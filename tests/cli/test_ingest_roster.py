"""Rosters from office tables: Chinese headers, dry run, repeats, and rows that contradict each other."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from click import Command
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cli import ingest_roster
from gridmgmt.responsibility.model import Basis
from gridmgmt.responsibility.store import resolve_responsibility
from tests import toy_city

PEOPLE = ("工号", "姓名", "联系电话", "所属单位")
ZONES = ("责任区编码", "责任区名称", "社区编码", "起始日期", "截止日期")
APPOINTMENTS = ("工号", "职务", "责任区编码", "路段编码", "任职日期", "离任日期")


def run(url: str, command: Command, folder: Path, header: Sequence[str], *rows: Sequence[object], commit: bool = True) -> Result:
    """Write an XLSX as an office would and import it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(header))
    for row in rows:
        sheet.append(list(row))
    book.save(folder / "名册.xlsx")
    arguments = [str(folder / "名册.xlsx"), *(["--commit"] if commit else [])]
    return CliRunner().invoke(command, arguments, env={"GRIDMGMT_DATABASE_URL": url})


def count(session: Session, table: str) -> int:
    session.rollback()  # a new look
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.fixture
def url(toy_url: str) -> str:
    return toy_url


def test_people_are_added_changed_and_left_alone(session: Session, url: str, tmp_path: Path) -> None:
    rows = [("P1", "张路长", "13800000001", "西街道综合执法中心"), ("P2", "李路长", "13900000000", None), ("P77", "新路长", None, None)]
    result = run(url, ingest_roster.people, tmp_path, PEOPLE, *rows)
    assert result.exit_code == 0, result.output
    assert "新增 1 · 变更 1 · 不变 1" in result.output
    assert "新增 0 · 变更 0 · 不变 3" in run(url, ingest_roster.people, tmp_path, PEOPLE, *rows).output
    assert count(session, "person") == len(toy_city.PEOPLE) + 1


def test_dry_run_writes_nothing(session: Session, url: str, tmp_path: Path) -> None:
    result = run(url, ingest_roster.people, tmp_path, PEOPLE, ("P77", "新路长", None, None), commit=False)
    assert "新增 1" in result.output
    assert "试运行" in result.output
    assert count(session, "person") == len(toy_city.PEOPLE)


def test_new_appointment_answers_from_its_first_day(session: Session, url: str, tmp_path: Path) -> None:
    result = run(url, ingest_roster.appointments, tmp_path, APPOINTMENTS, ("P5", "路长", None, "R2", datetime.date(2026, 11, 1), None))
    assert result.exit_code == 0, result.output
    session.rollback()
    point = toy_city.point(50, 180)
    before = resolve_responsibility(session, point, on=datetime.date(2026, 10, 31))
    after = resolve_responsibility(session, point, on=datetime.date(2026, 11, 1))
    assert (before.basis, after.basis) == (Basis.ZONE, Basis.SEGMENT)
    assert after.chief is not None
    assert after.chief.name == "钱楼长"


def test_end_of_an_appointment_can_be_told_later(session: Session, url: str, tmp_path: Path) -> None:
    result = run(url, ingest_roster.appointments, tmp_path, APPOINTMENTS, ("P2", "路长", "Z-W", None, "2026-01-01", "2026-06-30"))
    assert "新增 0 · 变更 1 · 不变 0" in result.output
    session.rollback()
    assert resolve_responsibility(session, toy_city.point(50, 100), on=datetime.date(2026, 6, 30)).basis is Basis.NO_CHIEF


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("P3", "路长", "Z-W", None, "2025-06-01", None), "Z-W 在该期间已有路长任职"),
        (("P404", "路长", "Z-W", None, "2027-01-01", None), "没有工号 P404"),
        (("P3", "市长", "Z-W", None, "2027-01-01", None), "'市长' 不是路长、楼长、店长、共治力量之一"),
        (("P3", "路长", None, None, "2027-01-01", None), "责任区与路段均未填写"),
        (("P3", "路长", "Z-9", None, "2027-01-01", None), "没有责任区 Z-9"),
        (("P3", "路长", None, "R9", "2027-01-01", None), "没有路段 R9"),
        (("P3", "店长", "Z-E", "R1", "去年", None), "'去年' 不是日期"),
        (("P3", "店长", "Z-E", "R1", "2027-01-01", "2026-01-01"), "不晚于起始日期"),
        (("P3", "店长", "Z-E", "R1", None, None), "日期：为空"),
    ],
)
def test_impossible_row_is_named_and_nothing_of_the_file_is_written(
    session: Session, url: str, tmp_path: Path, row: Sequence[object], words: str
) -> None:
    fine = ("P6", "店长", "Z-W", "R2", "2026-01-01", None)
    result = run(url, ingest_roster.appointments, tmp_path, APPOINTMENTS, fine, row)
    assert result.exit_code != 0
    assert words in result.output
    assert "第 2 行" in result.output
    assert count(session, "appointment") == len(toy_city.APPOINTMENTS)


def test_zone_takes_over_an_area_and_an_area_in_two_zones_is_refused(session: Session, url: str, tmp_path: Path) -> None:
    taken = run(url, ingest_roster.zones, tmp_path, ZONES, ("Z-N", "新区", toy_city.EAST_COMMUNITY, "2027-01-01", None))
    assert taken.exit_code != 0
    assert "已属于其他责任区" in taken.output
    rows = [
        ("Z-E", "东社区责任区", toy_city.EAST_COMMUNITY, "2024-01-01", "2027-01-01"),
        ("Z-N", "新区", toy_city.EAST_COMMUNITY, "2027-01-01", None),
    ]
    moved = run(url, ingest_roster.zones, tmp_path, ZONES, *rows)
    assert "新增 1 · 变更 1 · 不变 0" in moved.output, moved.output
    session.rollback()
    zones = [resolve_responsibility(session, toy_city.point(150, 100), on=datetime.date(year, 6, 1)).zone_code for year in (2026, 2027)]
    assert zones == ["Z-E", "Z-N"]
