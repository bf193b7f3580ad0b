"""A register of facilities and a catalogue come in by difference, a dry run unless told; both can be read."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from gridmgmt.cli.main import cli
from gridmgmt.crs import crs_to_crs
from gridmgmt.facilities import store
from gridmgmt.facilities.model import (
    DemolitionSite,
    FacilityKind,
    FacilityStatus,
    ProgrammeKind,
    Toilet,
    ToiletForm,
    WasteSiteKind,
)
from gridmgmt.ingest.store import list_runs
from tests import toy_city
from tests.facilities.test_store import ALL_KINDS

pytestmark = pytest.mark.usefixtures("english")

HEADER = (
    "公厕编号", "公厕名称", "经度", "纬度", "运行状态", "公厕等级", "建筑形式", "男厕位", "女厕位", "第三卫生间", "建成日期", "建设性质",
    "建设年份", "计入计划", "地址",
)  # fmt: skip
SHIPPED = Path(__file__).resolve().parents[2] / "geodata" / "catalogue" / "gbt47678_5_2026.csv"


@pytest.fixture
def url(toy_url: str) -> str:
    return toy_url


def run(url: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), env={"GRIDMGMT_DATABASE_URL": url, "LANG": "C"})


def toilets(url: str, path: Path, *flags: str | Path) -> Result:
    return run(url, "ingest", "facilities", "toilet", path, "--map", "code=公厕编号", *flags)


def row(code: str, x: float, y: float, **cells: object) -> list[object]:
    """Return a row of the register, some cells changed by their header."""
    lon, lat = crs_to_crs(*toy_city.point(x, y), "epsg:4547", "wgs84")
    values = dict(
        zip(
            HEADER,
            [
                code,
                f"{code}公厕",
                round(float(lon), 9),
                round(float(lat), 9),
                "正常",
                "二类",
                "独立式",
                4,
                6,
                "有",
                "2024年5月1日",
                "新建",
                2024,
                "是",
                "南大路",
            ],
            strict=True,
        )
    )
    return list((values | cells).values())


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="gbk", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def test_a_chinese_register_is_tried_first_and_written_when_told(session: Session, url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "公厕.csv", [row("T1", 50, 50), row("T2", 150, 150, 运行状态="维修", 公厕等级="Ⅲ类")])
    tried = toilets(url, path, "--crs", "wgs84")
    assert tried.exit_code == 0, tried.output
    assert "added 2, changed 0" in tried.output
    assert store.count_facilities(session) == {}
    assert toilets(url, path, "--crs", "wgs84", "--commit").exit_code == 0
    session.rollback()
    one, other = store.list_facilities(session, FacilityKind.TOILET)
    assert (one.name, one.unit_grid_code, one.source) == ("T1公厕", toy_city.SOUTH_WEST, "公厕.csv")
    assert (one.programme, one.programme_year, one.counts_toward_plan) == (ProgrammeKind.NEW, 2024, True)
    assert one.details == Toilet(toilet_class=2, form=ToiletForm.DETACHED, cubicles_male=4, cubicles_female=6, family_toilet=True)
    assert isinstance(other.details, Toilet)
    assert (other.status, other.details.toilet_class) == (FacilityStatus.PAUSED, 3)
    assert [run.layer for run in list_runs(session)] == ["toilet"]


def test_the_same_register_again_is_no_change_and_a_changed_one_shows_its_fields(session: Session, url: str, tmp_path: Path) -> None:
    toilets(url, write_csv(tmp_path / "a.csv", [row("T1", 50, 50), row("T2", 150, 150)]), "--crs", "wgs84", "--commit")
    again = toilets(url, tmp_path / "a.csv", "--crs", "wgs84", "--commit")
    assert "unchanged 2" in again.output
    assert "no change" in again.output
    changed = write_csv(tmp_path / "b.csv", [row("T1", 50.01, 50, 地址="", 公厕名称="新名"), row("T3", 20, 150)])
    result = toilets(url, changed, "--crs", "wgs84", "--commit")
    assert "added 1, changed 1, removed 0" in result.output
    assert "~ T1 新名: name" in result.output
    session.rollback()
    one = store.find_facility(session, "T1")
    assert one is not None
    assert (one.name, one.address) == ("新名", "南大路")


def test_only_replace_removes_what_the_register_does_not_list(session: Session, url: str, tmp_path: Path) -> None:
    store.add_facilities(session, ALL_KINDS)
    session.commit()
    path = write_csv(tmp_path / "a.csv", [row("T9", 150, 150)])
    assert "removed 0" in toilets(url, path, "--crs", "wgs84").output
    assert "removed 1" in toilets(url, path, "--crs", "wgs84", "--replace", "--commit").output
    session.rollback()
    assert [one.code for one in store.list_facilities(session)] == ["T9", "S1", "H1", "D1"]


def test_faults_are_told_by_row_and_keep_the_register_out(session: Session, url: str, tmp_path: Path) -> None:
    lon, lat = crs_to_crs(*toy_city.point(50, 50), "epsg:4547", "wgs84")
    rows = [
        row("T1", 50, 50), row("T1", 60, 60), row("T2", 50, 50, 公厕等级="特级"), row("", 50, 50), row("T4", 50, 50, 经度=""),
        row("T5", 0, 0, 经度=float(lat), 纬度=float(lon)), row("T6", 50, 90, 建设年份=""), row("S1", 50, 150),
    ]  # fmt: skip
    store.add_facilities(session, ALL_KINDS[2:3])
    session.commit()
    result = toilets(url, write_csv(tmp_path / "a.csv", rows), "--crs", "wgs84", "--commit", "--report", tmp_path)
    assert result.exit_code != 0
    with (tmp_path / "a.faults.csv").open(encoding="utf-8-sig", newline="") as file:
        faults = {(int(line["feature"]), line["kind"]) for line in csv.DictReader(file) if line["blocking"] == "yes"}
    assert faults == {
        (2, "duplicate_code"), (3, "bad_value"), (4, "missing_value"), (5, "unreadable"), (6, "outside_city"), (7, "bad_value"),
        (8, "duplicate_code"),
    }  # fmt: skip
    session.rollback()
    assert FacilityKind.TOILET not in store.count_facilities(session)


def test_two_that_stand_together_are_a_warning_only(session: Session, url: str, tmp_path: Path) -> None:
    store.add_facilities(session, ALL_KINDS)
    session.commit()
    path = write_csv(tmp_path / "a.csv", [row("T8", 58, 50), row("T9", 150, 150)])
    result = toilets(url, path, "--crs", "wgs84", "--commit", "--report", tmp_path)
    assert result.exit_code == 0, result.output
    assert "8.0 m from T1 T1号公厕" in result.output
    assert "near_duplicate" not in toilets(url, path, "--crs", "wgs84", "--duplicate-radius", "5", "--report", tmp_path).output


def test_a_polygon_of_a_demolition_site_becomes_its_footprint(session: Session, url: str, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"code": ["D7"], "名称": ["玩具拆除工地"], "施工单位": ["甲公司"], "洗车设施": ["有"], "许可截止": ["2026-12-31"]},
        geometry=[toy_city.rectangle(10, 110, 30, 130)], crs=4547,
    )  # fmt: skip
    frame.to_file(tmp_path / "工地.gpkg", driver="GPKG")
    result = run(url, "ingest", "facilities", "demolition-site", tmp_path / "工地.gpkg", "--commit")
    assert result.exit_code == 0, result.output
    found = store.find_facility(session, "D7")
    assert found is not None
    assert isinstance(found.details, DemolitionSite)
    assert found.details.site_kind is WasteSiteKind.DEMOLITION
    assert shapely.equals(found.details.footprint, toy_city.rectangle(10, 110, 30, 130))
    assert (found.status, found.details.contractor, found.details.wash_bay) == (FacilityStatus.ACTIVE, "甲公司", True)


def test_a_new_edition_of_the_unit_grids_moves_the_facilities_into_them(session: Session, url: str, tmp_path: Path) -> None:
    store.add_facilities(session, ALL_KINDS)
    session.commit()
    assert run(url, "export", "unit_grid", "--format", "gpkg", "--to", tmp_path).exit_code == 0
    frame = gpd.read_file(tmp_path / "unit_grid.gpkg")
    frame["编码"] = frame["编码"].replace(toy_city.SOUTH_WEST, "420100001001009")
    frame.to_file(tmp_path / "new.gpkg", driver="GPKG")
    flags = ["--level", "unit_grid", "--edition-from", "2026-02-01", "--commit"]
    result = run(url, "ingest", "areas", tmp_path / "new.gpkg", *flags)
    assert result.exit_code == 0, result.output
    session.rollback()
    moved = store.find_facility(session, "T1")
    assert moved is not None
    assert moved.unit_grid_code == "420100001001009"


def test_toilets_of_an_openstreetmap_extract(session: Session, url: str, tmp_path: Path) -> None:
    lon, lat = crs_to_crs(*toy_city.point(50, 50), "epsg:4547", "wgs84")
    tags = '<tag k="amenity" v="toilets"/><tag k="name" v="江滩公厕"/><tag k="wheelchair" v="yes"/><tag k="opening_hours" v="24/7"/>'
    node = f'<node id="7" version="1" lat="{float(lat):.7f}" lon="{float(lon):.7f}">{tags}</node>'
    (tmp_path / "a.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{node}</osm>', encoding="utf-8")
    result = run(url, "ingest", "facilities", "toilet", tmp_path / "a.osm", "--commit")
    assert result.exit_code == 0, result.output
    (found,) = store.list_facilities(session, FacilityKind.TOILET)
    assert (found.code, found.name, found.unit_grid_code) == ("N7", "江滩公厕", toy_city.SOUTH_WEST)
    assert found.details == Toilet(opening_hours="24/7", barrier_free=True)


def test_a_workbook_and_a_geojson_are_the_same_register(session: Session, url: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in [HEADER, row("T1", 50, 50)]:
        book.active.append(list(line))
    book.save(tmp_path / "a.xlsx")
    values = dict(zip(HEADER, row("T1", 50, 50), strict=True))
    point = {"type": "Point", "coordinates": [values.pop("经度"), values.pop("纬度")]}
    collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": point, "properties": values}]}
    (tmp_path / "a.geojson").write_text(json.dumps(collection), encoding="utf-8")
    assert "added 1" in toilets(url, tmp_path / "a.xlsx", "--crs", "wgs84", "--commit").output
    assert "unchanged 1" in toilets(url, tmp_path / "a.geojson", "--crs", "wgs84").output
    session.rollback()


def test_facilities_are_listed_shown_and_counted_against_the_plan(session: Session, url: str) -> None:
    store.add_facilities(session, ALL_KINDS)
    session.commit()
    assert "1 of 1" in run(url, "facilities", "list", "toilet").output
    shown = run(url, "facilities", "show", "D1").output
    assert "site_kind: Demolition" in shown
    assert "footprint: MULTIPOLYGON" in shown
    assert run(url, "facilities", "show", "nobody").exit_code == 2
    assert "Public toilet: 1 / 300 (0.3%)\n  2024 New 1" in run(url, "facilities", "programme").output
    coverage = run(url, "facilities", "coverage", "toilet", "--radius", "60", "--on", "2026-11-01").output
    assert "25.0%" in coverage
    assert "GB 55013-2021" in coverage


def test_the_catalogue_comes_in_by_difference_and_is_found(url: str, tmp_path: Path) -> None:
    assert "added 403" in run(url, "ingest", "catalogue", SHIPPED).output
    assert "written" in run(url, "ingest", "catalogue", SHIPPED, "--commit").output
    assert "no change" in run(url, "ingest", "catalogue", SHIPPED, "--commit").output
    assert "Matter 06010 暴露垃圾" in run(url, "catalogue", "search", "0110").output
    assert "153 classes" in run(url, "catalogue", "list", "--kind", "component").output
    lines = SHIPPED.read_text(encoding="utf-8-sig").splitlines()
    (tmp_path / "b.csv").write_text("\n".join([lines[0], lines[1].replace("供水井盖", "给水井盖"), *lines[3:]]), encoding="utf-8")
    assert "changed 1, removed 0" in run(url, "ingest", "catalogue", tmp_path / "b.csv").output
    assert "changed 1, removed 1" in run(url, "ingest", "catalogue", tmp_path / "b.csv", "--replace", "--commit").output
    assert "给水井盖" in run(url, "catalogue", "search", "01001", "--kind", "component").output
    assert "nothing matches" in run(url, "catalogue", "search", "zzz").output
