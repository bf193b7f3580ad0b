"""A file of reports becomes cases, once, or nothing at all; and cases can be read."""

from __future__ import annotations

import csv
import datetime
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.cli.main import cli
from gridmgmt.crs import crs_to_crs
from gridmgmt.db import make_engine, make_session_factory
from tests import toy_city

pytestmark = pytest.mark.usefixtures("english")

HEADER = ("工单编号", "上报时间", "经度", "纬度", "小类编码", "问题描述", "地址")


def run(url: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["cases", *map(str, arguments)], env={"GRIDMGMT_DATABASE_URL": url, "LANG": "C"})


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(statement))]
    engine.dispose()
    return rows


def counts(url: str) -> tuple[object, ...]:
    return query(url, "SELECT (SELECT count(*) FROM incident_report), (SELECT count(*) FROM case_file), (SELECT count(*) FROM case_step)")[
        0
    ]


def lonlat(x: float, y: float, crs: str = "wgs84") -> tuple[float, float]:
    """Return a point of the drawing in degrees of 9 decimals."""
    lon, lat = crs_to_crs(*toy_city.point(x, y), "epsg:4547", crs)
    return round(float(lon), 9), round(float(lat), 9)


def row(ref: str, x: float, y: float) -> tuple[object, ...]:
    return (ref, "2026-11-01 12:00:00", *lonlat(x, y), "0110", "一处垃圾", "南大路 1 号")


