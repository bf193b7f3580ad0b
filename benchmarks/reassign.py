"""Re-assign stored cases after boundaries changed, against one UPDATE … FROM with the statement of responsibility, in one run.

A drawn city of 40,000 unit grids, cases all over it and all over a year, every one of them open (brought in by ``cases import --backlog``).
Then a new edition redraws 1,000 unit grids and every hundredth community goes to its neighbour's zone, and ``gridmgmt cases reassign --commit``
makes the index of the new edition, reads every case, answers it, compares, and writes what changed, a step for each, while somebody reads. The
peer answers cases by the statement inside one UPDATE that writes no steps, on a sample; its rate is what counts. Memory is that of the
command, files it maps included, and what the database's processes hold for themselves.

Usage: ``./run bench reassign [CASES]`` (1,000,000 unless told), on a durable cluster of its own.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely
from sqlalchemy import Engine, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.cases_import import SIDE, area, command, corners, load_city, own_database, write_reports
from gridmgmt.city.model import Level
from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.hierarchy.apply_edition import Scope, apply_edition
from gridmgmt.hierarchy.edition_store import list_open_areas
from gridmgmt.responsibility.store import resolve_sql

ROOT = Path(__file__).resolve().parents[1]
CHANGED_ON = datetime.date(2026, 10, 15)
MOVED_BY_M = (24.0, 18.0)
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
HURRY = ("fsync", "full_page_writes", "synchronous_commit")
TOLD_EVERY_S = 30.0
HOW_FAR = """
SELECT coalesce(max(state), 'beginning') AS state, coalesce(max(taken), 0) AS taken,
    (SELECT count(*) FROM pg_class WHERE relname LIKE 'case\\_file\\_%' AND relkind = 'r' AND reltuples > 0) AS months
FROM backlog_run
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
        redraw(engine)
        return measure(engine, url, folder, count, SAMPLE / peer(engine))


def load(engine: Engine, url: str, folder: Path, count: int) -> None:
    """Store the city and its cases, in a hurry."""
    chance = np.random.default_rng(20261101)
    corner = corners(chance)
    began = time.perf_counter()
    with hurried(engine):
        with make_session_factory(engine).begin() as session:
            load_city(session, corner)
        command(url, folder, "responsibility", "build", "--on", "2026-01-01")
        print(f"  {time.perf_counter() - began:4.0f} s: the city is stored; {count:,} reports are written to a file", flush=True)
        path = folder / "reports.csv"
        write_reports(path, count, corner, chance)
        with telling(engine, began):
            command(url, folder, "cases", "import", str(path), "--crs", "wgs84", "--backlog")
        path.unlink()
    print(f"{count:,} open cases stored in {time.perf_counter() - began:.0f} s", flush=True)


@contextlib.contextmanager
def hurried(engine: Engine) -> Iterator[None]:
    """Let the database wait for no disk meanwhile; when this ends all is on the disk, and it waits again as it should."""
    change(engine, *(f"ALTER SYSTEM SET {name} = off" for name in HURRY), "SELECT pg_reload_conf()")
    yield
    change(engine, *(f"ALTER SYSTEM RESET {name}" for name in HURRY), "SELECT pg_reload_conf()", "CHECKPOINT")
    os.sync()


@contextlib.contextmanager
def telling(engine: Engine, began: float) -> Iterator[None]:
    """Tell now and then how far an import has come."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(TOLD_EVERY_S):
            with engine.connect() as connection:
                row = connection.execute(text(HOW_FAR)).one()
            print(
                f"  {time.perf_counter() - began:4.0f} s: {row.state}, {row.taken:,} reports taken, {row.months} months stored", flush=True
            )

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def change(engine: Engine, *statements: str) -> None:
    """Run statements one by one, each for itself."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))


