"""A backlog made ready on Dask workers: the cases are those of an import without, row for row, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from gridmgmt.cli.session import ROOT
from tests.cli.conftest import english as english  # noqa: PLC0414 - a fixture
from tests.cli.test_backlog import ALL, difficult_rows, rejects
from tests.cli.test_backlog import url as url  # noqa: PLC0414 - a fixture
from tests.cli.test_backlog_parquet import as_table
from tests.cli.test_cases import query, run, write_csv
from tests.scale.dask_cluster import Process, dask_cluster

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("english")]

COUNT, BLOCK = 6_000, 100
FAR = [
    ("F1", "2026-03-01 08:00:00", 100.0, 30.0, "", "不在城市内", ""),
    ("F2", "2026-03-01 08:00:00", 114.3, 30.5, "99999", "无此编码", ""),
]
HOW_FAR = "SELECT coalesce(max(next_number), 0) FROM backlog_run"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a Parquet file of difficult rows and some that cannot be taken, many blocks."""
    rows = difficult_rows(COUNT)
    told = write_csv(tmp_path / "old.csv", [*rows[:2_000], FAR[0], *rows[2_000:], FAR[1]])
    pq.write_table(as_table(told), tmp_path / "old.parquet", row_group_size=BLOCK)
    return tmp_path / "old.parquet"


def import_there(url: str, source: Path, *more: str) -> Process:
    """Import by a process of its own, a row group a block."""
    code = f"import gridmgmt.ingest.parquet_stream as p; p.ROWS = {BLOCK}; from gridmgmt.cli.main import cli; cli()"
    command = [sys.executable, "-c", code, "cases", "import", str(source), "--crs", "wgs84", *more]
    environment = os.environ | {"GRIDMGMT_DATABASE_URL": url, "LANG": "C"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def wait_for(url: str, rows: int, process: Process) -> None:
    """Wait until so many rows wait to be published."""
    deadline = time.monotonic() + 120
    while query(url, HOW_FAR)[0][0] <= rows and process.poll() is None and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.01)


def test_a_worker_and_then_the_command_killed_in_the_middle_change_no_case(
    url: str, new_database: Callable[..., str], source: Path, tmp_path: Path
) -> None:
    there = new_database(url)
    here = run(url, "import", source, "--crs", "wgs84")
    assert f"{COUNT} new, 0 already there, 2 rejected" in here.output, here.output
    lines = rejects(source)
    with dask_cluster(tmp_path, 2) as (scheduler, workers):
        first = import_there(there, source, "--scheduler", scheduler)
        wait_for(there, 1_000, first)
        workers[0].kill()
        wait_for(there, 3_000, first)
        first.kill()
        first.communicate()
        reached = query(there, HOW_FAR)[0][0]
        again = import_there(there, source, "--scheduler", scheduler)
        output = again.communicate()[0].decode()
    assert again.returncode == 0, output
    assert (workers[0].returncode, first.returncode) == (-signal.SIGKILL, -signal.SIGKILL)
    assert 3_000 < int(str(reached)) < COUNT
    assert f"going on with an import that broke off, from row {reached}" in output
    assert f"{COUNT} new, 0 already there, 2 rejected" in output
    assert query(there, ALL) == query(url, ALL)
    assert rejects(source) == lines
    assert query(there, "SELECT count(*) FROM pg_tables WHERE schemaname = 'arriving'") == [(0,)]


def test_without_a_scheduler_or_a_worker_nothing_is_written(
    url: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridmgmt.responsibility.on_dask.CONNECT_S", 1)
    nobody = run(url, "import", source, "--crs", "wgs84", "--scheduler", "tcp://127.0.0.1:9")
    assert (nobody.exit_code, "no Dask scheduler answers" in nobody.output) == (2, True), nobody.output
    with dask_cluster(tmp_path, 0) as (scheduler, _workers):
        idle = run(url, "import", source, "--crs", "wgs84", "--scheduler", scheduler)
    assert (idle.exit_code, "has no worker" in idle.output) == (2, True), idle.output
    assert query(url, "SELECT count(*) FROM case_file") == [(0,)]
