"""A CSV read in blocks gives the rows, reasons and reports that reading it whole gives."""

from __future__ import annotations

import dataclasses
import datetime
import gzip
import math
import random
import zoneinfo
from pathlib import Path

import pytest

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.errors import SourceError
from gridmgmt.ingest import csv_stream
from gridmgmt.ingest.csv_stream import CsvHead, read_blocks, survey
from gridmgmt.ingest.mapping import choose_mapping
from gridmgmt.ingest.points import read_points
from gridmgmt.ingest.read_table import coordinate_fields
from gridmgmt.ingest.report_block import Reading, cells_of, to_reports
from gridmgmt.ingest.report_rows import WANTED, RejectedRow, ReportRow, to_report_rows

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
CLASSES = [
    ManagedClass("GB/T 47678.5-2026", ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110"),
    ManagedClass("GB/T 47678.5-2026", ManagedKind.COMPONENT, "01001", "供水井盖", "01", "市政公用设施", None),
]
HEADERS = "案件编号,经度,纬度,上报时间,类型,小类代码,小类名称,描述,地址,精度"
# What offices write into each column, plain and otherwise.
CELLS = {
    "案件编号": ["A-1", "'0012", "12.0", "1.2E+17", "", " B 7 ", "无", "#REF!", "\uff21\uff11\uff12"],
    "经度": ["114.3000001", "114.3", "114°18′00″", "", "abc", "\uff11\uff11\uff14.3", "1,14.3", "-114.3", "东经114度18分"],
    "纬度": ["30.5", "30.6000", "30°30′", "", "30,6", "nan"],
    "上报时间": [
        "2026-03-01 08:30:15", "2026-03-01T08:30", "2026/03/01 08:30", "2026-02-30 08:30:00", "2026年3月1日 08:30", "2026-03-01", "", "昨天",
        "2026-03-01 08:30:15+00:00", "2026-11-01 01:30", "2026-03-08 02:30", "2026-3-1 8:30", "2026-03-01 24:00:00",
    ],
    "类型": ["事项", "部件", "", "component", "matter"],
    "小类代码": ["06010", "01001", "", "42010206010", "6.0"],
    "小类名称": ["", "暴露垃圾", "供水井盖", "没有的名称"],
    "描述": ["一处垃圾", "", '"两行\n文字"', '"逗号,引号""内"""', "—", " 空格 ", "３号楼", '5" 管'],
    "地址": ["江汉路1号", "", "无", "null", "\u3000解放大道"],
    "精度": ["5", "12.5", "", "10米", "远", "-3"],
}  # fmt: skip
LINES = [
    "",
    ",,,,,,,,,",
    "合计,,,,,,,,,12",
    "备注:以上为三月数据",
    "A-9,114.3,30.5,2026-03-01 08:30",
    "A-8,114.3,30.5,2026-03-01 08:30,,,,多,出,3,一格",
]


def draw(chance: random.Random, rows: int) -> str:
    lines = ["三月上报汇总表,,,,,,,,,", HEADERS]
    for number in range(rows):
        if chance.random() < 0.05:
            lines.append(chance.choice(LINES))
        else:
            first = {name: cells[0] for name, cells in CELLS.items()} | {"案件编号": f"N{number}"}
            spoilt = {name: chance.choice(CELLS[name]) for name in CELLS if chance.random() < 0.15}
            lines.append(",".join((first | spoilt).values()))
    return "\n".join(lines) + "\n"


def whole(path: Path, zone: datetime.tzinfo, source: str = "") -> tuple[list[ReportRow], list[RejectedRow]]:
    table = read_points(path, crs="wgs84", wanted=WANTED)
    return to_report_rows(table, time_zone=zone, source=source, classes=CLASSES)


def in_blocks(path: Path, zone: datetime.tzinfo, source: str = "") -> tuple[list[ReportRow], list[RejectedRow]]:
    head = known(path)
    pair = coordinate_fields(path, head.headers, None, None)
    assert pair
    reading = Reading(head, pair, choose_mapping(head.headers, wanted=WANTED), "wgs84", zone, source, None, CLASSES)
    rows, rejected = list[ReportRow](), list[RejectedRow]()
    for block in read_blocks(head):
        found = to_reports(block, reading)
        rejected += found.rejected
        for at in range(len(found.numbers)):
            kind, code = found.class_keys[int(found.class_at[at])] or (None, None)
            accuracy = float(found.accuracy_m[at])
            moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(microseconds=int(found.at_us[at]))
            rows.append(
                ReportRow(
                    int(found.numbers[at]),
                    float(found.x[at]),
                    float(found.y[at]),
                    moment,
                    found.source_ref[at].as_py(),
                    ManagedKind(kind) if kind else None,
                    code,
                    found.description[at].as_py(),
                    found.address[at].as_py(),
                    None if math.isnan(accuracy) else accuracy,
                )
            )
    return rows, rejected


def known(path: Path) -> CsvHead:
    head = survey(path)
    assert head
    return head


def in_utc(rows: list[ReportRow]) -> list[ReportRow]:
    return [dataclasses.replace(row, reported_at=row.reported_at.astimezone(datetime.UTC)) for row in rows]


@pytest.mark.parametrize("zone", [ZONE, NEW_YORK], ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_offices_write_is_read_as_if_the_file_were_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, zone: zoneinfo.ZoneInfo
) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(draw(random.Random(seed), 600), encoding="utf-8")
    monkeypatch.setattr(csv_stream, "BLOCK", 5_000)
    monkeypatch.setattr(csv_stream, "LONGEST_RECORD", 20_000)
    rows, rejected = whole(path, zone, "旧系统")
    found, refused = in_blocks(path, zone, "旧系统")
    assert len(rows) > 300
    assert found == in_utc(rows)
    assert refused == rejected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_encoding_and_a_packed_file_are_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 3_000)
    text = draw(random.Random(5), 200).replace('5" 管', "管")
    plain, packed = tmp_path / "reports.csv", tmp_path / "reports.csv.gz"
    plain.write_bytes(text.encode(encoding))
    packed.write_bytes(gzip.compress(text.encode(encoding)))
    expected = whole(plain, ZONE)
    for path in (plain, packed):
        rows, rejected = in_blocks(path, ZONE)
        assert (rows, rejected) == (in_utc(expected[0]), expected[1])


