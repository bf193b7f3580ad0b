"""CSV and XLSX as offices make them."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import shapely

from gridmgmt.errors import SourceError
from gridmgmt.ingest.layer import FaultKind, SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.read_layer import read_layer
from tests.ingest.files import write_workbook

HEADER: list[object] = ["公厕编号", "公厕名称", "经度", "纬度", "备注"]


def coordinates(layer: SourceLayer) -> list[tuple[float, float] | None]:
    return [None if shape is None else (shapely.get_x(shape), shapely.get_y(shape)) for shape in layer.shapes]


def test_csv_points_have_no_crs_and_chinese_headers_are_known(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("编码,名称,经度,纬度\n1,甲,114.3,30.5\n2,乙,114.4,30.6\n", encoding="utf-8")
    layer = read_layer(tmp_path / "a.csv")
    assert layer.crs is None
    assert coordinates(layer) == [(114.3, 30.5), (114.4, 30.6)]
    assert list(layer.attributes["名称"]) == ["甲", "乙"]


@pytest.mark.parametrize(("encoding", "guessed"), [("utf-8", False), ("utf-8-sig", False), ("gb18030", True), ("utf-16", False)])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_csv_encoding_and_separator_are_found(tmp_path: Path, encoding: str, separator: str, *, guessed: bool) -> None:
    text = "名称,经度,纬度\n江岸区,114.3,30.5\n".replace(",", separator)
    (tmp_path / "a.csv").write_text(text, encoding=encoding)
    layer = read_layer(tmp_path / "a.csv")
    assert list(layer.attributes["名称"]) == ["江岸区"]
    assert any("guessed" in note for note in layer.notes) is guessed


def test_csv_declared_in_the_wrong_encoding_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("名称,经度,纬度\n江岸区江汉区硚口区汉阳区,114.3,30.5\n", encoding="gbk")
    (tmp_path / "u.csv").write_text("名称,经度,纬度\n江岸区江汉区硚口区汉阳区,114.3,30.5\n", encoding="utf-8")
    with pytest.raises(SourceError, match="does read as gb18030"):
        read_layer(tmp_path / "g.csv", encoding="utf-8")
    with pytest.raises(SourceError, match="does read as utf-8"):
        read_layer(tmp_path / "u.csv", encoding="gbk")


def test_list_of_codes_without_coordinates_is_read_without_shapes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("级别,代码,名称,上级代码\ndistrict,420102,江岸区,4201\n", encoding="utf-8")
    layer = read_layer(tmp_path / "a.csv")
    assert coordinates(layer) == [None]
    assert layer.faults == ()
    assert any("without shapes" in note for note in layer.notes)


def test_coordinates_that_are_none_become_faults_with_their_row(tmp_path: Path) -> None:
    rows = ["114.3,30.5", ",", "114.3,north", "114°18′00″,30°30′0″", "１１４．３,30.5"]  # noqa: RUF001
    (tmp_path / "a.csv").write_text("x,y,名称\n" + "\n".join(f"{row},甲" for row in rows) + "\n", encoding="utf-8")
    layer = read_layer(tmp_path / "a.csv")
    assert coordinates(layer) == [(114.3, 30.5), None, None, (114.3, 30.5), (114.3, 30.5)]
    assert [(fault.feature, fault.kind) for fault in layer.faults] == [(2, FaultKind.EMPTY), (3, FaultKind.UNREADABLE)]


def test_row_with_too_many_cells_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("名称,经度,纬度\n甲,乙,114.3,30.5\n丙,114.3,30.5\n", encoding="utf-8")
    faults = read_layer(tmp_path / "a.csv").faults
    assert {(fault.feature, fault.kind) for fault in faults} >= {(1, FaultKind.BAD_VALUE)}
    assert all(fault.feature == 1 for fault in faults)


def test_named_fields_win_and_an_absent_one_names_the_headers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("名称,东,北\n甲,527528.891,3384556.6\n", encoding="utf-8")
    assert coordinates(read_layer(tmp_path / "a.csv", x_field="东", y_field="北")) == [(527528.891, 3384556.6)]
    with pytest.raises(SourceError, match="名称, 东, 北"):
        read_layer(tmp_path / "a.csv", x_field="经度", y_field="纬度")
    with pytest.raises(SourceError, match="both"):
        read_layer(tmp_path / "a.csv", x_field="东")


def test_two_pairs_of_coordinates_must_be_chosen_between(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y,经度,纬度\n527528,3384556,114.287,30.581\n", encoding="utf-8")
    with pytest.raises(SourceError, match="several pairs"):
        read_layer(tmp_path / "a.csv")
    assert coordinates(read_layer(tmp_path / "a.csv", x_field="x", y_field="y")) == [(527528.0, 3384556.0)]


def test_office_workbook_with_title_comment_total_and_blank_rows(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["武汉市公共厕所登记表"],
        ["填表单位:城管局"],
        HEADER,
        ["必填", "必填", "必填", "必填", "选填"],
        [420102002003.0, "甲", 114.3, 30.5, datetime.datetime(2024, 5, 1)],  # noqa: DTZ001 - a day in a sheet has no zone
        ["４２０１０２００２００４", "乙", "114.31", "30.51", None],  # noqa: RUF001
        [None, None, None, None, None],
        ["420102002005", "丙", "#N/A", 30.5, "#REF!"],
        ["合计", None, None, 3, None],
        [None, None, None, None, None],
    ]
    layer = read_layer(write_workbook(tmp_path / "a.xlsx", rows, merges=["A1:E1"]))
    assert list(layer.numbers) == [2, 3, 5]
    assert any("header in row 3" in note for note in layer.notes)
    assert coordinates(layer) == [(114.3, 30.5), (114.31, 30.51), None]
    assert {(fault.feature, fault.kind) for fault in layer.faults} >= {(5, FaultKind.BAD_VALUE), (5, FaultKind.UNREADABLE)}
    mapped = apply_mapping(
        layer, choose_mapping([str(name) for name in HEADER], wanted=("code", "name", "remark"), given={"code": "公厕编号"})
    )
    assert list(mapped.attributes["code"]) == ["420102002003", "420102002004", "420102002005"]
    assert list(mapped.attributes["remark"]) == ["2024-05-01", None, None]


def test_cells_merged_downwards_give_every_row_their_value(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["所属区", "名称", "经度", "纬度"],
        ["江岸区", "甲", 114.3, 30.5],
        [None, "乙", 114.3, 30.6],
        ["江汉区", "丙", 114.2, 30.6],
    ]
    layer = read_layer(write_workbook(tmp_path / "a.xlsx", rows, merges=["A2:A3"]))
    assert list(layer.attributes["所属区"]) == ["江岸区", "江岸区", "江汉区"]
    assert any("merged" in note for note in layer.notes)


def test_header_of_two_rows_with_merged_cells_is_understood(tmp_path: Path) -> None:
    rows: list[list[object]] = [["编码", "名称", "坐标", None], [None, None, "经度", "纬度"], ["1", "甲", 114.3, 30.5]]
    layer = read_layer(write_workbook(tmp_path / "a.xlsx", rows, merges=["A1:A2", "B1:B2", "C1:D1"]))
    assert list(layer.attributes.columns) == ["编码", "名称", "经度", "纬度"]
    assert coordinates(layer) == [(114.3, 30.5)]


def test_several_sheets_need_a_name_and_repeated_headers_are_numbered(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["名称", "名称", "经度", "纬度"], ["甲", "乙", 114.3, 30.5]], sheet="公厕")
    assert list(read_layer(path).attributes.columns) == ["名称", "名称 (2)", "经度", "纬度"]
    with pytest.raises(SourceError, match="公厕"):
        read_layer(path, layer="转运站")


def test_old_workbooks_and_empty_files_are_said(tmp_path: Path) -> None:
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0rest")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04rest")
    (tmp_path / "empty.csv").write_bytes(b"")
    for name, words in (("old.xlsx", r"\.xls"), ("broken.xlsx", "no workbook"), ("empty.csv", "no rows")):
        with pytest.raises(SourceError, match=words):
            read_layer(tmp_path / name)
