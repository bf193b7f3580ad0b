"""Report, sheets, accessibility, files and decisions of a plan, through the pages."""

from __future__ import annotations

import io
import itertools
import re
from pathlib import Path

import openpyxl
import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from gridmgmt.siting.scenario import SavedPlan
from tests import toy_city
from tests.siting.small_plan import keep_plan
from tests.web.desk import door_of
from tests.web.people import csrf_token, sign_in

_numbers = itertools.count(1)


@pytest.fixture
def plan(app: Flask) -> SavedPlan:
    """Store a plan of two sites."""
    with door_of(app).sessions.begin() as session:
        return keep_plan(session, name=f"报告方案 {next(_numbers)}")


@pytest.fixture
def planner(client: FlaskClient) -> FlaskClient:
    """Sign a planner in."""
    sign_in(client, "planner", everything=True)
    return client


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    return response.get_data(as_text=True)


def bring(client: FlaskClient, plan: SavedPlan, table: str, **fields: str) -> TestResponse:
    data = {"csrf_token": csrf_token(client), "decided_on": "2026-11-05", "crs": "", **fields}
    return client.post(f"/siting/plans/{plan.id}/decisions", data={**data, "table": (io.BytesIO(table.encode()), "decisions.csv")})


def test_the_report_says_the_guarantee_the_rules_and_the_sites(planner: FlaskClient, plan: SavedPlan) -> None:
    told = page(planner, f"/siting/plans/{plan.id}/report")
    assert "本方案覆盖 800 人；在这些规则下任何方案不能超过 800，差距 0\u00a0%，已证明最优。" in told
    assert "GB/T 50337-2018" in told
    assert "中（转引）" in told
    assert "80.0%" in told
    assert "F-1" in told
    assert "<image" not in told
    assert "六、敏感性" in told
    assert re.search(r"40</th><td class=\"n\">100 <small>10\.0%</small></td><td class=\"n\">800", told)
    assert "This plan covers 800 people" in page(planner, f"/siting/plans/{plan.id}/report?lang=en")


def test_both_maps_stand_in_the_report_without_tiles(planner: FlaskClient, plan: SavedPlan) -> None:
    told = page(planner, f"/siting/plans/{plan.id}/report")
    before, after = re.findall(r'<figure class="plan-map">.*?</figure>', told, re.DOTALL)
    assert (before.count("<circle"), after.count("<circle")) == (0, 2)
    assert "style=" not in before + after


def test_accessibility_is_a_table_a_map_and_a_chart(planner: FlaskClient, plan: SavedPlan) -> None:
    told = page(planner, f"/siting/plans/{plan.id}/accessibility")
    assert told.count('<svg class="bars"') == 1
    assert "西街道" in told
    assert re.search(r"10\.0%</td><td class=\"n\"><b>80\.0%", told)
    assert "玩具区" in told or toy_city.DISTRICT in told


def test_each_site_has_a_sheet(planner: FlaskClient, plan: SavedPlan) -> None:
    told = page(planner, f"/siting/plans/{plan.id}/sheets")
    assert re.findall(r'id="sheet-(\d+)"', told) == ["1", "2"]
    assert "F-3：可补回 0，仍少 400" in told
    assert re.findall(r'id="sheet-(\d+)"', page(planner, f"/siting/plans/{plan.id}/sheets?from=2")) == ["2"]
    assert "没有点位" in page(planner, f"/siting/plans/{plan.id}/sheets?from=99")
    assert planner.get(f"/siting/plans/{plan.id}/sheets?from=x").status_code == 400


def test_the_sites_are_taken_as_workbook_and_geopackage(planner: FlaskClient, plan: SavedPlan, app: Flask, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(planner.get(f"/siting/plans/{plan.id}/sites.xlsx").data))
    assert [row[1].value for row in book["点位"].iter_rows(min_row=2)] == ["F-1", "F-2"]
    (tmp_path / "sites.gpkg").write_bytes(planner.get(f"/siting/plans/{plan.id}/sites.gpkg").data)
    head, _, shapes, columns = pyogrio.raw.read(tmp_path / "sites.gpkg")
    assert (head["crs"], len(shapes)) == ("EPSG:4547", 2)
    assert columns[list(head["fields"]).index("序号")].tolist() == [1, 2]
    with door_of(app).sessions() as session:
        noted = session.execute(text("SELECT about FROM audit_log WHERE what = 'siting.export' ORDER BY id DESC LIMIT 2")).scalars().all()
    assert noted == [f"/siting/plans/{plan.id}/sites.gpkg", f"/siting/plans/{plan.id}/sites.xlsx"]