def redraw(engine: Engine) -> None:
    """Begin an edition in which 250 corners inside communities moved, and let zones change hands on its day."""
    corner = corners(np.random.default_rng(20261101))
    inner = [(column, row) for column in range(2, SIDE, 4) for row in range(10, SIDE, 40)]
    for place in inner:
        corner[place] += MOVED_BY_M
    around = [(column - left, row - below) for column, row in inner for left in (0, 1) for below in (0, 1)]
    shapes = [shapely.Polygon([corner[c, r], corner[c + 1, r], corner[c + 1, r + 1], corner[c, r + 1]]) for c, r in around]
    with make_session_factory(engine).begin() as session:
        stored = list_open_areas(session, Level.UNIT_GRID)
        tree = shapely.STRtree([before.shape or shapely.MultiPolygon() for before in stored])
        old = [stored[tree.query(shape.centroid, predicate="intersects")[0]] for shape in shapes]
        areas = [area(Level.UNIT_GRID, before.code, before.parent_code or "", shape) for before, shape in zip(old, shapes, strict=True)]
        _, differences = apply_edition(session, areas, name="新版", valid_from=CHANGED_ON, scope=Scope(partial=True))
        print(f"{sum(len(difference.changed) for difference in differences):,} unit grids redrawn", flush=True)
        for zone, code in session.execute(text(REDRAW), {"day": CHANGED_ON}).all():
            session.execute(text(BEGIN), {"zone": zone, "area": code, "day": CHANGED_ON})
    change(engine, "VACUUM (ANALYZE)", "CHECKPOINT")


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
    waits, over, memory_mb = list[float](), threading.Event(), list[float]()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gridmgmt", "cases", "reassign", "--on", f"{CHANGED_ON}", "--commit", "--lang", "en"], cwd=ROOT,
        env={**os.environ, "GRIDMGMT_DATABASE_URL": url, "GRIDMGMT_VAR_DIR": str(folder)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    beside = [
        threading.Thread(target=read, args=(engine, waits, over)),
        threading.Thread(target=weigh, args=(engine, process.pid, memory_mb)),
    ]
    for thread in beside:
        thread.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    over.set()
    for thread in beside:
        thread.join()
    told = re.search(r"(\d+) cases changed, none locked for more than (\d+) ms", output)
    if told is None:
        raise SystemExit(output)
    memory = round(max(memory_mb))
    engine.dispose()
    print(f"ours: {count:,} cases read, answered and compared, {int(told[1]):,} changed, each with a step, in {seconds:.1f} s")
    print(f"ratio: {count / seconds / other:.1f} times the peer's rate; no case was locked for more than {told[2]} ms")
    print(f"{len(waits):,} readings of a page of cases beside it, the longest {1000 * max(waits):.0f} ms; memory at most {memory:,} MB")
    return {
        "reassign_s": round(seconds, 1), "reassign_rows": count, "reassign_changed": int(told[1]), "reassign_longest_lock_ms": int(told[2]),
        "reassign_peer_rows_per_s": round(other), "reassign_ratio": round(count / seconds / other, 1), "reassign_mb": memory,
    }  # fmt: skip


def weigh(engine: Engine, command_pid: int, memory_mb: list[float]) -> None:
    """Note four times a second what the command has in memory, and what the database's processes have to themselves, until it is over."""
    with engine.connect() as connection:
        postmaster = int(Path(connection.scalar(text("SHOW data_directory")), "postmaster.pid").read_text(encoding="ascii").split()[0])
    while (own := kilobytes(command_pid, "VmRSS")) > 0:
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text(encoding="ascii").split()
        memory_mb.append((own + sum(kilobytes(int(pid), "RssAnon") for pid in children)) / 1024)
        time.sleep(0.25)


def kilobytes(pid: int, name: str) -> int:
    """Return a line of a process' status, 0 when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(rf"{name}:\s+(\d+)", status)
    return int(found[1]) if found else 0


def read(engine: Engine, waits: list[float], over: threading.Event) -> None:
    """Read a page of cases ten times a second with no patience for locks, until told."""
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '50ms'"))
        while not over.is_set():
            began = time.perf_counter()
            connection.execute(text("SELECT * FROM case_file WHERE is_open AND zone_code IS NOT NULL ORDER BY id DESC LIMIT 50")).all()
            waits.append(time.perf_counter() - began)
            connection.rollback()
            time.sleep(0.1)


if __name__ == "__main__":
    print(json.dumps(figures(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
