"""Rows of a table mean reports: times of many forms, classes by code and name, references, faults."""

from __future__ import annotations

import datetime
import zoneinfo
from pathlib import Path

import pytest

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.ingest.points import read_points
from gridmgmt.ingest.report_rows import WANTED, RejectedRow, ReportRow, parse_time, to_report_rows

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
NOON = datetime.datetime(2026, 11, 1, 12, 0, tzinfo=SHANGHAI)
RUBBISH = ManagedClass("GB", ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110")
HEADER = "工单编号,上报时间,经度,纬度,类型,小类编码,小类名称,问题描述,精度"


def read(
    folder: Path, *lines: str, source: str = "", reported_at: datetime.datetime | None = None
) -> tuple[list[ReportRow], list[RejectedRow]]:
    (folder / "a.csv").write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    table = read_points(folder / "a.csv", crs="wgs84", wanted=WANTED)
    return to_report_rows(table, time_zone=SHANGHAI, source=source, reported_at=reported_at, classes=[RUBBISH])


@pytest.mark.parametrize(
    "text",
    ["2026-11-01 12:00", "2026-11-01T12:00:00+08:00", "2026-11-01T04:00:00Z", "2026/11/1 12:00", "2026.11.01 12:00:00",
     "2026年11月1日12时00分", "2026年11月1日 12:00", "11/01/2026 12:00:00 PM"],
)  # fmt: skip
def test_a_time_is_read_in_the_forms_offices_write(text: str) -> None:
    assert parse_time(text, SHANGHAI) == NOON


@pytest.mark.parametrize("text", ["昨天", "2026-13-01", "12:00", ""])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text, SHANGHAI) is None


def test_a_class_comes_by_code_by_full_code_or_by_name_and_an_unknown_name_stays_in_words(tmp_path: Path) -> None:
    rows, rejected = read(
        tmp_path,
        "1,2026-11-01 12:00,114,30.5,,06010,,脏,",
        "2,2026-11-01 12:00,114,30.5,,42010006010,,脏,",
        "3,2026-11-01 12:00,114,30.5,,,暴露垃圾,脏,8米",
        "4,2026-11-01 12:00,114,30.5,,,外星人,脏,",
        "5,2026-11-01 12:00,114,30.5,部件,01001,,破,",
    )
    assert rejected == []
    assert [(row.kind, row.class_code, row.description) for row in rows] == [
        (ManagedKind.MATTER, "06010", "脏"), (ManagedKind.MATTER, "06010", "脏"), (ManagedKind.MATTER, "06010", "脏"),
        (None, None, "外星人 脏"), (ManagedKind.COMPONENT, "01001", "破"),
    ]  # fmt: skip
    assert [row.accuracy_m for row in rows] == [None, None, 8.0, None, None]
    assert rows[0].reported_at == NOON


def test_a_row_without_id_is_known_by_its_contents_and_a_source_goes_before_ids(tmp_path: Path) -> None:
    line = ",2026-11-01 12:00,114,30.5,,,,脏,"
    rows, _ = read(tmp_path, "7" + line, line, line, line.replace("脏", "乱"), source="12345")
    assert rows[0].source_ref == "12345:7"
    assert rows[1].source_ref == rows[2].source_ref != rows[3].source_ref


def test_rows_that_are_no_reports_say_why(tmp_path: Path) -> None:
    rows, rejected = read(tmp_path, "1,,114,30.5,,,,,", "2,2026-11-01,,,,,,,", "3,2026-11-01,114,30.5,,,,,近", "4,2026-11-01,114,30.5,,,,,")
    assert [row.row for row in rows] == [4]
    assert [(entry.row, entry.field) for entry in rejected] == [(1, "reported_at"), (2, "point"), (3, "accuracy_m")]
    later, _ = read(tmp_path, "1,,114,30.5,,,,,", reported_at=NOON)
    assert later[0].reported_at == NOON
