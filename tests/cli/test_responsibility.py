"""``gridmgmt responsibility`` answers a file of points as ``gridmgmt locate`` answers each of them."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cli.main import cli
from gridmgmt.responsibility.store import resolve_responsibility
from tests import toy_city

DAY = "2026-11-01"
PLACES = [(50, 70), (50, 30), (50, 100), (100, 100), (150, 130), (-5, 20), (205, 60)]  # inside, on borders, just outside


def run(url: str, folder: Path, *arguments: str) -> Result:
    """Run a command on a city, in a folder of its own."""
    settings = {"GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": str(folder), "GRIDMGMT_LANG": "en"}
    return CliRunner().invoke(cli, ["responsibility", *arguments], env=settings)


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Return a table of points in GCJ-02, one of them far away, one without coordinates."""
    path = tmp_path / "点.csv"
    lines = ["经度,纬度"]
    for place in PLACES:
        lon, lat = crs.crs_to_crs(*toy_city.point(*place), "epsg:4547", crs.GCJ02)
        lines.append(f"{float(lon):.10f},{float(lat):.10f}")
    path.write_text("\n".join([*lines, "10,10", "不详,30.5"]), encoding="utf-8")
    return path


def test_a_file_of_points_gets_the_statements_answers(toy_url: str, session: Session, tmp_path: Path, points: Path) -> None:
    assert run(toy_url, tmp_path, "build", "--on", DAY).exit_code == 0
    result = run(toy_url, tmp_path, "assign", str(points), "--crs", "gcj02", "--to", str(tmp_path / "out.csv"), "--on", DAY)
    assert result.exit_code == 0, result.output
    assert "7 points written" in result.output
    assert "2 rows without usable coordinates" in result.output
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as written:
        rows = list(csv.DictReader(written))
    for row, place in zip(rows, PLACES, strict=True):
        found = resolve_responsibility(session, toy_city.point(*place), on=datetime.date.fromisoformat(DAY))
        codes = {area.level.value: area.code for area in found.areas}
        assert [row["unit_grid_code"], row["community_code"]] == [codes.get("unit_grid", ""), codes.get("community", "")]
        assert row["shared"] == str(int(bool(found.shared_with)))
        assert row["segment_code"] == (found.segment.code if found.segment else "")
        assert row["basis"] == found.basis.value
        assert row["road_chief"].partition(" ")[2] == (found.chief.name if found.chief else "")


def test_without_an_index_the_command_says_what_to_run(toy_url: str, tmp_path: Path, points: Path) -> None:
    result = run(toy_url, tmp_path, "assign", str(points), "--crs", "gcj02", "--to", str(tmp_path / "out.csv"))
    assert result.exit_code == 2
    assert "run gridmgmt responsibility build" in result.output


def test_a_wrong_coordinate_system_is_noticed(toy_url: str, tmp_path: Path, points: Path) -> None:
    run(toy_url, tmp_path, "build", "--on", DAY)
    result = run(toy_url, tmp_path, "assign", str(points), "--crs", "epsg:4547", "--to", str(tmp_path / "out.csv"), "--on", DAY)
    assert result.exit_code == 2
    assert "no point of" in result.output
    assert not (tmp_path / "out.csv").exists()
