"""GeoPackage and Shapefile: encodings, broken geometry, folders and zips."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

import pyogrio
import pytest
import shapely

from gridmgmt.errors import SourceError
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.read_layer import read_layer
from tests.ingest.files import frame, write_shapefile, zip_shapefile

NAMES = ["江岸区", "江汉区", "硚口区"]
SQUARES = [shapely.box(114.0 + 0.1 * i, 30.5, 114.05 + 0.1 * i, 30.55) for i in range(3)]


def squares(crs: str = "wgs84") -> object:
    return frame({"XZQDM": ["420102", "420103", "420104"], "XZQMC": NAMES}, SQUARES, crs)


@pytest.mark.parametrize("crs", ["wgs84", "epsg:4547", "epsg:2383"])
def test_geopackage_and_shapefile_declare_their_crs(tmp_path: Path, crs: str) -> None:
    layer = squares(crs)
    layer.to_file(tmp_path / "a.gpkg")  # type: ignore[attr-defined]
    write_shapefile(tmp_path / "a.shp", layer, "utf-8", cpg=True)
    for name in ("a.gpkg", "a.shp"):
        read = read_layer(tmp_path / name)
        assert (read.crs, list(read.attributes["XZQMC"]), list(read.numbers)) == (crs, NAMES, [1, 2, 3])
        assert read.faults == ()


@pytest.mark.parametrize(
    ("encoding", "cpg", "guessed"), [("utf-8", True, False), ("utf-8", False, False), ("gbk", True, False), ("gbk", False, True)]
)
def test_shapefile_text_is_read_in_its_encoding_and_a_guess_is_said(tmp_path: Path, encoding: str, *, cpg: bool, guessed: bool) -> None:
    read = read_layer(write_shapefile(tmp_path / "a.shp", squares(), encoding, cpg=cpg))
    assert list(read.attributes["XZQMC"]) == NAMES
    assert any("guessed" in note for note in read.notes) is guessed


def test_wrong_declared_encoding_names_the_right_one(tmp_path: Path) -> None:
    gbk, utf8 = (
        write_shapefile(tmp_path / "g.shp", squares(), "gbk", cpg=False),
        write_shapefile(tmp_path / "u.shp", squares(), "utf-8", cpg=False),
    )
    with pytest.raises(SourceError, match="read as gb18030"):
        read_layer(gbk, encoding="utf-8")
    with pytest.raises(SourceError, match="no known encoding"):
        read_layer(utf8, encoding="latin-9x")
    assert list(read_layer(utf8, encoding="utf-8").attributes["XZQMC"]) == NAMES
    assert list(read_layer(gbk, encoding="gb2312").attributes["XZQMC"]) == NAMES


def test_wrong_cpg_is_a_clear_error(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", squares(), "gbk", cpg=False)
    path.with_suffix(".cpg").write_text("UTF-8", encoding="ascii")
    with pytest.raises(SourceError, match=r"UTF-8 \(\.cpg\), but field 2 of feature 1 is not; it does read as gb18030"):
        read_layer(path)


def test_language_driver_of_the_table_says_gbk(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", squares(), "gbk", cpg=False)
    data = bytearray(path.with_suffix(".dbf").read_bytes())
    data[29] = 0x4D
    path.with_suffix(".dbf").write_bytes(bytes(data))
    read = read_layer(path)
    assert list(read.attributes["XZQMC"]) == NAMES
    assert not any("guessed" in note for note in read.notes)


def test_name_cut_in_the_middle_of_a_character_is_reported_not_fatal(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", squares(), "utf-8", cpg=True)
    data = path.with_suffix(".dbf").read_bytes()
    whole = "江汉区".encode()
    path.with_suffix(".dbf").write_bytes(data.replace(whole, whole[:-1] + b" "))
    read = read_layer(path)
    assert list(read.attributes["XZQMC"]) == ["江岸区", "江汉", "硚口区"]
    assert [(fault.feature, fault.kind, fault.blocking) for fault in read.faults] == [(2, FaultKind.BAD_VALUE, False)]


def test_folder_and_zip_of_one_shapefile_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = write_shapefile(folder / "行政区.shp", squares("epsg:4547"), "gbk", cpg=False)
    zipped = zip_shapefile(path, tmp_path / "a.zip", inside="数据/")
    for source in (folder, zipped):
        read = read_layer(source)
        assert (read.crs, list(read.attributes["XZQMC"]), read.path) == ("epsg:4547", NAMES, source)


def test_zip_with_chinese_names_in_unsaid_gbk_is_read_and_its_layers_are_named(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "行政区.shp", squares(), "gbk", cpg=False)
    zipped = zip_shapefile(path, tmp_path / "a.zip", inside="数据/", gbk_names=True)
    assert list(read_layer(zipped, layer="行政区").attributes["XZQMC"]) == NAMES
    with pytest.raises(SourceError, match="行政区"):
        read_layer(zipped, layer="街道")


def test_several_shapefiles_in_a_folder_need_a_name(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "one.shp", squares(), "utf-8", cpg=True)
    write_shapefile(tmp_path / "two.shp", squares("epsg:4547"), "utf-8", cpg=True)
    with pytest.raises(SourceError, match="one, two"):
        read_layer(tmp_path)
    assert read_layer(tmp_path, layer="two").crs == "epsg:4547"


def test_several_layers_of_a_geopackage_need_a_name(tmp_path: Path) -> None:
    squares().to_file(tmp_path / "a.gpkg", layer="区")  # type: ignore[attr-defined]
    squares("epsg:4547").to_file(tmp_path / "a.gpkg", layer="区_平面")  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match="区, 区_平面"):
        read_layer(tmp_path / "a.gpkg")
    assert read_layer(tmp_path / "a.gpkg", layer="区_平面").crs == "epsg:4547"


def test_shapefile_without_its_index_and_files_that_are_none_are_errors(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", squares(), "utf-8", cpg=True)
    path.with_suffix(".shx").unlink()
    (tmp_path / "b.gpkg").write_bytes(b"no database")
    (tmp_path / "c.zip").write_bytes(b"no archive")
    for name, words in (("a.shp", "shx"), ("b.gpkg", "cannot be read"), ("c.zip", "cannot be unpacked")):
        with pytest.raises(SourceError, match=words):
            read_layer(tmp_path / name)


def test_unclosed_and_unbuildable_rings_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    squares().to_file(path)  # type: ignore[attr-defined]
    ring = [(114.0, 30.5), (114.1, 30.5), (114.1, 30.6), (114.0, 30.6)]
    _replace_geometry(path, 1, _wkb(ring))
    _replace_geometry(path, 2, _wkb(ring[:2]))
    _replace_geometry(path, 3, None)
    read = read_layer(path)
    assert [(fault.feature, fault.kind) for fault in read.faults] == [
        (1, FaultKind.UNCLOSED_RING), (2, FaultKind.UNREADABLE), (3, FaultKind.EMPTY)
    ]  # fmt: skip
    assert shapely.equals(read.shapes[0], shapely.Polygon(ring))
    assert list(read.attributes["XZQMC"]) == NAMES


def test_coordinates_that_are_no_numbers_are_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    squares().to_file(path)  # type: ignore[attr-defined]
    _replace_geometry(path, 2, _wkb([(114.0, 30.5), (float("nan"), 30.5), (114.1, 30.6), (114.0, 30.5)]))
    assert [(fault.feature, fault.kind) for fault in read_layer(path).faults] == [(2, FaultKind.UNREADABLE)]


def test_bow_tie_is_read_as_it_is(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(114.0, 30.5), (114.1, 30.6), (114.1, 30.5), (114.0, 30.6)])
    frame({"code": ["1"]}, [bow_tie], "wgs84").to_file(tmp_path / "a.gpkg")
    read = read_layer(tmp_path / "a.gpkg")
    assert not shapely.is_valid(read.shapes[0])
    assert read.faults == ()


def test_local_system_of_a_prj_is_kept_for_the_user_to_judge(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp", squares("epsg:4547"), "utf-8", cpg=True)
    path.with_suffix(".prj").unlink()
    assert read_layer(path).crs is None


def _wkb(ring: list[tuple[float, float]]) -> bytes:
    return struct.pack("<BII", 1, 3, 1) + struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", x, y) for x, y in ring)


def _replace_geometry(path: Path, fid: int, wkb: bytes | None) -> None:
    """Write a geometry as no library would: plain WKB behind a GeoPackage header without envelope."""
    blob = None if wkb is None else b"GP\x00\x01" + struct.pack("<i", 4326) + wkb
    layer = str(pyogrio.list_layers(path)[0][0])
    with sqlite3.connect(path) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(f'UPDATE "{layer}" SET geom = ? WHERE fid = ?', (blob, fid))
    database.close()
