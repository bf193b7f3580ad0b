"""The real layers through the command line: dry run, commit, and every false claim about their coordinates."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from gridmgmt.crs import crs_to_crs
from tests.cli.imports import City

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.slow]

PROFILE = """
name = "武汉(区、社区)"
storage_srid = 4547
envelope = [113.6, 29.9, 115.2, 31.4]
time_zone = "Asia/Shanghai"
code_scheme = "local"
levels = ["district", "community", "unit_grid"]
catalogue_standard = "GB/T 47678.5-2026"
[snap_limits]
default_m = 50.0
"""
COMMUNITY = ("--level", "community", "--map", "code=cid", "--map", "parent_code=district_adcode")
DISTRICT = ("--level", "district", "--map", "code=adcode")
START = ("--commit", "--edition-from", "2015-01-01")


@pytest.fixture(scope="module")
def districts_template(
    shared_data: Path, migrated_template: str, new_database: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """URL of a city of two levels with the 13 real districts; copied, never used itself."""
    url = new_database(migrated_template)
    folder = tmp_path_factory.mktemp("real")
    profile = folder / "profile.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMGMT_DATABASE_URL", url)
        city = City(url, folder)
        assert city.run("city", "init", profile).exit_code == 0
        districts = shared_data / "wuhan_districts_amap_wgs84.geojson.gz"
        result = city.run("ingest", "areas", districts, "--crs", "wgs84", *DISTRICT, "--report", folder, *START)
        assert result.exit_code == 0, result.output
        city.engine.dispose()
    return url


@pytest.fixture
def city(districts_template: str, new_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    url = new_database(districts_template)
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", url)
    opened = City(url, tmp_path)
    yield opened
    opened.engine.dispose()


def moved(source: Path, target: Path, convert: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> Path:
    """Write a copy of a GeoJSON layer with other coordinates."""
    document = json.loads(gzip.decompress(source.read_bytes()))
    for feature in document["features"]:
        shape = shapely.transform(shapely.from_geojson(json.dumps(feature["geometry"])), convert)
        feature["geometry"] = json.loads(shapely.to_geojson(shape))
    target.write_text(json.dumps(document), encoding="utf-8")
    return target


def test_the_communities_say_what_is_wrong_and_go_in_when_it_is_accepted(city: City, shared_data: Path) -> None:
    command = (
        "ingest",
        "areas",
        shared_data / "wuhan_communities_2015_wgs84.geojson.gz",
        "--crs",
        "wgs84",
        *COMMUNITY,
        "--report",
        city.folder,
    )
    dry = city.run(*command)
    assert dry.exit_code == 1
    assert "it fits what is stored" in dry.output
    faults = city.faults("wuhan_communities_2015_wgs84")
    assert [row["code"] for row in faults if row["kind"] == "invalid"] == ["739"]
    (overlap,) = [row for row in faults if row["kind"] == "overlap"]
    assert overlap["code"] == "942"
    assert overlap["reason"].startswith("overlaps 950 (feature 951) by 13,808,0")
    refused = city.run(*command, *START, "--fix")
    assert refused.exit_code == 2
    assert city.one("SELECT count(*) FROM area WHERE level = 'community'") == 0
    accepted = ("--accept", "overlap=源数据如此", "--accept", "outside_parent=区界与社区界来源不同")
    done = city.run(*command, *START, "--fix", *accepted)
    assert done.exit_code == 0, done.output
    assert city.one("SELECT count(*) FROM area WHERE level = 'community'") == 974
    assert city.one("SELECT sum(population) FROM area WHERE level = 'community'") == 6_292_788
    again = city.run(*command, *START, "--fix", *accepted)
    assert "no change, nothing written" in again.output


def test_the_coarser_districts_are_a_reshaping_of_the_finer_ones(city: City, shared_data: Path) -> None:
    coarse = shared_data / "wuhan_districts_tianditu_wgs84.geojson.gz"
    command = ("ingest", "areas", coarse, "--crs", "wgs84", *DISTRICT, "--report", city.folder)
    result = city.run(*command, "--commit", "--edition-from", "2020-01-01")
    assert result.exit_code == 0, result.output
    assert "reshaped 13; unchanged 0" in result.output
    assert city.one("SELECT count(*) FROM area WHERE level = 'district'") == 26
    assert city.one("SELECT max(abs(area_change_percent)) FROM area_change WHERE kind = 'reshaped'") < 10


def test_the_roads_go_in_and_again_change_nothing(city: City, shared_data: Path) -> None:
    roads = shared_data / "wuhan_roads_osm_20240315.geojson.gz"
    command = (
        "ingest",
        "roads",
        roads,
        "--crs",
        "wgs84",
        "--map",
        "code=osm_id",
        "--report",
        city.folder,
        "--commit",
        "--from",
        "2024-03-15",
    )
    result = city.run(*command)
    assert result.exit_code == 0, result.output
    assert city.one("SELECT count(DISTINCT split_part(code, '-', 1)) FROM road_segment") == 15_868
    assert 13_200 < city.one("SELECT sum(length_m) / 1000 FROM road_segment") < 13_320
    assert city.one("SELECT count(*) FROM road_segment WHERE road_class = 'other'") == 0
    assert "no change, nothing written" in city.run(*command).output


@pytest.mark.parametrize("truth", ["gcj02", "bd09"])
def test_a_layer_in_a_web_maps_system_called_wgs84_is_refused_with_figures(city: City, shared_data: Path, truth: str) -> None:
    path = moved(
        shared_data / "wuhan_districts_tianditu_wgs84.geojson.gz",
        city.folder / "claimed.geojson",
        lambda xy: np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], "wgs84", truth)),
    )
    command = ("ingest", "areas", path, *DISTRICT, "--edition-from", "2020-01-01")
    dry = city.run(*command, "--crs", "wgs84")
    assert dry.exit_code == 1
    assert f"as {truth[:-2].upper()}-{truth[-2:]}" in dry.output
    refused = city.run(*command, "--crs", "wgs84", "--commit")
    assert refused.exit_code == 2
    assert "nothing was committed: claimed wgs84, but it fits better" in refused.output
    assert city.one("SELECT count(*) FROM boundary_edition") == 1
    named = city.run(*command, "--crs", truth, "--commit")
    assert named.exit_code == 0, named.output
    assert city.one("SELECT crs FROM ingest_run ORDER BY id DESC LIMIT 1") == truth


def test_the_operator_may_insist(city: City, shared_data: Path) -> None:
    path = moved(
        shared_data / "wuhan_districts_tianditu_wgs84.geojson.gz", city.folder / "off.geojson", lambda xy: xy + np.array([0.0055, -0.0024])
    )
    result = city.run("ingest", "areas", path, "--crs", "wgs84", *DISTRICT, "--commit", "--edition-from", "2020-01-01", "--crs-is-right")
    assert result.exit_code == 0, result.output
    assert city.one("SELECT summary -> 'crs_is_right' FROM ingest_run ORDER BY id DESC LIMIT 1") is True


def test_swapped_axes_are_named_and_can_be_read(city: City, shared_data: Path) -> None:
    path = moved(shared_data / "wuhan_districts_tianditu_wgs84.geojson.gz", city.folder / "swapped.geojson", lambda xy: xy[:, ::-1])
    command = ("ingest", "areas", path, "--crs", "wgs84", *DISTRICT, "--commit", "--edition-from", "2020-01-01")
    refused = city.run(*command)
    assert refused.exit_code == 2
    assert "with swapped axes" in refused.output
    done = city.run(*command, "--swap-axes")
    assert done.exit_code == 0, done.output
