"""A year of reports."""

from __future__ import annotations

import datetime
from collections import Counter

import numpy as np
import pytest
import shapely

from gridmgmt import crs
from gridmgmt.cases.model import IncidentReport
from gridmgmt.city.read_profile import read_profile
from gridmgmt.demo.divisions import GEODATA
from gridmgmt.demo.draw import DrawnCity
from gridmgmt.demo.incidents import draw_reports
from gridmgmt.demo.network import Network
from gridmgmt.demo.places import Ground, survey
from tests.demo.conftest import SMALL, SRID

PROFILE = read_profile(GEODATA / "profiles" / "wuhan.toml")


@pytest.fixture(scope="module")
def ground(small_city: DrawnCity, small_network: Network) -> Ground:
    """Return the ground of the small city."""
    return survey(small_city.atoms, small_city.layout, small_network.lines, SRID)


@pytest.fixture(scope="module")
def reports(ground: Ground) -> list[IncidentReport]:
    """Return three thousand reports."""
    return draw_reports(np.random.default_rng(4), ground, 3_000, PROFILE, SMALL.today)


def test_reports_lie_within_the_year_before_today_and_mostly_by_day(reports: list[IncidentReport]) -> None:
    days = [report.reported_at.date() for report in reports]
    assert SMALL.today - datetime.timedelta(days=365) <= min(days)
    assert max(days) < SMALL.today
    assert sum(7 <= report.reported_at.hour < 19 for report in reports) > 0.75 * len(reports)
    assert [report.reported_at for report in reports] == sorted(report.reported_at for report in reports)


def test_a_few_percent_come_in_other_systems_and_some_of_them_wrongly(reports: list[IncidentReport]) -> None:
    systems = Counter(report.crs for report in reports)
    assert 0.03 < systems["gcj02"] / 3_000 < 0.07
    assert 0.01 < systems["bd09"] / 3_000 < 0.03
    assert systems["epsg:4547"] == 90
    assert 0.003 < sum("误报" in report.description for report in reports) / 3_000 < 0.02


def test_border_reports_lie_exactly_on_a_border(reports: list[IncidentReport], ground: Ground) -> None:
    border = [report for report in reports if report.crs == "epsg:4547"]
    for report in border:
        touched = ground.tree.query(shapely.Point(report.x, report.y), predicate="intersects")
        assert len(touched) >= 2


def test_a_rightly_declared_point_comes_back_beside_the_city(reports: list[IncidentReport], small_city: DrawnCity) -> None:
    city = shapely.union_all([district.shape for district in small_city.districts]).buffer(100)
    right = [report for report in reports if "误报" not in report.description and "以外" not in report.description]
    for name in ("wgs84", "gcj02", "bd09"):
        these = [report for report in right if report.crs == name]
        x, y = crs.to_storage_arrays([report.x for report in these], [report.y for report in these], name, SRID)
        assert shapely.contains_xy(city, x, y).all()


def test_outside_reports_lie_in_the_envelope_but_in_no_grid(reports: list[IncidentReport], ground: Ground) -> None:
    outside = [report for report in reports if "以外" in report.description and report.crs == "wgs84"]
    assert outside
    for report in outside:
        point = crs.to_storage(report.x, report.y, report.crs, PROFILE)
        assert len(ground.tree.query(shapely.Point(point), predicate="intersects")) == 0
