"""Corrections apply where they fit and say where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.corrections import apply_corrections, read_corrections
from tests.ingest.layers import layer_of
from tests.toy_city import AREAS, EAST_COMMUNITY, WEST_COMMUNITY

HEADER = "layer,key,field,old_value,new_value,reason,who,date\n"
COMMUNITIES = layer_of(AREAS[3:5])


def corrections(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "corrections.csv"
    path.write_text("# 注释 a comment\n" + HEADER + text, encoding="utf-8-sig")
    return path


def test_a_correction_whose_old_value_matches_is_applied(tmp_path: Path) -> None:
    path = corrections(tmp_path, f"community,{WEST_COMMUNITY},name,西社区,西湖社区,民政局更名文件,张三,2026-03-01\n")
    corrected = apply_corrections(COMMUNITIES, "community", read_corrections(path))
    assert corrected.layer.attributes["name"].tolist() == ["西湖社区", "东社区"]
    assert [entry.reason for entry in corrected.applied] == ["民政局更名文件"]
    assert COMMUNITIES.attributes["name"].tolist() == ["西社区", "东社区"]


def test_one_whose_old_value_does_not_match_is_reported_and_not_applied(tmp_path: Path) -> None:
    path = corrections(
        tmp_path,
        f"community,{WEST_COMMUNITY},name,南社区,北社区,x,张三,2026-03-01\n"
        f"community,{EAST_COMMUNITY},name,旧名,东社区,x,张三,2026-03-01\n"
        "community,420100009009,name,甲,乙,x,张三,2026-03-01\n",
    )
    corrected = apply_corrections(COMMUNITIES, "community", read_corrections(path))
    assert corrected.applied == ()
    assert [line.split(": ", 1)[1] for line in corrected.refused] == [
        "it expects '南社区' but the source says '西社区'; not applied",
        "the source already says '东社区'; the correction can be deleted; not applied",
        "the source holds no such code; not applied",
    ]


def test_a_blank_new_value_erases_and_a_field_the_source_lacks_can_be_given(tmp_path: Path) -> None:
    path = corrections(
        tmp_path,
        f"community,{WEST_COMMUNITY},name,西社区,,x,张三,2026-03-01\ncommunity,{EAST_COMMUNITY},remark,,补录,x,张三,2026-03-01\n",
    )
    corrected = apply_corrections(COMMUNITIES, "community", read_corrections(path))
    assert corrected.layer.attributes["name"].tolist() == [None, "东社区"]
    assert corrected.layer.attributes["remark"].tolist() == [None, "补录"]


def test_another_layers_corrections_are_left_alone(tmp_path: Path) -> None:
    path = corrections(tmp_path, f"district,{WEST_COMMUNITY},name,西社区,北社区,x,张三,2026-03-01\n")
    corrected = apply_corrections(COMMUNITIES, "community", read_corrections(path))
    assert (corrected.applied, corrected.refused) == ((), ())


def test_a_correction_without_reason_or_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="row 1, reason: is blank"):
        read_corrections(corrections(tmp_path, "community,1,name,a,b,,张三,2026-03-01\n"))
    with pytest.raises(InvalidInputError, match="row 1, date"):
        read_corrections(corrections(tmp_path, "community,1,name,a,b,x,张三,gestern\n"))


def test_a_file_without_its_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "corrections.csv"
    path.write_text("layer,key\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no column field, old_value"):
        read_corrections(path)


def test_the_products_own_file_can_be_read() -> None:
    assert read_corrections(Path(__file__).resolve().parents[2] / "geodata" / "corrections.csv") == []
