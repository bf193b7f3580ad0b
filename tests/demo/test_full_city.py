"""The city at its full size, and with real layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.demo import store
from gridmgmt.demo.check import check_boundaries
from gridmgmt.demo.draw import draw_city
from gridmgmt.demo.network import REAL_SOURCE
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.demo.real_shapes import read_communities
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import GeometrySource
from tests.demo.conftest import SMALL, SRID, build_into

pytestmark = pytest.mark.slow


def test_the_full_city_has_the_promised_numbers(empty_url: str, make_session: Callable[[str], Session]) -> None:
    build_into(empty_url, DemoPlan())
    counts = store.count_everything(make_session(empty_url))
    assert (counts["区"], counts["街道"], counts["社区（村）"]) == (13, 193, 3_495)
    assert counts["单元网格"] == pytest.approx(40_000, abs=50)
    assert 15_000 <= counts["路段"] <= 25_000
    assert counts["公共厕所"] == 4_500
    assert counts["案卷"] == 30_000


def test_real_layers_take_the_place_of_drawn_ones(shared_data: Path, empty_url: str, make_session: Callable[[str], Session]) -> None:
    communities, roads = shared_data / "wuhan_communities_2015_wgs84.geojson.gz", shared_data / "wuhan_roads_osm_20240315.geojson.gz"
    steps = build_into(empty_url, dataclasses.replace(SMALL, communities=communities, roads=roads, incidents=50))
    assert any("942 and 950 overlap" in step for step in steps)
    session = make_session(empty_url)
    areas = hierarchy_store.list_areas(session, Level.COMMUNITY, on=SMALL.today)
    real = [area for area in areas if area.geometry_source is GeometrySource.IMPORTED]
    nameless = [area for area in areas if area.shape is None]
    assert len(real) > 80
    assert nameless
    assert all(area.name and area.name.startswith("2015年社区面 #") and area.code[9:] >= "600" for area in real)
    assert len({area.code for area in areas}) == len(areas) == len(real) + 238
    check_boundaries(area for level in Level for area in hierarchy_store.list_areas(session, level, on=SMALL.today))
    statement = text("SELECT count(*) FROM road_segment WHERE source = :source")
    assert session.execute(statement, {"source": REAL_SOURCE}).scalar_one() > 15_000


def test_a_real_community_keeps_its_shape_where_its_district_reaches(shared_data: Path) -> None:
    path = shared_data / "wuhan_communities_2015_wgs84.geojson.gz"
    city = draw_city(dataclasses.replace(SMALL, communities=path, districts=("420103",), unit_grids=600), SRID)
    sources = {item.number: item for item in read_communities(path, SRID)[0]}
    districts = shapely.union_all([district.shape for district in city.districts])
    whole = 0
    for number in np.unique(city.atoms.real[city.atoms.real >= 0]).tolist():
        drawn = shapely.coverage_union_all(city.atoms.shapes[city.atoms.real == number])
        if any(district.shape.buffer(-1).covers(sources[number].shape) for district in city.districts):
            assert shapely.symmetric_difference(drawn, sources[number].shape).area < 2_500
            whole += 1
        assert shapely.difference(drawn, districts.buffer(0.01)).area < 1e-3
    assert whole > 20
