"""An import killed in the middle of its commit leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, make_url, text

from gridmgmt.city.model import Level
from gridmgmt.hierarchy.model import Area
from tests.ingest.layers import write_areas
from tests.toy_city import AREAS, WEST_COMMUNITY, area, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
NEW_CODE = "420100001001900"
STATE = """
    SELECT (SELECT count(*) FROM area), (SELECT count(*) FROM area WHERE valid_to IS NULL), (SELECT count(*) FROM boundary_edition),
           (SELECT count(*) FROM area_change), (SELECT count(*) FROM ingest_run), (SELECT count(*) FROM retired_code)
"""
LOCKS = "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE locktype = 'advisory' AND datname = current_database()"
COPY_WAITS = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%area%' AND wait_event_type = 'Lock' AND datname = current_database()"


def state(connection: Connection) -> tuple[int, ...]:
    return tuple(connection.execute(text(STATE)).one())


def many_grids() -> list[Area]:
    """Return the toy grids with the south-west one cut into a hundred rows, a code that ends, and one the test will hold back."""
    strips = [area(Level.UNIT_GRID, f"4201000010011{i:02d}", None, WEST_COMMUNITY, rectangle(0, i, 100, i + 1)) for i in range(99)]
    held = area(Level.UNIT_GRID, NEW_CODE, None, WEST_COMMUNITY, rectangle(0, 99, 100, 100))
    return [*strips, held, *GRIDS[1:]]


def start_import(path: Path, url: str) -> subprocess.Popen[bytes]:
    words = ["ingest", "areas", "--level", "unit_grid", str(path), "--crs", "EPSG:4547", "--commit", "--edition-from", "2026-01-01"]
    code = "from gridmgmt.cli.main import cli; cli()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], env={**os.environ, "GRIDMGMT_DATABASE_URL": url}, stdout=subprocess.DEVNULL
    )  # fmt: skip


def wait_until_copy_waits(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while connection.execute(text(COPY_WAITS)).scalar() is None:
            assert process.poll() is None, "the import ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_kill_in_the_middle_of_copy_leaves_nothing_and_the_next_run_succeeds(toy_url: str, tmp_path: Path) -> None:
    """Another transaction holds one of the codes, so that COPY stands still in the middle: there the process is killed with -9."""
    engine = create_engine(make_url(toy_url).set(drivername="postgresql+psycopg"))
    path = write_areas(tmp_path / "grids.geojson", many_grids())
    with engine.connect() as holder:
        before = state(holder)
        holder.execute(text(f"INSERT INTO area (level, code, valid_from) VALUES ('unit_grid', '{NEW_CODE}', '2026-01-01')"))
        process = start_import(path, toy_url)
        wait_until_copy_waits(engine, process)
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=30) == -signal.SIGKILL
        holder.rollback()
    with engine.connect() as connection:
        deadline = time.monotonic() + 30
        while connection.execute(text(LOCKS)).scalar():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert state(connection) == before
    assert start_import(path, toy_url).wait(timeout=60) == 0
    with engine.connect() as connection:
        assert state(connection) == (9 + 100, 9 + 99, 2, 101, 1, 1)
    engine.dispose()
