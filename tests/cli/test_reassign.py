"""Reassigning on the command line: listed, as tables and GeoJSON, then written once."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gridmgmt.cases import reassign_run_store
from gridmgmt.cases.model import CaseAction
from gridmgmt.cases.reassign_run_store import ReassignRun
from gridmgmt.cli import cases_reassign
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
    told = [(each["properties"]["changed"], each["properties"]["new_zone_code"], each["properties"]["new_chief"]) for each in features]
    assert told == [("责任区、路长", "Z-E", "王路长")] * 2
    assert features[0]["geometry"]["coordinates"] == pytest.approx([114.0005, 30.54], abs=0.01)


def test_a_day_to_come_is_listed_but_not_written_and_an_unknown_edition_is_named(changed: City) -> None:
    assert "在办 2 件" in changed.run("cases", "reassign", "--on", "2036-11-02").output
    assert changed.run("cases", "reassign", "--on", "2036-11-02", "--commit").exit_code == 2
    assert changed.run("cases", "reassign", "--edition", "没有").exit_code == 2


MANY = 900
HELD = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"


@pytest.fixture
def many(city: City) -> City:
    """Return a toy city with many cases all over it, ten set by hand, whose western community went to the eastern zone in November."""
    lines = [f"N{n},2026-10-{1 + n % 28:02} 08:00:00,{500_000 + n * 7 % 230 - 10},{3_380_000 + n * 11 % 230 - 10}" for n in range(MANY)]
    path = city.folder / "many.csv"
    path.write_text("\n".join(["案件编号,上报时间,x,y", *lines]) + "\n", encoding="utf-8")
    assert f"新增 {MANY} 件" in city.run("cases", "import", path, "--crs", "EPSG:4547", "--backlog").output
    with make_session_factory(city.engine).begin() as session:
        session.execute(text("UPDATE case_file SET manual_override = true WHERE id IN (SELECT id FROM case_file ORDER BY id LIMIT 10)"))
        session.execute(text("UPDATE zone_member SET valid_to = '2026-11-01' WHERE zone_code = 'Z-W'"))
        session.execute(
            text(
                "INSERT INTO zone_member (zone_code, level, area_code, valid_from) VALUES ('Z-E', 'community', '420100001001', '2026-11-01')"
            )
        )
    return city


STATE = """
SELECT string_agg(concat_ws('|', source_ref, c.zone_code, c.person_id, c.basis, c.unit_grid_code, c.version, c.manual_override,
    (SELECT string_agg(concat_ws(',', s.seq, s.action, s.actor, s.details), ';' ORDER BY s.seq) FROM case_step AS s WHERE s.case_id = c.id)),
    E'\\n' ORDER BY source_ref) FROM case_file AS c JOIN incident_report AS r ON r.id = c.report_id
