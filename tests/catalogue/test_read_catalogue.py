"""A catalogue file is read whole or refused with the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.catalogue.read_catalogue import read_catalogue
from gridmgmt.errors import InvalidInputError, SourceError

HEADER = "standard,kind,code,name,major_code,major_name,alias_2013\n"
COVER = "GB,component,01001,供水井盖,01,市政公用设施,\n"
RUBBISH = "GB,matter,06010,暴露垃圾,06,市容环境类,0110\n"
SHIPPED = Path(__file__).resolve().parents[2] / "geodata" / "catalogue" / "gbt47678_5_2026.csv"


def catalogue_file(folder: Path, text: str) -> Path:
    path = folder / "catalogue.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_become_classes_and_an_empty_alias_none(tmp_path: Path) -> None:
    assert read_catalogue(catalogue_file(tmp_path, HEADER + COVER + RUBBISH)) == [
        ManagedClass("GB", ManagedKind.COMPONENT, "01001", "供水井盖", "01", "市政公用设施", None),
        ManagedClass("GB", ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110"),
    ]


@pytest.mark.parametrize(
    ("rows", "field", "row"),
    [
        (COVER + COVER, "code", 2),
        ("GB,thing,01001,供水井盖,01,市政公用设施,\n", "kind", 1),
        (COVER + "GB,matter,06010,,06,市容环境类,\n", "name", 2),
        ("GB,matter,06010,暴露垃圾,07,市容环境类,\n", "code", 1),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, rows: str, field: str, row: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_catalogue(catalogue_file(tmp_path, HEADER + rows))
    assert (caught.value.field, caught.value.row) == (field, row)


def test_another_table_or_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="alias_2013 is missing"):
        read_catalogue(catalogue_file(tmp_path, "standard,kind,code,name,major_code,major_name\n"))
    with pytest.raises(SourceError):
        read_catalogue(tmp_path / "absent.csv")


def test_the_shipped_catalogue_has_153_components_and_250_matters() -> None:
    classes = read_catalogue(SHIPPED)
    kinds = [entry.kind for entry in classes]
    assert (kinds.count(ManagedKind.COMPONENT), kinds.count(ManagedKind.MATTER)) == (153, 250)
    assert {entry.alias_2013 for entry in classes if entry.code == "06010" and entry.kind is ManagedKind.MATTER} == {"0110"}
