"""Plans in the browser: the map's points, the table, two plans compared."""

from __future__ import annotations

import gzip
import json
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt import crs
from gridmgmt.siting.scenario import SavedPlan, Scenario
from tests import toy_city
from tests.web import siting_city
from tests.web.desk import door_of
from tests.web.people import sign_in

SELECTED = (2, 11, 23, 31, 47, 58)
TYPES = {"int32": "<i4", "float32": "<f4", "float64": "<f8", "uint16": "<u2", "uint8": "u1"}


@pytest.fixture
def planned(app: Flask) -> tuple[Scenario, SavedPlan]:
    """Store a scenario of the toy city and a plan of six candidates."""
    with door_of(app).sessions.begin() as session:
        scenario = siting_city.ask_for(session, siting_city.prepare(session), years={2021: 2, 2022: 4}, spacing_m=5.0)
        return scenario, siting_city.plan_for(session, scenario, SELECTED)


@pytest.fixture
def planner(client: FlaskClient) -> FlaskClient:
    """Sign a planner in."""
    sign_in(client, "planner", everything=True)
    return client


def unpack(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return head and arrays of a file of points, read as its description says."""
    length = int.from_bytes(body[:4], "little")
    head, at, arrays = json.loads(body[4 : 4 + length]), 4 + length, {}
    for name, kind, count in head["arrays"]:
        assert at % 8 == 0
        arrays[name] = np.frombuffer(body, TYPES[kind], count, at)
        at += -(-arrays[name].nbytes // 8) * 8
    assert at == len(body)
    return head, arrays


def test_the_points_are_those_of_the_set(planner: FlaskClient, planned: tuple[Scenario, SavedPlan]) -> None:
    answer = planner.get(f"/siting/{planned[0].id}/points", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "max-age" in answer.headers["Cache-Control"]
    head, arrays = unpack(gzip.decompress(answer.data))
    tables = siting_city.draw()
    for key, xy in (("d", tables.demand.xy), ("c", tables.candidates.xy), ("s", tables.standing.xy[tables.standing.meets])):
        metres = np.column_stack([arrays[f"{key}x"], arrays[f"{key}y"]]) / 1024 + head["origin"]
        assert np.array_equal(metres, xy)
        lon, lat = crs.crs_to_crs(xy[:, 0], xy[:, 1], "epsg:4547", crs.WGS84)
        assert np.abs(arrays[f"{key}lon"].astype(float) + head["middle"][0] - lon).max() < 1e-7
        assert np.abs(arrays[f"{key}lat"].astype(float) + head["middle"][1] - lat).max() < 1e-7
    assert np.array_equal(arrays["weight"], tables.demand.people)
    assert head["limit"] == (30 * 1024) ** 2
    assert head["spacing_limit"] == (5 * 1024) ** 2 - 1
    assert [head["areas"][at][0] for at in sorted(set(arrays["coffice"].tolist()))] == [toy_city.WEST, toy_city.EAST]


def test_a_browser_without_gzip_gets_the_same_points(planner: FlaskClient, planned: tuple[Scenario, SavedPlan]) -> None:
    address = f"/siting/{planned[0].id}/points"
    plain = planner.get(address, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.data == gzip.decompress(planner.get(address, headers={"Accept-Encoding": "gzip"}).data)


def test_degrees_become_metres_to_the_millimetre(planner: FlaskClient, planned: tuple[Scenario, SavedPlan]) -> None:
    head, _ = unpack(planner.get(f"/siting/{planned[0].id}/points", headers={"Accept-Encoding": "identity"}).data)
    how = head["to_metres"]
    x, y = toy_city.point(137.25, 61.5)
    lon, lat = crs.crs_to_crs(x, y, "epsg:4547", crs.WGS84)
    u, v = (float(lon) - how["center"][0]) / how["scale"][0], (float(lat) - how["center"][1]) / how["scale"][1]
    terms = [u**i * v**j for i, j in how["powers"]]
    assert np.dot(how["x"], terms) + head["origin"][0] == pytest.approx(x, abs=1e-3)
    assert np.dot(how["y"], terms) + head["origin"][1] == pytest.approx(y, abs=1e-3)
    assert how["off_m"] < 1e-3


def test_a_plan_says_what_it_reaches_and_what_none_can_exceed(planner: FlaskClient, planned: tuple[Scenario, SavedPlan]) -> None:
    plan = planned[1]
    page = planner.get(f"/siting/plans/{plan.id}").get_data(as_text=True)
    assert f"本方案覆盖 {plan.value:,.0f} 人" in page
    assert "差距 9.10 %" in page
    assert "直线距离" in page
    assert "没有路网，未计算" in page
    for address in ("report", "accessibility", "sites.xlsx", "sites.gpkg", "decisions", "sites"):
        assert f"/siting/plans/{plan.id}/{address}" in page


def test_the_table_says_what_the_map_says(planner: FlaskClient, planned: tuple[Scenario, SavedPlan]) -> None:
    plan = planned[1]
    page = planner.get(f"/siting/plans/{plan.id}/sites").get_data(as_text=True)
    assert page.count('<tr id="site-') == len(SELECTED)
    for position in SELECTED:
        assert f"C{position:04d}" in page
    assert "改建现有设施" in page
    assert "西街道" in page


def test_two_plans_are_compared(app: Flask, planner: FlaskClient, planned: tuple[Scenario, SavedPlan]) -> None:
    with door_of(app).sessions.begin() as session:
        other = siting_city.plan_for(session, planned[0], (*SELECTED[:4], 5, 6))
    page = planner.get(f"/siting/compare?a={planned[1].id}&b={other.id}").get_data(as_text=True)
    assert "玩具区" in page
    assert '<td colspan="2">4</td>' in page
    assert page.count("<td>2</td>") == 2
    assert planner.get("/siting/compare").status_code == 200
    assert planner.get(f"/siting/compare?a={planned[1].id}&b=x").status_code == 404


@pytest.mark.parametrize("address", ["/siting/999999", "/siting/plans/999999", "/siting/999999/points", "/siting/plans/999999/sites"])
def test_what_is_not_there_is_not_found(planner: FlaskClient, address: str) -> None:
    assert planner.get(address).status_code == 404
