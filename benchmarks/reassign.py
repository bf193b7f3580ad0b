"""Re-assign stored cases after boundaries changed, against one UPDATE … FROM with the statement of responsibility, in one run.

A drawn city of 40,000 unit grids, open cases all over it and all over a year (brought in by ``cases import --backlog``). Then every hundredth
community goes to its neighbour's zone, and ``gridmgmt cases reassign --commit`` reads every case, answers it, compares, and writes what
changed, a step for each. The peer answers cases by the statement inside one UPDATE that writes no steps, on a sample; its rate is what counts.

Usage: ``./run bench reassign [CASES]`` (1,000,000 unless told), on a durable cluster of its own.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from sqlalchemy import Engine, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases_import import command, corners, load_city, own_database, write_reports
from gridmgmt.cli.main import cli
from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.responsibility.store import resolve_sql

AT_ONCE = 1_000_000  # reports an import file holds
CHANGED_ON = "2026-10-15"
SAMPLE = 20_000
REDRAW = """
WITH taken AS (
    SELECT area_code, lead(zone_code) OVER (ORDER BY area_code) AS other FROM zone_member WHERE valid_to IS NULL ORDER BY area_code
), chosen AS (
    SELECT area_code, other FROM (SELECT *, row_number() OVER (ORDER BY area_code) AS n FROM taken) AS numbered WHERE n % 100 = 0 AND other IS NOT NULL
), ended AS (
    UPDATE zone_member SET valid_to = :day FROM chosen WHERE zone_member.area_code = chosen.area_code
)
SELECT other, area_code FROM chosen
"""
BEGIN = "INSERT INTO zone_member (zone_code, level, area_code, valid_from) VALUES (:zone, 'community', :area, :day)"
PEER = f"""
WITH answer AS ({
    resolve_sql('''SELECT id, point, CAST(:day AS date) AS day, kind || ':' || class_code AS class_key
    FROM case_file WHERE is_open AND id > :after ORDER BY id LIMIT :rows''')
})
UPDATE case_file SET zone_code = answer.zone_code, person_id = answer.person_id, appointment_id = answer.appointment_id, basis = answer.basis,
    unit_grid_code = answer.unit_grid_code, segment_code = answer.segment_code
FROM answer WHERE case_file.id = answer.id AND (case_file.zone_code, case_file.person_id) IS DISTINCT FROM (answer.zone_code, answer.person_id)
"""


def figures(count: int) -> dict[str, float | None]:
    """Load, redraw, time the peer on a sample and ours on everything; print and return the figures."""
    with own_database() as url, tempfile.TemporaryDirectory(prefix="gridmgmt-reassign-") as given:
        folder, engine = Path(given), make_engine(url)
        migrate(engine)
        load(engine, url, folder, count)
        theirs = peer(engine)
        return measure(engine, url, folder, count, SAMPLE / theirs)


def load(engine: Engine, url: str, folder: Path, count: int) -> None:
    """Store the city and its cases, then let zones change hands."""
    chance = np.random.default_rng(20261101)
    corner = corners(chance)
    began = time.perf_counter()
    with make_session_factory(engine).begin() as session:
        load_city(session, corner)
    command(url, folder, "responsibility", "build", "--on", "2026-01-01")
    for first in range(0, count, AT_ONCE):
        path = folder / f"reports_{first}.csv"
        write_reports(path, min(AT_ONCE, count - first), corner, chance)
        command(url, folder, "cases", "import", str(path), "--crs", "wgs84", "--backlog", "--source", f"S{first}")
        path.unlink()
    with engine.begin() as connection:
        for zone, area in connection.execute(text(REDRAW), {"day": CHANGED_ON}).all():
            connection.execute(text(BEGIN), {"zone": zone, "area": area, "day": CHANGED_ON})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
        connection.execute(text("CHECKPOINT"))
    print(f"{count:,} open cases stored in {time.perf_counter() - began:.0f} s", flush=True)


def peer(engine: Engine) -> float:
    """Return the seconds of one UPDATE … FROM the statement over a sample; it is rolled back."""
    with engine.connect() as connection:
        began = time.perf_counter()
        after = connection.execute(text("SELECT min(id) FROM case_file")).scalar_one()
        changed = connection.execute(text(PEER), {"day": CHANGED_ON, "after": after, "rows": SAMPLE}).rowcount
        seconds = time.perf_counter() - began
        connection.rollback()
    print(f"peer: UPDATE … FROM the statement, {SAMPLE:,} cases, {changed} changed, without steps: {SAMPLE / seconds:,.0f}/s", flush=True)
    return seconds


def measure(engine: Engine, url: str, folder: Path, count: int, other: float) -> dict[str, float | None]:
    """Run the command while somebody reads; return the figures."""
    waits, over = list[float](), threading.Event()
    reader = threading.Thread(target=read, args=(engine, waits, over))
    reader.start()
    began = time.perf_counter()
    words = ["cases", "reassign", "--on", CHANGED_ON, "--commit", "--lang", "en"]
    result = CliRunner().invoke(cli, words, env={"GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": str(folder)})
    seconds = time.perf_counter() - began
    over.set()
    reader.join()
    told = re.search(r"(\d+) cases changed, none locked for more than (\d+) ms", result.output)
    if told is None:
        raise SystemExit(result.output or repr(result.exception))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    engine.dispose()
    print(f"ours: {count:,} cases read, answered and compared, {int(told[1]):,} changed, each with a step, in {seconds:.1f} s")
    print(f"ratio: {count / seconds / other:.1f} times the peer's rate; no case was locked for more than {told[2]} ms")
    print(f"{len(waits):,} readings of a page of cases beside it, the longest {1000 * max(waits):.0f} ms; memory at most {memory} MB")
    return {
        "reassign_s": round(seconds, 1), "reassign_rows": count, "reassign_changed": int(told[1]), "reassign_longest_lock_ms": int(told[2]),
        "reassign_peer_rows_per_s": round(other), "reassign_ratio": round(count / seconds / other, 1), "reassign_rss_mb": memory,
    }  # fmt: skip


def read(engine: Engine, waits: list[float], over: threading.Event) -> None:
    """Read a page of cases again and again with no patience for locks, until told."""
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '50ms'"))
        while not over.is_set():
            began = time.perf_counter()
            connection.execute(text("SELECT * FROM case_file WHERE is_open AND zone_code IS NOT NULL ORDER BY id DESC LIMIT 50")).all()
            waits.append(time.perf_counter() - began)
            connection.rollback()
            time.sleep(0.02)


if __name__ == "__main__":
    print(json.dumps(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
