"""A backlog of reports: read in blocks, published by the month, answered as single reports are, whatever happens on the way."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.cli.cases_building import Builders
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.ingest import csv_stream
from gridmgmt.responsibility.store import resolve_sql
from tests.cases.test_import_reports import CLASSES
from tests.cli.test_cases import counts, lonlat, query, row, run, write_csv

pytestmark = pytest.mark.usefixtures("english")
# Whatever an answer is made of; distances to the border are measured in another order of operations.
ANSWER = (
    "basis", "edition_id", "district_code", "street_office_code", "community_code", "unit_grid_code", "shared_with", "segment_code",
    "zone_code", "appointment_id", "person_id",
)  # fmt: skip
ALL = """
SELECT source_ref, r.reported_at, r.received_at = r.received_at, r.raw_x, r.raw_y, r.raw_crs, r.accuracy_m, st_astext(r.point), r.kind,
    r.class_code, r.description, r.address, c.state, c.version, c.opened_at, c.basis, c.unit_grid_code, c.shared_with, c.border_distance_m,
    c.segment_code, c.segment_distance_m, c.zone_code, c.person_id, c.id / 1000000000, left(c.case_no, 8), c.is_open,
    (SELECT array_agg((s.seq, s.action, s.from_state, s.to_state, s.at, s.actor, s.reason)::text ORDER BY s.seq) FROM case_step AS s
     WHERE s.case_id = c.id), (SELECT count(*) FROM report_key AS k WHERE k.report_id = r.id)
