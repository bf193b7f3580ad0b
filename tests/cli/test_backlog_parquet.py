"""A backlog in Parquet becomes the cases that the same rows in a CSV become."""

from __future__ import annotations

import csv
import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gridmgmt.cli.cases_answers import ADDED
from gridmgmt.ingest import parquet_stream
from tests.cli.test_backlog import ALL, backlog, difficult_rows, rejects
from tests.cli.test_backlog import url as url  # noqa: PLC0414 - a fixture
from tests.cli.test_cases import HEADER, query, run, write_csv

STORED = """SELECT r.source_ref, c.case_no, c.district_code, c.street_office_code, c.community_code, c.unit_grid_code, c.shared_with,
    c.border_distance_m, c.segment_code, c.segment_distance_m, c.zone_code, c.basis, person.code || ' ' || person.name
FROM incident_report AS r JOIN case_file AS c ON c.report_id = r.id LEFT JOIN person ON person.id = c.person_id"""

pytestmark = pytest.mark.usefixtures("english")


def rows_of(table: pa.Table, path: Path, *, group: int = 400) -> Path:
    pq.write_table(table, path, row_group_size=group)
    return path


def as_table(path: Path) -> pa.Table:
    """Return the rows of a CSV as a program would keep them: numbers as numbers, times as instants, few different codes as a dictionary."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns: dict[str, Any] = {name: pa.array([row[name] or None for row in rows]) for name in rows[0]}
    reference, at, lon, lat, code = HEADER[:5]
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    instants = [datetime.datetime.fromisoformat(row[at]).replace(tzinfo=shanghai) for row in rows]
    columns[at] = pa.array(instants, pa.timestamp("ns", "UTC"))
    columns |= {name: pa.array([float(row[name]) for row in rows]) for name in (lon, lat)}
    columns[code] = columns[code].dictionary_encode()
    columns |= {"附件": pa.array([[reference]] * len(rows)), "用时": pa.array([1] * len(rows), pa.duration("s"))}  # what no text says
    return pa.table(columns)


@pytest.fixture
def twin(url: str, new_database: Callable[..., str]) -> str:
    """URL of a second city like the first."""
    return new_database(url)


def test_numbers_times_and_codes_of_parquet_mean_what_their_text_means(
    url: str, twin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_stream, "ROWS", 150)
    told = write_csv(tmp_path / "old.csv", difficult_rows(500))
    assert "500 new" in backlog(url, told).output
    result = run(twin, "import", rows_of(as_table(told), tmp_path / "old.parquet"), "--crs", "wgs84")
    assert "500 new, 0 already there, 0 rejected" in result.output, result.output
    assert query(twin, ALL) == query(url, ALL)


def test_a_folder_of_geoparquet_needs_neither_columns_nor_a_system(url: str, twin: str, tmp_path: Path) -> None:
    told = write_csv(tmp_path / "old.csv", difficult_rows(400))
    backlog(url, told)
    table = as_table(told)
    points = shapely.to_wkb(shapely.points(*(table.column(name).to_numpy() for name in HEADER[2:4])))
    geo = json.dumps({"version": "1.0.0", "primary_column": "位置", "columns": {"位置": {"encoding": "WKB", "geometry_types": ["Point"]}}})
    table = table.drop_columns(HEADER[2:4]).append_column("位置", pa.array(points)).replace_schema_metadata({"geo": geo})
    (tmp_path / "old").mkdir()
    rows_of(table[:150], tmp_path / "old" / "a.parquet")
    rows_of(table[150:], tmp_path / "old" / "b.geoparquet")
    result = run(twin, "import", tmp_path / "old")
    assert "400 new, 0 already there, 0 rejected" in result.output, result.output
    assert query(twin, ALL) == query(url, ALL)
    assert "0 new, 400 already there" in run(twin, "import", tmp_path / "old").output


def test_rows_that_cannot_be_taken_come_back_with_what_stood_in_them(url: str, tmp_path: Path) -> None:
    told = write_csv(tmp_path / "old.csv", difficult_rows(300))
    table = as_table(told)
    lon = table.column(HEADER[2]).to_numpy().copy()
    lon[[3, 299]] = np.nan, 30.0
    table = table.set_column(2, HEADER[2], pa.array(lon))
    path = rows_of(table, tmp_path / "old.parquet")
    assert "298 new, 0 already there, 2 rejected" in run(url, "import", path, "--crs", "wgs84").output
    assert [(line["row"], line["field"], line[HEADER[0]], line[HEADER[2]]) for line in rejects(path)] == [
        ("4", "point", "B3", ""), ("300", "point", "B299", "30"),
    ]  # fmt: skip


def test_what_is_no_backlog_in_parquet_is_said(url: str, tmp_path: Path) -> None:
    told = write_csv(tmp_path / "old.csv", difficult_rows(300))
    table = as_table(told)
    (tmp_path / "two").mkdir()
    rows_of(table, tmp_path / "two" / "a.parquet")
    rows_of(table.drop_columns([HEADER[0]]), tmp_path / "two" / "b.parquet")
    assert "b.parquet has other columns than a.parquet" in run(url, "import", tmp_path / "two", "--crs", "wgs84").output
    assert "does not say its coordinate system" in run(url, "import", tmp_path / "two" / "a.parquet").output
    twice = pa.Table.from_arrays([table.column(0), table.column(0)], [HEADER[0], HEADER[0]])
    assert "has two columns '工单编号'" in run(url, "import", rows_of(twice, tmp_path / "twice.parquet"), "--crs", "wgs84").output
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    assert "torn.parquet: cannot be read" in run(url, "import", tmp_path / "torn.parquet", "--crs", "wgs84").output
    scheduler = ("--crs", "wgs84", "--scheduler", "tcp://127.0.0.1:9")
    assert "no Parquet" in backlog(url, told, *scheduler[2:]).output
    assert "no CSV or Parquet" in run(url, "import", told, *scheduler).output
    assert query(url, "SELECT count(*) FROM case_file") == [(0,)]


def test_the_rows_come_back_with_their_cases(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_stream, "ROWS", 150)
    rows = difficult_rows(400)
    told = write_csv(tmp_path / "old.csv", [*rows, ("R1", "2026-03-01 08:00", 100.0, 30.0, "", "不在城市内", ""), rows[7]])
    path, out = rows_of(as_table(told), tmp_path / "old.parquet"), tmp_path / "out"
    for said in ("400 new, 1 already there, 1 rejected", "0 new, 401 already there, 1 rejected"):
        result = run(url, "import", path, "--crs", "wgs84", "--to", out)
        assert (result.exit_code, said in result.output) == (0, True), result.output
        written = pq.read_table(out)
        assert written.select(pq.read_schema(path).names).equals(pq.read_table(path))
        assert written.column("case_no")[400].as_py() is None
        assert written.column("case_no")[401] == written.column("case_no")[7]
        stored = {line[0]: line[1:] for line in query(url, STORED)}
        answers = [values for reference, *values in zip(*(written.column(name).to_pylist() for name in (HEADER[0], *ADDED)), strict=True)]
        assert [tuple(values) for values in answers[:400]] == [stored[row[0]] for row in rows]
        shutil.rmtree(out)
    out.mkdir()
    assert "is there already" in run(url, "import", path, "--crs", "wgs84", "--to", out).output
    assert "no Parquet" in backlog(url, told, "--to", str(tmp_path / "other")).output
    again = rows_of(written, tmp_path / "answered.parquet")
    assert "has a column case_no already" in run(url, "import", again, "--crs", "wgs84", "--to", tmp_path / "other").output