def test_a_table_of_decisions_is_entered_and_counts(planner: FlaskClient, plan: SavedPlan) -> None:
    x, y = toy_city.point(60, 60)
    table = f"序号,审定结论,审定理由,移位经度或X,移位纬度或Y\n1,采纳,,,\n2,移位采纳,避开管线,{x},{y}\n"
    response = bring(planner, plan, table, crs="epsg:4547")
    assert (response.status_code, response.location) == (303, f"/siting/plans/{plan.id}/decisions?entered=2")
    told = page(planner, response.location)
    assert "已登记 2 个点位的审定意见" in told
    assert "避开管线" in told
    assert f"XZ{plan.id:06d}00001" in told
    assert "移位采纳" in page(planner, f"/siting/plans/{plan.id}/report")
    assert "已审定" in bring(planner, plan, "序号,审定结论\n1,采纳\n").get_data(as_text=True)


def test_faults_are_shown_by_row_and_column_and_nothing_is_entered(planner: FlaskClient, plan: SavedPlan) -> None:
    response = bring(planner, plan, "序号,审定结论,审定理由\n1,采纳,\n2,不采纳,\n7,采纳,\n")
    told = response.get_data(as_text=True)
    assert response.status_code == 400
    assert "共 2 处错误，未作任何更改" in told
    assert re.search(r">3</td>.*?>审定理由</td>.*?不采纳须说明理由", told, re.DOTALL)
    assert re.search(r">4</td>.*?>序号</td>", told, re.DOTALL)
    assert "还没有审定意见" in page(planner, f"/siting/plans/{plan.id}/decisions")


@pytest.mark.parametrize(
    ("table", "fields", "said"),
    [
        ("序号,审定结论\n1,\n", {}, "没有任何一行填写了结论"),
        ("序号,备注栏\n1,好\n", {}, "缺少"),
        ("序号,审定结论\n1,采纳\n", {"decided_on": "2999-01-01"}, "尚未到来"),
        ("序号,审定结论\n1,采纳\n", {"decided_on": "soon"}, "不是日期"),
    ],
)
def test_what_cannot_be_a_table_of_decisions_is_said(
    planner: FlaskClient, plan: SavedPlan, table: str, fields: dict[str, str], said: str
) -> None:
    response = bring(planner, plan, table, **fields)
    assert response.status_code == 400
    assert said in response.get_data(as_text=True)


def test_a_file_of_another_kind_is_refused(planner: FlaskClient, plan: SavedPlan) -> None:
    for name, body, status in (("a.pdf", b"%PDF", 400), ("a.xlsx", b"PK\x03\x04broken", 422), ("", b"", 400)):
        data = {"csrf_token": csrf_token(planner), "decided_on": "2026-11-05", "table": (io.BytesIO(body), name)}
        answer = planner.post(f"/siting/plans/{plan.id}/decisions", data=data)
        assert answer.status_code == status, name
        assert status != 422 or name in answer.get_data(as_text=True)


def test_who_only_reads_finds_no_form_and_no_plan_is_404(app: Flask, plan: SavedPlan, planner: FlaskClient) -> None:
    assert '<form method="post" enctype' in page(planner, f"/siting/plans/{plan.id}/decisions")
    for path in ("report", "accessibility", "sheets", "sites.xlsx", "sites.gpkg", "decisions"):
        assert planner.get(f"/siting/plans/987654/{path}").status_code == 404
        assert planner.get(f"/siting/plans/98765432109876/{path}").status_code == 404
    dispatcher = app.test_client()
    sign_in(dispatcher, "dispatcher", everything=True)
    assert dispatcher.get(f"/siting/plans/{plan.id}/report").status_code == 403
