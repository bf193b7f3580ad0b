"""A layer that somebody brings along is taken as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmgmt.city.read_profile import read_profile
from gridmgmt.crs import GCJ02, WGS84, crs_to_crs
from gridmgmt.errors import InvalidInputError, SourceError
from gridmgmt.ingest.own_layer import LayerFaultsError, read_own_layer
from tests.ingest.files import feature, write_geojson, write_workbook

WUHAN = read_profile(Path("geodata/profiles/wuhan.toml"))
LON, LAT = 114.3, 30.55


def point(lon: float, lat: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": [lon, lat]}


def test_a_table_and_a_geojson_of_the_same_places_are_the_same_layer(tmp_path: Path) -> None:
    table = write_workbook(
        tmp_path / "places.xlsx", [("名称", "经度", "纬度", "面积"), ("甲", LON, LAT, 80), ("乙", LON + 0.01, LAT, None)]
    )
    plain = write_geojson(tmp_path / "places.geojson", [feature(point(LON, LAT)), feature(point(LON + 0.01, LAT))])
    one, other = read_own_layer(table, crs="wgs84", profile=WUHAN), read_own_layer(plain, crs=None, profile=WUHAN)
    assert one.shapes.tolist() == other.shapes.tolist()
    assert one.attributes["名称"].tolist() == ["甲", "乙"]


def test_a_shifted_system_is_undone(tmp_path: Path) -> None:
    lon, lat = (float(value) for value in crs_to_crs(LON, LAT, WGS84, GCJ02))
    path = tmp_path / "places.csv"
    path.write_text(f"lon,lat\n{lon},{lat}\n", encoding="utf-8")
    straight = write_geojson(tmp_path / "places.geojson", [feature(point(LON, LAT))])
    shifted, plain = read_own_layer(path, crs="gcj02", profile=WUHAN), read_own_layer(straight, crs=None, profile=WUHAN)
    assert shifted.shapes[0].distance(plain.shapes[0]) < 0.01


def test_every_row_without_a_place_in_the_city_is_named(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(f"lon,lat\n{LON},{LAT}\nfar,{LAT}\n{LAT},{LON}\n,\n{LON},{LAT}\n116.4,39.9\n", encoding="utf-8")
    with pytest.raises(LayerFaultsError) as caught:
        read_own_layer(path, crs="wgs84", profile=WUHAN)
    assert [fault.row for fault in caught.value.faults] == [2, 3, 6]
    assert all(fault.zh_reason for fault in caught.value.faults)
    assert "未作任何更改" in caught.value.zh


def test_nothing_is_guessed_about_the_system_and_a_list_without_places_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(f"lon,lat\n{LON},{LAT}\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="does not say its coordinate system"):
        read_own_layer(path, crs=None, profile=WUHAN)
    path.write_text("code,name\n1,甲\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no coordinates were found"):
        read_own_layer(path, crs="wgs84", profile=WUHAN)
    with pytest.raises(SourceError, match="holds nothing"):
        read_own_layer(write_geojson(tmp_path / "empty.geojson", []), crs=None, profile=WUHAN)