def test_reading_goes_on_where_a_block_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(draw(random.Random(9), 300), encoding="utf-8")
    monkeypatch.setattr(csv_stream, "BLOCK", 4_000)
    head = known(path)
    blocks = list(read_blocks(head))
    assert len(blocks) > 3
    again = list(read_blocks(head, at=blocks[1].next_byte, number=blocks[1].next_number))
    assert [block.numbers.tolist() for block in again] == [block.numbers.tolist() for block in blocks[2:]]
    assert all(cells_of(block, int(block.numbers[0]))[0] for block in again)


def test_what_cannot_be_read_in_blocks_is_left_to_the_other_readers(tmp_path: Path) -> None:
    book, wide = tmp_path / "a.xlsx", tmp_path / "b.csv"
    book.write_bytes(b"PK\x03\x04")
    wide.write_bytes("案件编号,经度\n".encode("utf-16"))
    assert survey(book) is None
    assert survey(wide) is None


def test_a_wrong_encoding_is_refused_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(f"{HEADERS}\n" + "A,114.3,30.5,2026-03-01 08:30,事项,,,描述描述描述描述,地址,5\n" * 9, encoding="utf-8")
    with pytest.raises(SourceError, match="declared to be gbk"):
        survey(path, encoding="gbk")
    path.write_bytes(b"\x80\xff" + path.read_bytes())
    with pytest.raises(SourceError, match="neither UTF-8 nor GB18030"):
        survey(path)
    path.write_bytes(f"{HEADERS}\nA,114.3,30.5,2026-03-01 08:30\0\n".encode())
    with pytest.raises(SourceError, match="bytes of value 0"):
        survey(path)


def test_a_quote_that_is_never_closed_is_refused_with_the_row_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 500)
    monkeypatch.setattr(csv_stream, "LONGEST_RECORD", 2_000)
    path = tmp_path / "reports.csv"
    path.write_text(
        "\n".join([HEADERS, "A,114.3,30.5,2026-03-01 08:30", 'B,"114.3,30.5', *["C,114.3,30.5,,,,,,,"] * 300]), encoding="utf-8"
    )
    with pytest.raises(SourceError, match="never closed after row 1"):
        list(read_blocks(known(path)))
