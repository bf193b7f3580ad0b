"""A planner's own layers on a page: taken as a whole, refused with every fault, taken away again."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, text
from werkzeug.test import TestResponse

from gridmgmt.crs import WGS84, crs_to_crs
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting import layer_store
from gridmgmt.siting.tables import SitingLayerRow
from gridmgmt.web import uploads
from tests.siting.small_plan import keep_plan
from tests.toy_city import point
from tests.web.desk import door_of
from tests.web.people import csrf_token, sign_in

STORAGE = "epsg:4547"
LON, LAT = (float(value) for value in crs_to_crs(*point(30, 40), STORAGE, WGS84))


@pytest.fixture
def planner(app: Flask, client: FlaskClient) -> FlaskClient:
    """Sign a planner in where no layer is in use."""
    with door_of(app).sessions.begin() as session:
        session.execute(delete(SitingLayerRow))
    sign_in(client, "planner", everything=True)
    return client


def send(client: FlaskClient, name: str, body: str | bytes, **values: str) -> TestResponse:
    """Send a file by the form."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"csrf_token": csrf_token(client), "subject": "candidates:toilet", **values, "layer": (io.BytesIO(data), name)}
    return client.post("/siting/layers", data=fields, content_type="multipart/form-data")


def test_own_candidates_are_taken_noted_and_taken_away(app: Flask, planner: FlaskClient) -> None:
    answer = send(planner, "我的点.csv", f"名称,经度,纬度,面积\n甲,{LON:.9f},{LAT:.9f},75\n", crs="wgs84")
    assert answer.status_code == 303
    page = planner.get(answer.headers["Location"]).get_data(as_text=True)
    assert "已启用：规划员提出的候选点 · 公共厕所，1 个要素" in page
    assert "我的点.csv" in page
    with door_of(app).sessions() as session:
        [place] = layer_store.read_planned(session, FacilityKind.TOILET)
        noted = session.scalar(text("SELECT details FROM audit_log WHERE what = 'siting.layer' ORDER BY id DESC LIMIT 1"))
    assert (place.name, place.area_m2) == ("甲", 75.0)
    assert (place.x, place.y) == pytest.approx(point(30, 40), abs=0.01)
    assert noted == {"subject": "candidates", "kind": "toilet", "source": "我的点.csv", "shapes": 1}
    [address] = re.findall(r'action="(/siting/layers/\d+/end)"', page)
    assert planner.post(address, data={"csrf_token": csrf_token(planner)}).status_code == 303
    assert "没有图层" in planner.get("/siting/layers").get_data(as_text=True)
    assert planner.post(address, data={"csrf_token": csrf_token(planner)}).status_code == 404


def test_every_bad_row_is_shown_and_nothing_is_taken(app: Flask, planner: FlaskClient) -> None:
    body = f"名称,经度,纬度\n甲,{LON},{LAT}\n乙,东,{LAT}\n丙,{LON},{LAT}\n丁,116.4,39.9\n"
    answer = send(planner, "points.csv", body, crs="wgs84", subject="school")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "共 2 处错误，未作任何更改" in page
    assert re.findall(r'data-label="表格行">(\d+)<', page) == ["2", "4"]
    assert re.search(r'value="school" selected', page)
    with door_of(app).sessions() as session:
        assert layer_store.list_layers(session) == []


@pytest.mark.parametrize(
    ("name", "body", "values", "said"),
    [
        ("a.csv", f"lon,lat\n{LON},{LAT}\n", {}, "文件未声明坐标系"),
        ("a.csv", f"lon,lat\n{LON},{LAT}\n", {"crs": "moon"}, "moon"),
        ("a.csv", f"lon,lat,面积\n{LON},{LAT},大\n", {"crs": "wgs84"}, "“大”不是数字"),
        ("a.csv", "编码,名称\n1,甲\n", {"crs": "wgs84"}, "没有找到坐标"),
        ("a.geojson", '{"type": "FeatureCollection", "features": []}', {}, "没有任何要素"),
        ("a.gpkg", b"no database", {}, "a.gpkg"),
        ("a.pbf", b"x", {}, "请上传 GeoJSON"),
        ("a.csv", f"lon,lat\n{LON},{LAT}\n", {"crs": "wgs84", "subject": "palace"}, "不是图层用途"),
    ],
)
def test_what_cannot_be_taken_is_said(planner: FlaskClient, name: str, body: str | bytes, values: dict[str, str], said: str) -> None:
    answer = send(planner, name, body, **values)
    assert answer.status_code in {400, 422}
    assert said in answer.get_data(as_text=True)


def test_an_archive_that_swells_is_not_unpacked(planner: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LARGEST_UNPACKED", 1 << 20)
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", bytes(2 << 20))
    answer = send(planner, "a.zip", body.getvalue())
    assert answer.status_code == 422
    assert "解压后超过 1 MiB" in answer.get_data(as_text=True)


def test_polygons_to_keep_away_from_are_taken_by_everybody_who_may_and_shown_to_who_reads(app: Flask, planner: FlaskClient) -> None:
    square = [[[LON, LAT], [LON + 1e-4, LAT], [LON + 1e-4, LAT + 1e-4], [LON, LAT]]]
    layer = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": square}}],
    }
    assert send(planner, "楼.geojson", json.dumps(layer), subject="building").status_code == 303
    with door_of(app).sessions() as session:
        assert layer_store.read_kept_away(session)["building"][0].geom_type == "Polygon"
    assert "Buildings" in planner.get("/siting/layers?lang=en").get_data(as_text=True)


def test_a_set_and_its_report_name_the_layers_it_was_prepared_with(app: Flask, planner: FlaskClient) -> None:
    with door_of(app).sessions.begin() as session:
        plan = keep_plan(session, name="图层方案", sources={"school": "学校.gpkg", "homes": ""})
        number = session.scalar(text("SELECT set_id FROM siting_scenario WHERE id = :id"), {"id": plan.scenario_id})
    for address in (f"/siting/sets/{number}", f"/siting/plans/{plan.id}/report"):
        page = planner.get(address).get_data(as_text=True)
        assert "所用图层" in page
        assert "学校 学校.gpkg" in page