"""


@pytest.mark.slow
def test_a_run_killed_again_and_again_ends_as_one_that_was_not(many: City) -> None:
    command = "import gridmgmt.cli.cases_reassign as r; r.AT_ONCE = 3; r.BATCH = 200; from gridmgmt.cli.main import cli; cli()"
    for _ in range(3):
        before = many.one("SELECT count(*) FROM case_step WHERE action = 'reassign'")
        process = subprocess.Popen([sys.executable, "-c", command, "cases", "reassign", "--on", "2026-11-02", "--commit"], env=os.environ)
        deadline = time.monotonic() + 60
        while many.one("SELECT count(*) FROM case_step WHERE action = 'reassign'") == before and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        while many.one(HELD) and time.monotonic() < deadline:
            time.sleep(0.02)
    done = many.one("SELECT count(*) FROM case_step WHERE action = 'reassign'")
    result = many.run("cases", "reassign", "--on", "2026-11-02", "--commit")
    assert result.exit_code == 0, result.output
    interrupted = str(many.one(STATE))
    changed = many.one("SELECT count(*) FROM case_step WHERE action = 'reassign'")
    assert 0 < done < changed
    assert f"已改 {changed - done} 件" in result.output
    assert many.one("SELECT count(*) FROM reassign_run") == 0
    assert many.one("SELECT max(version) FROM case_file") == 3
    assert many.one("SELECT count(*) FROM case_file WHERE manual_override AND version > 2") == 0
    assert "已改 0 件" in many.run("cases", "reassign", "--on", "2026-11-02", "--commit").output
    assert str(many.one(STATE)) == interrupted
    expected = "SELECT count(*) FROM case_file WHERE NOT manual_override AND community_code = '420100001001' AND zone_code <> 'Z-E'"
    assert many.one(expected) == 0


@pytest.fixture
def broken_off(many: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """Return the city of many cases where a run stopped when 200 of them were done and 100 more were written."""
    monkeypatch.setattr(cases_reassign, "BATCH", 100)
    noted = iter([reassign_run_store.advance] * 2)

    def advance(*given: Any, **named: Any) -> ReassignRun:
        if (act := next(noted, None)) is None:
            raise KeyboardInterrupt
        return act(*given, **named)

    with monkeypatch.context() as broken:
        broken.setattr(reassign_run_store, "advance", advance)
        assert many.run("cases", "reassign", "--on", "2026-11-02", "--commit").exit_code != 0
    return many


def test_a_run_that_broke_off_goes_on_behind_what_it_had_done(broken_off: City) -> None:
    written = broken_off.one("SELECT count(*) FROM case_step WHERE action = 'reassign' AND case_id > (SELECT last_id FROM reassign_run)")
    assert written
    before = broken_off.one("SELECT changed FROM reassign_run")
    result = broken_off.run("cases", "reassign", "--on", "2026-11-02", "--commit")
    assert f"此前已看 200 件，已改 {before} 件" in result.output
    assert f"在办 {MANY - 200} 件" in result.output
    assert broken_off.one("SELECT max(version) FROM case_file") == 3
    assert (
        broken_off.one(
            "SELECT count(*) FROM case_file WHERE NOT manual_override AND community_code = '420100001001' AND zone_code <> 'Z-E'"
        )
        == 0
    )
    again = broken_off.run("cases", "reassign", "--on", "2026-11-02", "--commit").output
    assert f"在办 {MANY} 件，0 件" in again


def test_where_the_rules_changed_since_everything_is_looked_at_again(broken_off: City) -> None:
    with broken_off.engine.begin() as connection:
        connection.execute(text("UPDATE appointment SET valid_to = '2026-11-02' WHERE zone_code = 'Z-E' AND valid_to IS NULL"))
    result = broken_off.run("cases", "reassign", "--on", "2026-11-02", "--commit")
    assert result.exit_code == 0, result.output
    assert "接着" not in result.output
    assert f"在办 {MANY} 件" in result.output
    assert broken_off.one("SELECT count(*) FROM case_file WHERE zone_code = 'Z-E' AND basis = 'zone' AND NOT manual_override") == 0


def test_who_reads_meanwhile_never_waits(many: City) -> None:
    waits, over = list[float](), threading.Event()

    def read() -> None:
        with many.engine.connect() as connection:
            connection.execute(text("SET lock_timeout = '20ms'"))
            while not over.is_set():
                began = time.perf_counter()
                assert connection.execute(
                    text("SELECT count(*) FROM case_file JOIN case_step ON case_step.case_id = case_file.id")
                ).scalar()
                waits.append(time.perf_counter() - began)
                connection.rollback()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        result = many.run("cases", "reassign", "--on", "2026-11-02", "--commit", "--lang", "en")
    finally:
        over.set()
        reader.join()
    assert result.exit_code == 0, result.output
    assert "cases changed, none locked for more than" in result.output
    assert len(waits) > 5


def test_many_changes_are_summed_up_from_whom_to_whom(many: City, tmp_path: Path) -> None:
    layer = tmp_path / "changes.geojson"
    shown = many.run("cases", "reassign", "--on", "2026-11-02", "--layer", layer, "--lang", "en").output
    changes = len(json.loads(layer.read_text(encoding="utf-8"))["features"])
    assert f"and {changes - 20} more" in shown
    assert ["zone", "Z-W", "Z-E", str(changes)] in [line.split()[-4:] for line in shown.splitlines()]