def write_csv(path: Path, rows: Sequence[Sequence[object]], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


@pytest.fixture
def url(toy_url: str) -> str:
    """URL of a toy city with one class in its catalogue."""
    engine = make_engine(toy_url)
    with make_session_factory(engine).begin() as session:
        entry = ManagedClass("GB/T 47678.5-2026", ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110")
        catalogue_store.add_classes(session, [entry])
    engine.dispose()
    return toy_url


GOOD = [row("A1", 50, 50), row("A2", 100, 100), row("A3", 150, 195), row("A4", -40, 50)]


def test_a_csv_of_an_office_becomes_assigned_cases(url: str, tmp_path: Path) -> None:
    result = run(url, "import", write_csv(tmp_path / "工单.csv", GOOD), "--crs", "wgs84")
    assert result.exit_code == 0, result.output
    assert "4 new, 0 already there, 0 rejected" in result.output
    found = query(
        url,
        "SELECT source_ref, unit_grid_code, basis, case_file.class_code FROM case_file JOIN incident_report r ON r.id = report_id ORDER BY source_ref",
    )
    assert found == [
        ("A1", toy_city.SOUTH_WEST, "segment", "06010"),
        ("A2", toy_city.SOUTH_WEST, "zone", "06010"),
        ("A3", toy_city.NORTH_EAST, "zone", "06010"),
        ("A4", None, "outside", "06010"),
    ]
    assert query(url, "SELECT DISTINCT raw_crs, reported_at FROM incident_report") == [
        ("wgs84", datetime.datetime(2026, 11, 1, 4, 0, tzinfo=datetime.UTC))
    ]
    assert not list(tmp_path.glob("*.rejects.csv"))


def test_the_second_run_of_the_same_file_adds_nothing(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", GOOD)
    run(url, "import", path, "--crs", "wgs84")
    again = run(url, "import", path, "--crs", "wgs84")
    assert (again.exit_code, counts(url)) == (0, (4, 4, 8))
    assert "0 new, 4 already there, 0 rejected" in again.output


def test_rows_without_ids_are_known_by_their_contents(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [("", *line[1:]) for line in [*GOOD, GOOD[0]]])
    assert "4 new, 1 already there, 0 rejected" in run(url, "import", path, "--crs", "wgs84").output
    assert "0 new, 5 already there, 0 rejected" in run(url, "import", path, "--crs", "wgs84").output


def test_two_systems_may_number_alike(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", GOOD)
    run(url, "import", path, "--crs", "wgs84", "--source", "12345")
    assert "4 new" in run(url, "import", path, "--crs", "wgs84", "--source", "12319").output
    assert ("12345:A1",) in query(url, "SELECT source_ref FROM incident_report")


def test_rejected_rows_come_back_with_reason_and_row_and_the_rest_is_taken(url: str, tmp_path: Path) -> None:
    lon, lat = lonlat(50, 50)
    bad = [
        ("B1", "2026-11-01", lat, lon, "06010", "经纬度写反", ""),
        ("B2", "昨天", lon, lat, "06010", "", ""),
        ("B3", "2026-11-01", "", "", "06010", "=HYPERLINK(1)", ""),
        ("B4", "2026-11-01", lon, lat, "99999", "", ""),
        ("B5", "2199-01-01", lon, lat, "06010", "", ""),
    ]
    path = write_csv(tmp_path / "坏.csv", [GOOD[0], *bad], encoding="gbk")
    result = run(url, "import", path, "--crs", "wgs84", "--rejects", tmp_path / "back.csv")
    assert result.exit_code == 0, result.output
    assert "1 new, 0 already there, 5 rejected" in result.output
    assert (tmp_path / "back.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "back.csv").open(encoding="utf-8-sig", newline="") as file:
        back = list(csv.DictReader(file))
    assert [(line["row"], line["field"], line["工单编号"]) for line in back] == [
        ("2", "point", "B1"), ("3", "reported_at", "B2"), ("4", "point", "B3"), ("5", "class_code", "B4"), ("6", "reported_at", "B5"),
    ]  # fmt: skip
    assert "swapped" in back[0]["reason"]
    assert "写反" in back[0]["原因"]
    assert back[2]["问题描述"] == "'=HYPERLINK(1)"


def test_a_changed_repeat_is_rejected_as_a_conflict(url: str, tmp_path: Path) -> None:
    run(url, "import", write_csv(tmp_path / "a.csv", GOOD), "--crs", "wgs84")
    changed = write_csv(tmp_path / "b.csv", [row("A1", 50, 51), GOOD[1]])
    result = run(url, "import", changed, "--crs", "wgs84")
    assert "0 new, 1 already there, 1 rejected" in result.output
    assert "received before with other contents" in result.output


def test_a_file_without_a_crs_is_refused_and_one_with_none_usable_too(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", GOOD)
    refused = run(url, "import", path)
    assert refused.exit_code == 2
    assert "--crs" in refused.output
    nothing = run(url, "import", path, "--crs", "epsg:4547")
    assert (nothing.exit_code, counts(url)) == (2, (0, 0, 0))


def test_workbook_and_geojson_give_the_same_cases_as_the_csv(url: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in [HEADER, *GOOD]:
        book.active.append(list(line))
    book.active["B2"] = datetime.datetime(2026, 11, 1, 12, 0)  # noqa: DTZ001 - cells have no zone
    book.save(tmp_path / "a.xlsx")
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": line[2:4]},
            "properties": dict(zip(HEADER, line, strict=True)) | {"经度": None, "纬度": None},
        }
        for line in GOOD
    ]
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    assert "4 new" in run(url, "import", tmp_path / "a.xlsx", "--crs", "wgs84").output
    for path in (tmp_path / "a.geojson", write_csv(tmp_path / "a.csv", GOOD)):
        assert "0 new, 4 already there, 0 rejected" in run(url, "import", path, "--crs", "wgs84").output


def test_gcj02_points_are_converted_and_flags_name_the_columns(url: str, tmp_path: Path) -> None:
    lon, lat = lonlat(50, 50, "gcj02")
    (tmp_path / "g.csv").write_text(f"No;E;N;What\n7;{lon};{lat};垃圾\n", encoding="utf-8")
    flags = ["--map", "source_id=No", "--map", "description=What", "--x-field", "E", "--y-field", "N", "--reported-at", "2026-11-01 12:00"]
    result = run(url, "import", tmp_path / "g.csv", "--crs", "gcj02", *flags, "--channel", "hotline")
    assert "1 new" in result.output, result.output
    (found,) = query(
        url, "SELECT r.source, source_ref, r.description, unit_grid_code FROM case_file JOIN incident_report r ON r.id = report_id"
    )
    assert found == ("hotline", "7", "垃圾", toy_city.SOUTH_WEST)


def test_a_dry_run_says_the_same_and_writes_nothing(url: str, tmp_path: Path) -> None:
    result = run(url, "import", write_csv(tmp_path / "a.csv", GOOD), "--crs", "wgs84", "--dry-run")
    assert "4 new" in result.output
    assert counts(url) == (0, 0, 0)


def test_cases_are_listed_and_shown(url: str, tmp_path: Path) -> None:
    run(url, "import", write_csv(tmp_path / "a.csv", GOOD), "--crs", "wgs84")
    listed = run(url, "list", "--limit", "2")
    assert "2 of 4 cases" in listed.output
    (case_no,) = query(url, "SELECT case_no FROM case_file JOIN incident_report r ON r.id = report_id WHERE source_ref = 'A2'")[0]
    shown = run(url, "show", str(case_no)).output
    assert f"{toy_city.SOUTH_WEST}" in shown
    assert "0.000 m, shared with 420100001001002、420100002001001、420100002001002" in shown
    assert "2026-11-01 12:00:00" in shown
    assert "2. " in shown
    assert run(url, "show", "nothing").exit_code == 2


@pytest.mark.slow
def test_an_import_killed_in_the_middle_leaves_nothing(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "big.csv", [row(f"K{n}", n % 200, n % 190) for n in range(20_000)])
    environment = os.environ | {"GRIDMGMT_DATABASE_URL": url}
    command = [sys.executable, "-m", "gridmgmt", "cases", "import", str(path), "--crs", "wgs84"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    writing = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%Reports, cases and first steps%' AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 60
    while query(url, writing) == [(0,)] and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    assert process.poll() is None, "the import ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while query(url, others) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert counts(url) == (0, 0, 0)
    assert query(url, "SELECT count(*) FROM ingest_run") == [(0,)]
