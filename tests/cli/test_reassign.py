"""Reassigning on the command line: listed, as tables and GeoJSON, then written once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import text

from gridmgmt.cases.model import CaseAction
from gridmgmt.db import make_session_factory
from tests.cases.loop import act, open_case
from tests.cli.imports import City
from tests.dispatch.city import put_rules


@pytest.fixture
def changed(city: City) -> City:
    """Return a toy city with two cases in the west, one of them set by hand, whose community went to the eastern zone in November."""
    with make_session_factory(city.engine).begin() as session:
        put_rules(session)
        open_case(session)
        act(session, open_case(session), CaseAction.OVERRIDE_RESPONSIBILITY, details={"zone_code": "Z-W"})
        session.execute(text("UPDATE zone_member SET valid_to = '2026-11-01' WHERE zone_code = 'Z-W'"))
        session.execute(
            text(
                "INSERT INTO zone_member (zone_code, level, area_code, valid_from) VALUES ('Z-E', 'community', '420100001001', '2026-11-01')"
            )
        )
    return city


def test_changes_are_listed_then_written_once_and_what_was_set_by_hand_stays(changed: City) -> None:
    dry = changed.run("cases", "reassign", "--on", "2026-11-02")
    assert "在办 2 件，1 件归属有变，另有 1 件为人工指定" in dry.output
    assert "责任区 Z-W → Z-E; 路长 李路长 → 王路长" in dry.output
    assert "试运行" in dry.output
    assert changed.one("SELECT count(*) FROM case_step WHERE action = 'reassign'") == 0
    assert "已改 1 件" in changed.run("cases", "reassign", "--on", "2026-11-02", "--commit", "--reason", "换界").output
    assert changed.one("SELECT reason FROM case_step WHERE action = 'reassign'") == "换界"
    assert "已改 0 件" in changed.run("cases", "reassign", "--on", "2026-11-02", "--commit").output
    assert "1 more were set by hand" in changed.run("cases", "reassign", "--on", "2026-11-02", "--lang", "en").output


def test_every_change_goes_into_a_table_and_onto_a_map(changed: City, tmp_path: Path) -> None:
    table, places = tmp_path / "changes.csv", tmp_path / "changes.geojson"
    done = changed.run("cases", "reassign", "--edition", "首版", "--csv", table, "--geojson", places)
    assert done.exit_code == 0, done.output
    with table.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [(row["原 责任区"], row["新 责任区"], row["新 路长"], row["人工指定"]) for row in rows] == [
        ("Z-W", "Z-E", "王路长", ""), ("Z-W", "Z-E", "王路长", "是"),
    ]  # fmt: skip
    features = json.loads(places.read_text(encoding="utf-8"))["features"]
    assert [feature["properties"]["new_zone_code"] for feature in features] == ["Z-E", "Z-E"]
    assert features[0]["geometry"]["coordinates"] == pytest.approx([114.0005, 30.54], abs=0.01)


def test_a_day_to_come_is_listed_but_not_written_and_an_unknown_edition_is_named(changed: City) -> None:
    assert "在办 2 件" in changed.run("cases", "reassign", "--on", "2036-11-02").output
    assert changed.run("cases", "reassign", "--on", "2036-11-02", "--commit").exit_code == 2
    assert changed.run("cases", "reassign", "--edition", "没有").exit_code == 2
