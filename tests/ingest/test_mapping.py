"""Field mapping: flags, file, memory, known names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.aliases import level_headers
from gridmgmt.ingest.cells import clean_code, clean_text
from gridmgmt.ingest.layer import FaultKind, SourceLayer
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping, parse_map_flags, read_mapping_file
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping

WANTED = ("code", "name", "parent_code")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["编码", "名称", "上级编码"], {"code": "编码", "name": "名称", "parent_code": "上级编码"}),
        (["XZQDM", "XZQMC"], {"code": "XZQDM", "name": "XZQMC"}),
        (["ObjID", "ObjName", "BGID"], {"code": "ObjID", "name": "ObjName"}),
        (["GLBJBSM", "GLBJMC"], {"code": "GLBJBSM", "name": "GLBJMC"}),
        ([" 统计用区划代码 ", "名称*"], {"code": " 统计用区划代码 ", "name": "名称*"}),
        (["code", "NAME", "Parent Code"], {"code": "code", "name": "NAME", "parent_code": "Parent Code"}),
    ],
)
def test_known_headers_are_found(headers: list[str], expected: dict[str, str]) -> None:
    assert choose_mapping(headers, wanted=WANTED, required=("code",)) == expected


def test_given_wins_over_remembered_and_remembered_over_known() -> None:
    headers = ["编码", "老编码", "新编码", "名称", "简称"]
    mapping = choose_mapping(
        headers, wanted=WANTED, given={"code": "新编码"}, remembered={"code": "老编码", "name": "简称", "remark": "编码"}
    )
    assert mapping == {"code": "新编码", "name": "简称"}


def test_remembered_header_that_is_gone_is_forgotten() -> None:
    assert choose_mapping(["编码"], wanted=("code",), remembered={"code": "旧表头"}) == {"code": "编码"}


def test_missing_required_and_absent_given_headers_name_those_there_are() -> None:
    with pytest.raises(SourceError, match="no column for code; there are: 甲, 乙"):
        choose_mapping(["甲", "乙"], wanted=WANTED, required=("code",))
    with pytest.raises(SourceError, match="no column '丙' for code; there are: 甲, 乙"):
        choose_mapping(["甲", "乙"], wanted=WANTED, given={"code": "丙"})


def test_ambiguity_is_an_error_until_it_is_settled() -> None:
    headers = ["街道名称", "社区名称", "网格编码"]
    with pytest.raises(SourceError, match="name could be any of 街道名称, 社区名称"):
        choose_mapping(headers, wanted=WANTED)
    assert choose_mapping(headers, wanted=WANTED, given={"name": "社区名称"}) == {"name": "社区名称", "code": "网格编码"}
    assert choose_mapping(headers, wanted=WANTED, given={"name": ""}) == {"code": "网格编码"}


def test_flags_and_mapping_file_are_read(tmp_path: Path) -> None:
    assert parse_map_flags(["code=XZQDM", "name = 名 称"]) == {"code": "XZQDM", "name": "名 称"}
    with pytest.raises(InvalidInputError, match="FIELD=HEADER"):
        parse_map_flags(["code"])
    (tmp_path / "map.toml").write_text('[fields]\ncode = "XZQDM"\n', encoding="utf-8")
    (tmp_path / "plain.toml").write_text('code = "XZQDM"\n', encoding="utf-8")
    (tmp_path / "bad.toml").write_text("code = 3\n", encoding="utf-8")
    assert read_mapping_file(tmp_path / "map.toml") == read_mapping_file(tmp_path / "plain.toml") == {"code": "XZQDM"}
    with pytest.raises(SourceError, match="every line"):
        read_mapping_file(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (420102002003.0, "420102002003"),
        ("420102002003.0", "420102002003"),
        ("'0012", "0012"),
        (" ４２ ０１", "4201"),  # noqa: RUF001 - full-width digits as offices type them
        (7, "7"),
        (None, None),
        ("—", None),
    ],
)
def test_codes_are_cleaned(value: object, text: str | None) -> None:
    assert clean_code(value).text == text
    assert clean_code(value).problem is None


@pytest.mark.parametrize("value", ["4.20102E+11", 42010200200300100])
def test_codes_whose_end_is_lost_are_not_trusted(value: object) -> None:
    assert clean_code(value).problem is not None


def test_chinese_punctuation_of_names_stays() -> None:
    assert clean_text(" 社区(村)、Ａ１ ") == "社区(村)、A1"  # noqa: RUF001


def test_codes_that_lost_their_leading_zeros_are_faults() -> None:
    table = pd.DataFrame({"编码": ["001001", "001002", "001003", 1004]}, dtype=object)
    layer = SourceLayer(Path("a.xlsx"), None, np.arange(1, 5), table, np.full(4, None, dtype=object))
    mapped = apply_mapping(layer, {"code": "编码"})
    assert list(mapped.attributes["code"]) == ["001001", "001002", "001003", "1004"]
    assert [(fault.feature, fault.code, fault.kind) for fault in mapped.faults] == [(4, "1004", FaultKind.BAD_VALUE)]


def test_mapping_is_remembered_per_source_and_layer(session: Session) -> None:
    assert find_mapping(session, source="民政局", layer="community") is None
    save_mapping(session, source="民政局", layer="community", mapping={"code": "SQDM"})
    save_mapping(session, source="民政局", layer="district", mapping={"code": "XZQDM"})
    save_mapping(session, source="民政局", layer="community", mapping={"code": "社区代码"})
    assert find_mapping(session, source="民政局", layer="community") == {"code": "社区代码"}
    assert find_mapping(session, source="民政局", layer="district") == {"code": "XZQDM"}


def test_a_layer_of_a_level_calls_its_code_by_the_word_of_the_level() -> None:
    headers = ["社区名称", "社区编码", "街道编码", "网格编码"]
    assert level_headers(headers, "community", "street_office") == {"code": "社区编码", "name": "社区名称", "parent_code": "街道编码"}
    assert level_headers(headers, "unit_grid", "community") == {"code": "网格编码", "parent_code": "社区编码"}
    assert level_headers(["adcode"], "district", None) == {}
