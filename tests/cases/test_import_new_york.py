"""New York's requests of one day fall into the tracts an independent join found: nothing is Wuhan's."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
import zoneinfo
from pathlib import Path

import pytest
import shapely
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.import_reports import import_reports
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.city.read_profile import read_profile
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.ingest.place import place
from gridmgmt.ingest.points import read_points
from gridmgmt.ingest.read_layer import read_layer
from gridmgmt.ingest.report_rows import WANTED, to_report_rows

PROFILE = read_profile(Path(__file__).resolve().parents[2] / "geodata" / "profiles" / "nyc.toml")
START = datetime.date(2010, 1, 1)


def load_tracts(session: Session, data: Path) -> dict[str, str]:
    """Store the census tracts as unit grids; return the borough of each."""
    layer = place(read_layer(data / "nyc_census_tracts_2010.geojson.gz"), crs="wgs84", profile=PROFILE)
    codes, boroughs = layer.attributes["BoroCT2010"].tolist(), layer.attributes["BoroName"].tolist()
    shapes = shapely.make_valid(layer.shapes, method="structure", keep_collapsed=False)
    parts = [shapely.MultiPolygon(list(shapely.get_parts(shape))) for shape in shapes]
    city_store.save_profile(session, PROFILE)
    hierarchy_store.open_edition(session, name="2010", valid_from=START)
    areas = [
        Area(Level.UNIT_GRID, code, None, None, shape, GeometrySource.IMPORTED, START) for code, shape in zip(codes, parts, strict=True)
    ]
    hierarchy_store.add_areas(session, areas)
    return dict(zip(codes, boroughs, strict=True))


@pytest.mark.slow
def test_the_requests_of_a_day_reproduce_the_independent_join(empty_session: Session, shared_data: Path) -> None:
    borough_of = load_tracts(empty_session, shared_data)
    expected = json.loads((shared_data / "nyc_expected.json").read_text(encoding="utf-8"))
    recorded = {"address": "Borough"}  # any column may stand for any field: here the recorded borough rides along
    table = read_points(shared_data / "nyc311_2013-12.csv.gz", crs="wgs84", mapping=recorded, wanted=WANTED)
    rows, rejected = to_report_rows(table, time_zone=zoneinfo.ZoneInfo(PROFILE.time_zone), source="311")
    assert (len(rows) + len(rejected), len(rejected)) == (expected["rows"], expected["no_coordinates"])
    values = [dataclasses.asdict(row) for row in rows]
    reports = [IncidentReport(**{k: v for k, v in one.items() if k != "row"}, crs="wgs84", source=ReportSource.IMPORT) for one in values]
    result = import_reports(empty_session, reports, profile=PROFILE, now=datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC))
    assert (result.added, result.rejected) == (len(rows), ())
    found = store.list_cases(empty_session, limit=len(rows))
    assert sum(case.unit_grid_code is None for case, _ in found) == expected["unassigned"]
    assert sum(bool(case.shared_with) for case, _ in found) == expected["ambiguous"]
    tracts = collections.Counter(case.unit_grid_code for case, _ in found)
    assert len(tracts) == expected["tracts_hit"]
    assert {code: tracts[code] for code in expected["max_tract"]} == expected["max_tract"]
    boroughs = [borough_of[case.unit_grid_code or ""] for case, _ in found]
    assert collections.Counter(boroughs) == expected["by_borough"]
    agreeing = sum(report.address == borough.upper() for (_, report), borough in zip(found, boroughs, strict=True))
    assert round(agreeing / len(found), 4) == expected["borough_agreement"]