FROM incident_report AS r JOIN case_file AS c ON c.report_id = r.id ORDER BY 1, 2
"""


@pytest.fixture
def url(toy_url: str) -> str:
    """URL of a toy city with classes, one of them with a snap limit of its own."""
    engine = make_engine(toy_url)
    with make_session_factory(engine).begin() as session:
        catalogue_store.add_classes(session, CLASSES)
        limits = '{"default_m": 30, "road_class": {"primary": 45}, "managed_class": {"matter:06010": 5}}'
        session.execute(text("UPDATE city_profile SET snap_limits = :limits"), {"limits": limits})
    engine.dispose()
    return toy_url


def difficult_rows(count: int = 1_500) -> list[tuple[object, ...]]:
    """Return reports on borders, corners and between, on days when chiefs changed, with and without a class."""
    chance = random.Random(3)
    days = ["2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01", "2025-05-31", "2025-06-01", "2025-12-31", "2026-01-01", "2026-10-31"]
    lattice = [(x, y) for x in range(-60, 261, 20) for y in range(-60, 261, 20)]
    places = lattice + [(chance.uniform(-60, 260), chance.uniform(-60, 260)) for _ in range(count - len(lattice))]
    return [
        (f"B{n}", f"{chance.choice(days)} {chance.randrange(24):02}:{chance.randrange(60):02}:07", *lonlat(x, y),
         chance.choice(["", "0110", "06010"]), f"第{n}处", chance.choice(["", f"南大路 {n} 号"]))
        for n, (x, y) in enumerate(places)
    ]  # fmt: skip


def backlog(url: str, path: Path, *more: str) -> Result:
    return run(url, "import", path, "--crs", "wgs84", "--backlog", *more)


def rejects(path: Path) -> list[dict[str, str]]:
    with path.with_name(f"{path.name}.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_report_of_a_backlog_is_answered_as_the_statement_answers_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 20_000)
    rows = difficult_rows()
    result = backlog(url, write_csv(tmp_path / "old.csv", rows))
    assert f"{len(rows)} new, 0 already there, 0 rejected" in result.output, result.output
    points = """SELECT id, point, CAST(reported_at AT TIME ZONE 'Asia/Shanghai' AS date) AS day, kind || ':' || class_code AS class_key
        FROM incident_report"""
    stored, said = (", ".join(f"{table}.{name}" for name in ANSWER) for table in ("case_file", "answer"))
    differing = f"""WITH answer AS ({resolve_sql(points)}) SELECT case_no FROM answer JOIN case_file ON case_file.id = answer.id
        WHERE row({stored}) IS DISTINCT FROM row({said})
            OR abs(coalesce(case_file.border_distance_m, -9) - coalesce(answer.border_distance_m, -9)) > 1e-9
            OR abs(coalesce(case_file.segment_distance_m, -9) - coalesce(answer.segment_distance_m, -9)) > 1e-9"""
    assert query(url, differing) == []
    bases = {basis for (basis,) in query(url, "SELECT DISTINCT basis FROM case_file")}
    assert bases == {"segment", "zone", "no_chief", "outside", "no_edition"}
    assert query(url, "SELECT count(*) FROM case_file WHERE shared_with <> '{}'")[0][0] not in {0, len(rows)}


def test_a_backlog_opens_the_cases_that_single_imports_open_on_the_day_of_the_report(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "old.csv", [row("A1", 50, 50), ("A2", "2025-03-31 23:59:30", *lonlat(100, 100), "", "描述", "")])
    assert backlog(url, path).exit_code == 0
    found = query(url, "SELECT left(case_no, 9), opened_at = reported_at, state, version FROM case_file ORDER BY id")
    assert found == [("20250331-", True, "reported", 2), ("20261101-", True, "reported", 2)]
    assert query(url, "SELECT DISTINCT tableoid::regclass::text FROM case_file ORDER BY 1") == [
        ("monthly.case_file_202503",), ("monthly.case_file_202611",)
    ]  # fmt: skip
    assert query(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'arriving'") == [(0,)]


def test_a_month_that_was_attached_has_the_keys_indexes_and_rules_of_one_that_was_made(url: str, tmp_path: Path) -> None:
    backlog(url, write_csv(tmp_path / "old.csv", [row("A1", 50, 50)]))
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SELECT make_month(203001)"))
    engine.dispose()
    described = """SELECT replace(replace(pg_get_indexdef(i.indexrelid), '{month}', ''), i.indexrelid::regclass::text, '')
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE c.relname LIKE '%\\_{month}' AND c.relkind = 'r'
        UNION ALL SELECT conname || pg_get_constraintdef(o.oid) FROM pg_constraint AS o JOIN pg_class AS c ON c.oid = conrelid
        WHERE c.relname LIKE '%\\_{month}' AND contype IN ('c', 'f', 'p')
        UNION ALL SELECT tgname || tgtype || tgdeferrable FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid
        WHERE c.relname LIKE '%\\_{month}' AND NOT tgisinternal"""
    ours, made = (sorted(str(line) for (line,) in query(url, described.format(month=month))) for month in ("202611", "203001"))
    assert len(ours) > 50
    assert sorted(map(_nameless, ours)) == sorted(map(_nameless, made))
    with pytest.raises(Exception, match="violates"):
        query(url, "UPDATE case_file SET person_id = 999")


def _nameless(line: str) -> str:
    """Return a definition without its month and the name PostgreSQL chose for an index."""
    return line[max(line.find(" ON "), 0) :].replace("_202611", "").replace("_203001", "")


def test_a_month_that_lives_is_filled_in(url: str, tmp_path: Path) -> None:
    run(url, "import", write_csv(tmp_path / "today.csv", [row("T1", 10, 20)]), "--crs", "wgs84", "--no-backlog")
    month = str(query(url, "SELECT left(case_no, 6) FROM case_file")[0][0])
    day = f"{month[:4]}-{month[4:]}-01 00:00:01"
    rows = [(f"A{n}", day, *lonlat(n % 200, n % 190), "0110", "一处", "") for n in range(500)]
    result = backlog(url, write_csv(tmp_path / "old.csv", rows))
    assert "500 new" in result.output, result.output
    assert counts(url) == (501, 501, 1_002)
    assert query(url, "SELECT count(*) FROM report_key") == [(501,)]


def test_rows_that_come_late_for_a_month_that_is_built_are_cases_as_all_others(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 2_000)
    built: list[int] = []
    begin = Builders.begin

    def begin_and_wait(builders: Builders, month: int) -> None:
        begin(builders, month)
        builders.wait(month)
        built.append(month)

    monkeypatch.setattr(Builders, "begin", begin_and_wait)
    months = [*([3] * 100), *([4] * 100), *([5] * 100), *([3] * 20), *([4] * 20)]
    rows = [(f"A{n}", f"2025-{month:02}-02 00:00:01", *lonlat(n % 200, n % 190), "", "一处", "") for n, month in enumerate(months)]
    rows.append(("A1", "2025-03-02 00:00:01", *lonlat(1, 1), "", "一处", ""))
    rows.append(("A2", "2025-03-02 00:00:01", *lonlat(9, 9), "", "别处", ""))
    result = backlog(url, write_csv(tmp_path / "old.csv", rows))
    assert "340 new, 1 already there, 1 rejected" in result.output, result.output
    assert built.index(202503) < len(built) - 3  # while the file was read; after it each month is asked for once more
    assert counts(url) == (340, 340, 680)


def test_repeats_change_nothing_and_contradictions_come_back_with_their_row(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 3_000)
    rows = difficult_rows(400)
    path = write_csv(tmp_path / "old.csv", rows)
    backlog(url, path)
    before = query(url, ALL)
    assert "0 new, 400 already there, 0 rejected" in backlog(url, path).output
    assert query(url, ALL) == before
    changed = [*rows[:5], (*rows[5][:5], "另一种说法", rows[5][6]), ("N1", *rows[0][1:]), ("N1", *rows[0][1:]), ("N1", *rows[1][1:])]
    other = write_csv(tmp_path / "more.csv", changed)
    assert "1 new, 6 already there, 2 rejected" in backlog(url, other).output
    assert [(line["row"], line["field"], line["工单编号"]) for line in rejects(other)] == [
        ("6", "source_ref", "B5"),
        ("9", "source_ref", "N1"),
    ]
    assert [line["reason"].rpartition(" as ")[2] for line in rejects(other)][1] == "row 7"


def test_rows_that_cannot_be_taken_come_back_with_field_and_reason(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "BLOCK", 2_000)
    good = difficult_rows()[:200]
    lon, lat = lonlat(50, 50)
    bad: list[tuple[object, ...]] = [
        ("R1", "2026-03-01 08:00", lat, lon, "", "经纬写反", ""), ("R2", "2099-03-01 08:00", lon, lat, "", "未来", ""),
        ("R3", "2026-03-01 08:00", lon, lat, "99999", "无此编码", ""), ("R4", "2026-03-01 08:00", "", lat, "", "缺经度", ""),
        ("R5", "何时", lon, lat, "", "没有时间", ""), ("R6", "2026-03-01 08:00", lon, lat, "", "长" * 2_001, ""),
        ("R7", "1969-03-01 08:00:00", lon, lat, "", "太早", ""), ("R8", "2026-03-01 08:00", lon, lat, "", "多", "", "一格"),
    ]  # fmt: skip
    path = write_csv(tmp_path / "old.csv", [*good[:150], *bad, *good[150:]])
    result = backlog(url, path)
    assert "200 new, 0 already there, 8 rejected" in result.output, result.output
    found = [(line["row"], line["field"], line["工单编号"]) for line in rejects(path)]
    fields = ["point", "reported_at", "class_code", "point", "reported_at", "description", "reported_at", "row"]
    assert found == [(str(151 + n), field, f"R{1 + n}") for n, field in enumerate(fields)]
    mended = write_csv(tmp_path / "mended.csv", [("R1", "2026-03-01 08:00", lon, lat, "", "已改", "")])
    assert "1 new" in backlog(url, mended).output


def test_a_dry_run_writes_nothing_and_a_file_of_nothing_usable_is_refused(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "old.csv", difficult_rows(300))
    assert "300 new" in backlog(url, path, "--dry-run").output
    bad = write_csv(tmp_path / "bad.csv", [("R1", "何时", 114, 30, "", "", "")])
    assert backlog(url, bad).exit_code == 2
    assert counts(url) == (0, 0, 0)
    assert query(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'arriving'") == [(0,)]


def test_an_import_that_broke_off_goes_on_only_with_the_same_options(url: str, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "old.csv", difficult_rows(300))
    kill_at(url, path, "arriving")
    other = run(url, "import", path, "--crs", "gcj02", "--backlog")
    assert other.exit_code == 2
    assert "broke off at row" in other.output
    assert "300 new" in run(url, "import", path, "--crs", "wgs84", "--backlog", "--discard").output


PATCHED = "import gridmgmt.ingest.csv_stream as s; s.BLOCK = 6_000; import gridmgmt.cases.publish_store as p; p.AT_ONCE = 50; from gridmgmt.cli.main import cli; cli()"


def kill_at(url: str, path: Path, place: str, delay_s: float = 0.0) -> None:
    """Start an import and kill it as soon as something of it shows: rows that wait (``arriving``) or cases (``published``)."""
    command = [sys.executable, "-c", PATCHED, "cases", "import", str(path), "--crs", "wgs84", "--backlog"]
    environment = os.environ | {"GRIDMGMT_DATABASE_URL": url, "LANG": "C"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shows = {
        "arriving": "SELECT next_number > 1 FROM backlog_run WHERE state <> 'done'",
        "published": "SELECT true FROM case_file LIMIT 1",
    }[place]
    deadline = time.monotonic() + 120
    while query(url, shows) != [(True,)] and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(delay_s)
    process.send_signal(signal.SIGKILL)
    process.wait()
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    while query(url, others) != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.slow
def test_a_backlog_killed_again_and_again_ends_as_one_that_was_not(url: str, tmp_path: Path) -> None:
    run(url, "import", write_csv(tmp_path / "today.csv", [row("T1", 10, 20)]), "--crs", "wgs84", "--no-backlog")
    month = str(query(url, "SELECT left(case_no, 6) FROM case_file")[0][0])
    live = [(f"L{n}", f"{month[:4]}-{month[4:]}-01 00:00:01", *lonlat(n % 200, n % 190), "", "一处", "") for n in range(300)]
    bad = [(f"R{n}", "何时", 114, 30, "", "", "") for n in range(7)]
    by_day = sorted(difficult_rows(1_200), key=lambda one: str(one[1]))  # months that are left behind are built while others are read
    path = write_csv(tmp_path / "old.csv", [*by_day, *bad, *live, *bad[:2]])
    for delay in (0.0, 0.1, 0.3):
        kill_at(url, path, "arriving", delay)
    kill_at(url, path, "published")
    kill_at(url, path, "published", 0.1)
    result = backlog(url, path)
    assert result.exit_code == 0, result.output
    interrupted, lines = query(url, ALL), rejects(path)
    assert len(interrupted) == 1_501
    assert len({entry[0] for entry in interrupted}) == 1_501
    assert [line["row"] for line in lines] == [str(n) for n in [*range(1_201, 1_208), 1_508, 1_509]]
    assert query(url, "SELECT count(*) FROM report_key") == [(1_501,)]
    assert query(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'arriving'") == [(0,)]
    again = backlog(url, path)
    assert "0 new, 1500 already there" in again.output
    assert query(url, ALL) == interrupted
