"""One point, in the database: the one statement against six plain statements a newcomer would write, in the same run.

Usage: ``GRIDMGMT_DATABASE_URL=… python benchmarks/responsibility.py`` on an empty database of its own; it draws the lattice city of
80,089 unit grids and 60,000 road segments there (tests/big_city.py). Prints percentiles and the ratio.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gridmgmt.city.model import Level
from gridmgmt.cli.migrate import migrate
from gridmgmt.crs import snap
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.responsibility.store import explain_plan, resolve_responsibility
from tests import big_city

POINTS, WARM_UP = 3000, 300
ON = datetime.date(2026, 11, 1)
POINT = "st_setsrid(st_makepoint(:x, :y), 4547)"
AREA = {
    level: text(f"""SELECT code, name FROM area WHERE level = '{level.value}' AND st_covers(shape, {POINT})
                AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day) ORDER BY code LIMIT 1""")
    for level in Level
}
SEGMENT = text(f"""SELECT code, st_distance(line, {POINT}) AS d FROM road_segment WHERE st_dwithin(line, {POINT}, 50)
               AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day) ORDER BY d, code LIMIT 1""")
CHIEF = text("""SELECT person.name FROM zone_member INNER JOIN appointment USING (zone_code) INNER JOIN person ON person.id = person_id
             WHERE level = 'community' AND area_code = :code AND post = 'road_chief' AND appointment.segment_code IS NULL
             AND appointment.valid_from <= :day AND (appointment.valid_to IS NULL OR appointment.valid_to > :day)""")


def plain(session: Session, point: tuple[float, float]) -> None:
    """Ask for the area of each level, the segment and the chief, one after the other."""
    values = {"x": point[0], "y": point[1], "day": ON}
    areas = {level: session.execute(statement, values).first() for level, statement in AREA.items()}
    community = areas[Level.COMMUNITY]
    session.execute(SEGMENT, values).first()
    session.execute(CHIEF, {"code": community.code if community else None, "day": ON}).first()


def percentiles(act: Callable[[tuple[float, float]], object], points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the 50th and 99th percentile in milliseconds, after warming up."""
    for point in points[:WARM_UP]:
        act(point)
    times = []
    for point in points:
        start = time.perf_counter()
        act(point)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100]


def main() -> None:
    """Measure and print."""
    engine = make_engine(os.environ["GRIDMGMT_DATABASE_URL"])
    migrate(engine)
    chance = random.Random(7)
    width = big_city.SIDE * 100
    points = [
        (float(snap(big_city.EAST0 + chance.random() * width)), float(snap(big_city.NORTH0 + chance.random() * width)))
        for _ in range(POINTS)
    ]
    with make_session_factory(engine)() as session:
        if session.execute(text("SELECT 1 FROM city_profile")).first() is None:
            big_city.load(session)
        ours = percentiles(lambda point: resolve_responsibility(session, point, on=ON), points)
        theirs = percentiles(lambda point: plain(session, point), points)
        inside = sorted(explain_plan(session, point, on=ON)[0]["Execution Time"] for point in points[:500])
        empty = percentiles(lambda _: session.execute(text("SELECT 1")).scalar(), points)
    engine.dispose()
    print("one point at 80,089 unit grids and 60,000 segments      p50 ms   p99 ms")
    print(f"  the one statement, through SQLAlchemy               {ours[0]:8.2f} {ours[1]:8.2f}")
    print(f"    of it inside the database (EXPLAIN ANALYZE)       {inside[250]:8.2f} {inside[495]:8.2f}")
    print(f"  six plain statements, through SQLAlchemy            {theirs[0]:8.2f} {theirs[1]:8.2f}")
    print(f"  SELECT 1, through SQLAlchemy                        {empty[0]:8.2f} {empty[1]:8.2f}")
    figures = {
        "ratio_p50": round(theirs[0] / ours[0], 2),
        "database_p50_ms": round(inside[250], 3),
        "database_p99_ms": round(inside[495], 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
