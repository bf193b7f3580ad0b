"""``gridmgmt ingest`` as an operator uses it: every planted fault gets its answer, and nothing is written without --commit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shapely import MultiLineString
from sqlalchemy import text

from gridmgmt.city.model import Level
from gridmgmt.crs import crs_to_crs
from gridmgmt.hierarchy.model import Area
from tests.cli.imports import IN_4547, City
from tests.ingest.layers import write_areas, write_geojson, write_segments
from tests.toy_city import AREAS, NORTH_WEST, SEGMENTS, SOUTH_EAST, SOUTH_WEST, WEST_COMMUNITY, area, point, rectangle

pytestmark = pytest.mark.usefixtures("english")

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
DAY = ("--commit", "--edition-from", "2026-01-01")


def wider() -> list[Area]:
    return [
        area(Level.UNIT_GRID, SOUTH_WEST, None, WEST_COMMUNITY, rectangle(0, 0, 100, 110)),
        area(Level.UNIT_GRID, NORTH_WEST, None, WEST_COMMUNITY, rectangle(0, 110, 100, 200)),
        *GRIDS[2:],
    ]


def test_a_dry_run_shows_the_difference_and_writes_nothing(city: City) -> None:
    result = city.areas(wider())
    assert result.exit_code == 0, result.output
    assert "+10.00 %" in result.output
    assert "-10.00 %" in result.output
    assert "dry run: nothing written" in result.output
    assert city.one("SELECT count(*) FROM area") == 9
    assert city.one("SELECT count(*) FROM ingest_run") == 0


def test_a_commit_writes_edition_history_and_record_and_again_is_no_change(city: City) -> None:
    first = city.areas(wider(), *DAY, "--edition-name", "二〇二六版")
    assert first.exit_code == 0, first.output
    assert city.one("SELECT name FROM boundary_edition WHERE valid_from = '2026-01-01'") == "二〇二六版"
    assert city.one("SELECT count(*) FROM area WHERE valid_to = '2026-01-01'") == 2
    assert city.one("SELECT count(*) FROM area_change WHERE kind = 'reshaped'") == 2
    assert city.one("SELECT summary -> 'changes' FROM ingest_run") == {"unit_grid": {"reshaped": 2, "attributes": 2}}
    again = city.areas(wider(), *DAY)
    assert again.exit_code == 0, again.output
    assert "no change, nothing written" in again.output
    assert city.one("SELECT count(*) FROM ingest_run") == 1


def test_a_commit_needs_the_first_day_of_its_edition(city: City) -> None:
    result = city.areas(wider(), "--commit")
    assert result.exit_code == 2
    assert "edition-from: is missing" in result.output
    assert city.one("SELECT count(*) FROM boundary_edition") == 1


def test_the_crs_has_no_default(city: City) -> None:
    path = city.folder / "points.csv"
    path.write_text("code,lon,lat\n1,114,30\n", encoding="utf-8")
    result = city.run("ingest", "areas", "--level", "unit_grid", path)
    assert result.exit_code == 2
    assert "does not say its coordinate system" in result.output


def test_a_new_mapping_is_remembered_for_the_file(city: City) -> None:
    path = write_geojson(
        city.folder / "grids.geojson",
        [each.shape for each in wider()],
        [{"Kennung": each.code, "Teil von": each.parent_code} for each in wider()],
    )
    flags = ("--map", "code=Kennung", "--map", "parent_code=Teil von")
    assert city.run("ingest", "areas", "--level", "unit_grid", path, *IN_4547, *flags, *DAY).exit_code == 0
    again = city.run("ingest", "areas", "--level", "unit_grid", path, *IN_4547)
    assert again.exit_code == 0, again.output
    assert "unchanged 4" in again.output


def test_an_overlap_blocks_until_it_is_accepted_with_a_reason(city: City) -> None:
    overlapping = [area(Level.UNIT_GRID, SOUTH_WEST, None, WEST_COMMUNITY, rectangle(0, 0, 100, 120)), *GRIDS[1:]]
    refused = city.areas(overlapping, *DAY)
    assert refused.exit_code == 2
    assert "nothing was committed: 1 × overlap" in refused.output
    assert [(row["feature"], row["code"], row["kind"]) for row in city.faults() if row["blocking"] == "yes"] == [
        ("1", SOUTH_WEST, "overlap")
    ]
    assert (city.folder / "source.faults.gpkg").exists()
    assert city.one("SELECT count(*) FROM area WHERE valid_to IS NOT NULL") == 0
    bare = city.areas(overlapping, *DAY, "--accept", "overlap")
    assert "accept: overlap: say why" in bare.output
    accepted = city.areas(overlapping, *DAY, "--accept", "overlap=争议地段,待勘界")
    assert accepted.exit_code == 0, accepted.output
    assert city.one("SELECT summary -> 'reasons' ->> 'overlap' FROM ingest_run") == "争议地段,待勘界"
    assert city.one("SELECT summary -> 'accepted' FROM ingest_run") == {"overlap": 1}


def test_a_code_that_does_not_nest_can_never_be_accepted(city: City) -> None:
    stray = area(Level.UNIT_GRID, "420100002001777", None, WEST_COMMUNITY, rectangle(0, 0, 100, 100))
    result = city.areas([stray, *GRIDS[1:]], *DAY)
    assert result.exit_code == 2
    assert "1 × broken_nesting" in result.output
    refused = city.areas([stray, *GRIDS[1:]], *DAY, "--accept", "broken_nesting=x")
    assert "'broken_nesting' cannot be accepted" in refused.output


def broken(city: City) -> Path:
    """Write four grids: the ring of the third ends in a word, that of the fourth is not closed."""
    path = write_areas(city.folder / "source.geojson", wider())
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"][2]["geometry"]["coordinates"][0][0][1] = ["东", 1]
    del document["features"][3]["geometry"]["coordinates"][0][0][-1]
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_an_unclosed_ring_is_closed_and_said_and_an_unreadable_one_keeps_nothing_else_from_being_read(city: City) -> None:
    dry = city.run("ingest", "areas", "--level", "unit_grid", broken(city), *IN_4547)
    assert dry.exit_code == 1
    assert "3 usable, 1 left out" in dry.output
    found = {(row["feature"], row["code"], row["kind"], row["blocking"]) for row in city.faults()}
    assert ("3", SOUTH_EAST, "unreadable", "yes") in found
    assert ("4", GRIDS[3].code, "unclosed_ring", "no") in found


def test_what_is_left_out_stays_as_it_is_stored(city: City) -> None:
    accepted = city.run(
        "ingest", "areas", "--level", "unit_grid", broken(city), *IN_4547, *DAY, "--accept", "unreadable=下次补测"
    )  # fmt: skip
    assert accepted.exit_code == 0, accepted.output
    assert "removed" not in accepted.output
    assert city.one(f"SELECT valid_to IS NULL FROM area WHERE code = '{SOUTH_EAST}'")
    assert city.one("SELECT rejected FROM ingest_run") == 1


def test_gbk_text_is_guessed_and_said_and_read_right(city: City) -> None:
    path = city.folder / "codes.csv"
    rows = "编码,名称,上级编码,层级\n420100001,西湖街道,420100,街道\n420100002,东街道,420100,街道\n"
    path.write_bytes(rows.encode("gbk"))
    result = city.run("ingest", "codes", path, *DAY)
    assert result.exit_code == 0, result.output
    assert "read as GB18030 (GBK), guessed" in result.output
    assert city.one("SELECT name FROM area WHERE code = '420100001' AND valid_to IS NULL") == "西湖街道"


def test_levels_are_imported_from_the_top(empty_url: str, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", empty_url)
    profile = Path(__file__).resolve().parents[2] / "geodata" / "profiles" / "wuhan.toml"
    assert city.run("db", "migrate").exit_code == 0
    assert city.run("city", "init", profile).exit_code == 0
    result = city.areas(GRIDS)
    assert result.exit_code == 1
    assert "no community is stored yet" in result.output


def test_one_parents_children_alone_leave_the_rest(city: City) -> None:
    result = city.areas(wider()[:2], *DAY, "--under", WEST_COMMUNITY)
    assert result.exit_code == 0, result.output
    assert city.one("SELECT count(*) FROM area WHERE level = 'unit_grid' AND valid_to IS NULL") == 4
    unknown = city.areas(wider()[:2], "--under", "420100777")
    assert unknown.exit_code == 2
    assert "no area in force has the code 420100777" in unknown.output


def test_a_part_of_the_city_is_not_taken_for_all_of_it(city: City) -> None:
    strips = [
        area(Level.UNIT_GRID, f"4201000010011{i:02d}", None, WEST_COMMUNITY, rectangle(0, i * 10, 100, i * 10 + 10)) for i in range(10)
    ]
    assert city.areas([*strips, *GRIDS[1:]], *DAY).exit_code == 0
    part = city.areas(strips[:2], "--commit", "--edition-from", "2026-06-01")
    assert part.exit_code == 2
    assert "nothing was committed: 1 × mass_removal" in part.output
    assert city.areas(strips[:2], "--commit", "--edition-from", "2026-06-01", "--partial").exit_code == 0
    meant = city.areas(strips[:2], "--commit", "--edition-from", "2026-06-01", "--accept", "mass_removal=拆分前的试点已结束")
    assert meant.exit_code == 0, meant.output
    assert city.one("SELECT count(*) FROM area WHERE level = 'unit_grid' AND valid_to IS NULL") == 2


def test_an_invalid_polygon_can_be_repaired(city: City) -> None:
    x, y = point(0, 0)
    ring = [[x, y], [x + 100, y + 100], [x + 100, y], [x, y + 100], [x, y]]
    path = write_areas(city.folder / "source.geojson", GRIDS)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"][0]["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    path.write_text(json.dumps(document), encoding="utf-8")
    refused = city.run("ingest", "areas", "--level", "unit_grid", path, *IN_4547)
    assert refused.exit_code == 1
    assert "--fix repairs it" in " ".join(row["reason"] for row in city.faults())
    fixed = city.run("ingest", "areas", "--level", "unit_grid", path, *IN_4547, "--fix", *DAY)
    assert fixed.exit_code == 0, fixed.output
    assert city.one(f"SELECT area_m2 FROM area WHERE code = '{SOUTH_WEST}' AND valid_to IS NULL") == pytest.approx(5000)


def test_a_correction_is_applied_on_the_way_in(city: City) -> None:
    table = city.folder / "corrections.csv"
    table.write_text(
        "layer,key,field,old_value,new_value,reason,who,date\n"
        f"unit_grid,{SOUTH_EAST},name,,码头,现场核实,张三,2026-02-01\nunit_grid,{NORTH_WEST},name,旧,新,x,张三,2026-02-01\n",
        encoding="utf-8",
    )
    result = city.areas(GRIDS, *DAY, "--corrections", str(table))
    assert result.exit_code == 0, result.output
    assert "expects '旧' but the source says None; not applied" in result.output
    assert city.one(f"SELECT name FROM area WHERE code = '{SOUTH_EAST}' AND valid_to IS NULL") == "码头"


def test_what_a_file_says_is_never_read_as_markup(city: City) -> None:
    named = [area(Level.COMMUNITY, WEST_COMMUNITY, "[red]\x1b[31m社区[/red]", "420100001", rectangle(0, 0, 100, 200)), AREAS[4]]
    result = city.areas(named, level="community")
    assert result.exit_code == 0, result.output
    assert "[red]" in result.output
    assert "\x1b" not in result.output


def test_roads_are_classed_split_and_dated(city: City) -> None:
    redrawn = [*SEGMENTS[:2]]
    path = write_segments(city.folder / "roads.geojson", redrawn)
    document = json.loads(path.read_text(encoding="utf-8"))
    far = MultiLineString([[point(0, 50), point(50, 50)], [point(150, 50), point(200, 50)]])
    joined = MultiLineString([[point(0, 60), point(50, 60)], [point(50, 60), point(200, 60)]])
    for code, shape, name in (("R4", far, "primary_link"), ("R5", joined, "支路")):
        geometry = {"type": "MultiLineString", "coordinates": [list(map(list, line.coords)) for line in shape.geoms]}
        document["features"].append({"type": "Feature", "properties": {"code": code, "fclass": name, "name": None}, "geometry": geometry})
    path.write_text(json.dumps(document), encoding="utf-8")
    command = ("ingest", "roads", path, *IN_4547)
    dry = city.run(*command)
    assert dry.exit_code == 0, dry.output
    assert city.one("SELECT count(*) FROM road_segment") == 3
    missing = city.run(*command, "--commit")
    assert "from: is missing" in missing.output
    done = city.run(*command, "--commit", "--from", "2026-01-01")
    assert done.exit_code == 0, done.output
    with city.engine.connect() as connection:
        rows = connection.execute(text("SELECT code, road_class, round(length_m), valid_to IS NULL FROM road_segment ORDER BY code")).all()
    assert [tuple(row) for row in rows] == [
        ("R1", "primary", 200, True), ("R2", "tertiary", 200, True), ("R3", "tertiary", 200, False),
        ("R4-1", "primary", 50, True), ("R4-2", "primary", 50, True), ("R5", "tertiary", 200, True),
    ]  # fmt: skip
    again = city.run(*command, "--commit", "--from", "2026-01-01")
    assert "no change, nothing written" in again.output


def test_a_road_that_ends_under_somebodys_post_is_said(city: City) -> None:
    path = write_segments(city.folder / "roads.geojson", list(SEGMENTS[1:]))
    result = city.run("ingest", "roads", path, *IN_4547)
    assert result.exit_code == 0, result.output
    assert "somebody still holds a post" in result.output


def test_codes_from_a_spreadsheet(city: City) -> None:
    path = city.folder / "codes.xlsx"
    rows = [("420100", "玩具区", "", "区"), ("420100001", "西大街道", "420100", "街道"), ("420100002", "东街道", "420100", "街道")]
    pd.DataFrame(rows, columns=["编码", "名称", "上级编码", "层级"]).to_excel(path, index=False)
    result = city.run("ingest", "codes", path, *DAY)
    assert result.exit_code == 0, result.output
    assert city.one("SELECT name FROM area WHERE code = '420100001' AND valid_to IS NULL") == "西大街道"
    assert city.one("SELECT area_m2 FROM area WHERE code = '420100001' AND valid_to IS NULL") == pytest.approx(20_000)


OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="{south}" lon="{west}"/><node id="2" lat="{north}" lon="{west}"/><node id="3" lat="{south}" lon="{east}">
<tag k="amenity" v="toilets"/><tag k="name" v="OSM 公厕"/></node>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="name" v="中山大道"/></way></osm>"""


def test_an_openstreetmap_extract_needs_no_flags(city: City) -> None:
    corners = np.array([point(10, 10), point(90, 90)])
    (west, east), (south, north) = crs_to_crs(corners[:, 0], corners[:, 1], "epsg:4547", "wgs84")
    path = city.folder / "hubei.osm"
    path.write_text(OSM.format(west=west, east=east, south=south, north=north), encoding="utf-8")
    roads = city.run("ingest", "roads", path, "--from", "2026-01-01", "--partial", "--crs-is-right", "--commit")
    assert roads.exit_code == 0, roads.output
    assert city.one("SELECT name FROM road_segment WHERE code = 'W10-1'") == "中山大道"
    toilets = city.run("ingest", "facilities", "toilet", path, "--commit")
    assert toilets.exit_code == 0, toilets.output
    assert city.one("SELECT name FROM facility WHERE code = 'N3'") == "OSM 公厕"
