"""A programme from the command line: prepared, asked, solved, checked, compared, decided, written to files."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cli.main import cli
from gridmgmt.crs import crs_to_crs
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import Facility, FacilityKind, FacilityStatus, ProgrammeKind, Toilet
from gridmgmt.siting import preparation_store, set_store
from tests import toy_city
from tests.siting.drawn_set import AT

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def url(toy_url: str, session: Session) -> str:
    """Return the address of a toy city where 1,000 people live in the west and 500 in the east, with a shabby toilet."""
    for code, people in ((toy_city.WEST_COMMUNITY, 1000), (toy_city.EAST_COMMUNITY, 500)):
        session.execute(text("UPDATE area SET population = :people WHERE code = :code"), {"people": people, "code": code})
    shabby = Facility(
        "T1", FacilityKind.TOILET, "旧厕", FacilityStatus.OPEN, shapely.Point(toy_city.point(50, 50)), "toy", details=Toilet(toilet_class=3)
    )
    facilities_store.add_facilities(session, [shabby])
    session.commit()
    return toy_url


def run(url: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["siting", *map(str, arguments)], env={"GRIDMGMT_DATABASE_URL": url})


def good(url: str, *arguments: str | Path) -> str:
    found = run(url, *arguments)
    assert found.exit_code == 0, found.output
    return found.output


def wells(folder: Path) -> Path:
    """Write a layer with a well at the toy point 100, 10."""
    lon, lat = crs_to_crs(*toy_city.point(100, 10), "epsg:4547", "wgs84")
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [float(lon), float(lat)]}}
    path = folder / "wells.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def test_what_was_dropped_and_what_was_not_checked_is_said(url: str, tmp_path: Path, session: Session) -> None:
    said = good(
        url,
        "prepare",
        "toilets",
        "--on",
        "2026-03-01",
        "--step",
        "20",
        "--layer",
        f"drinking_water_source={wells(tmp_path)}",
        "--dropped-to",
        tmp_path,
    )
    written = gpd.read_file(tmp_path / "siting_dropped.gpkg")
    near_a_well = written[written["rule"] == "keep_away:drinking_water_source"]
    assert len(near_a_well)
    assert near_a_well["detail"].str.endswith("< 30 m").all()
    assert "1,500 people" in said
    assert "dropped keep_away:drinking_water_source: " in said
    assert "not checked keep_away:water_tank (GB 55013-2021 5.0.4): no layer water_tank was given" in said
    dropped = set_store.read_candidates(session, 1, dropped=True)
    near = dropped.xy[dropped.dropped == "keep_away:drinking_water_source"] - toy_city.point(100, 10)
    assert len(near)
    assert (np.hypot(*near.T) < 30).all()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--layer", "wells"), "is not SUBJECT=FILE"),
        (("--settings-that-are-not",), "No such option"),
    ],
)
def test_a_wrong_flag_is_named_and_nothing_is_stored(url: str, session: Session, flags: tuple[str, ...], words: str) -> None:
    found = run(url, "prepare", "toilets", *flags)
    assert found.exit_code == 2
    assert words in found.output
    assert set_store.list_sets(session) == []


def test_a_scenario_asks_for_what_the_programme_lacks_by_year_and_a_bad_setting_is_named(url: str) -> None:
    good(url, "prepare", "toilets", "--on", "2026-03-01")
    assert "scenario 1: 全市, Most covered by p sites, 300 m (Straight line), 300 sites" in good(
        url, "new", "全市", "--set", "1", "--by-year"
    )
    assert "radius_m" in run(url, "new", "坏", "--set", "1", "--radius", "-5").output
    assert "there is a scenario '全市' already" in run(url, "new", "全市", "--set", "1").output
    assert "there is no prepared set 9" in run(url, "new", "无", "--set", "9").output
    assert "全市" in good(url, "scenarios")


@pytest.mark.slow
def test_a_programme_from_the_map_to_the_register(url: str, tmp_path: Path, session: Session) -> None:
    good(url, "prepare", "toilets", "--on", "2026-03-01", "--step", "20")
    asked = ("--set", "1", "--sites", "2", "--radius", "60", "--forced", "U-T1", "--time-limit", "30")
    for name, distance in (("直线", "straight"), ("步行", "walking")):
        good(url, "new", name, *asked, "--distance", distance)
    straight, walking = good(url, "solve", "1"), good(url, "solve", "2")
    for said in (straight, walking):
        assert "proved optimal" in said
        assert "U-T1" in said
        assert "straight" in said
        assert "walking" in said
    for plan in ("1", "2"):
        assert "holds: value, rules and bound were recomputed" in good(url, "check", plan)
    assert "sites in common" in good(url, "compare", "1", "2")
    assert "yes" in good(url, "plans")

    good(url, "decide", "1", "1", "accepted", "--year", "2025", "--on", "2026-03-05")
    assert "a refusal needs a reason" in run(url, "decide", "1", "2", "refused").output
    good(url, "decide", "1", "2", "refused", "--reason", "管线")
    counted = [(one.year, one.facilities) for one in facilities_store.count_programme(session)]
    assert counted == [(2025, 1)]
    assert {one.programme for one in facilities_store.count_programme(session)} <= {ProgrammeKind.NEW, ProgrammeKind.REBUILT}

    good(url, "export", "1", "--format", "gpkg", "--to", tmp_path)
    sites = gpd.read_file(tmp_path / "siting_plan_1.gpkg")
    assert len(sites) == 2
    assert len(gpd.read_file(tmp_path / "siting_demand.gpkg")) > 0


@pytest.mark.slow
def test_a_plan_changed_in_the_database_does_not_pass_the_check(url: str, session: Session) -> None:
    good(url, "prepare", "toilets", "--on", "2026-03-01", "--step", "20")
    good(url, "new", "全市", "--set", "1", "--sites", "1", "--radius", "60", "--time-limit", "30")
    good(url, "solve", "1")
    session.execute(text("ALTER TABLE siting_plan DISABLE TRIGGER siting_plan_is_never_changed"))
    session.execute(text("UPDATE siting_plan SET plan = jsonb_set(plan, '{objective}', to_jsonb((plan->>'objective')::int + 1))"))
    session.commit()
    found = run(url, "check", "1")
    assert found.exit_code == 1
    assert "does not hold" in found.output


def test_a_set_asked_for_on_the_page_is_prepared_or_says_why_not(url: str, session: Session) -> None:
    day = datetime.date(2026, 3, 1)
    asked = preparation_store.ask(session, FacilityKind.TOILET, day, at=AT, by="规划员")
    early = preparation_store.ask(session, FacilityKind.COLLECTION_HOUSE, datetime.date(1990, 1, 1), at=AT, by="规划员")
    session.commit()
    good(url, "prepare-asked", str(asked.id))
    assert run(url, "prepare-asked", str(early.id)).exit_code == 2
    session.expire_all()
    done, refused = (preparation_store.get_preparation(session, one.id) for one in (asked, early))
    assert done.set_id is not None
    prepared = set_store.get_set(session, done.set_id)
    assert (prepared.made_by, prepared.summary["demand"]["people"]) == ("规划员", 1500)
    assert "没有边界数据" in refused.words_zh
    assert good(url, "prepare-asked", str(asked.id)) == ""
