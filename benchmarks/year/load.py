"""Load a year of cases into the demo city: places resolved once, people's work drawn by scripts, written set by set."""

from __future__ import annotations

import datetime
import os
import time
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.demo import live_in, lived_in_store
from gridmgmt.demo.draw import draw_city
from gridmgmt.demo.incident_mix import CLASSES, HOURS, SOURCES, WEEKDAYS
from gridmgmt.demo.incidents import DAYS, draw_reports
from gridmgmt.demo.lived_in import Happening, LivedIn, Words
from gridmgmt.demo.network import lay_roads
from gridmgmt.demo.places import survey
from gridmgmt.demo.plan import DemoPlan

PLACES = 40_000
AT_ONCE = 100_000
DROPPED = """
SELECT indexname, replace(indexdef, ' ON ONLY ', ' ON ') FROM pg_indexes
WHERE schemaname = 'public' AND tablename IN ('incident_report', 'case_file', 'case_step', 'report_key') AND indexname NOT LIKE 'pk\\_%'
ORDER BY indexname
"""
ASTRAY = """
SELECT count(*) FROM case_file
LEFT JOIN case_step ON case_step.case_id = case_file.id AND case_step.seq = case_file.version AND case_step.to_state = case_file.state
WHERE case_step.seq IS NULL
"""


def load_year(session: Session, plan: DemoPlan, cases: int) -> None:
    """Store so many cases of the year before the plan's day, in one transaction, and say how long it took."""
    profile, rng, began = city_store.get_profile(session), plan.rng("volume"), time.perf_counter()
    city = draw_city(plan, profile.storage_srid)
    ground = survey(city.atoms, city.layout, lay_roads(plan, city, profile.storage_srid).lines, profile.storage_srid)
    reports, points = live_in.inside(draw_reports(rng, ground, PLACES, profile, plan.today), profile)
    with _without_indexes(session):
        outside = lived_in_store.stage_places(session, live_in.places_of(reports, points, profile))
        print(f"{time.perf_counter() - began:7.1f} s  {len(reports):,} places and who answers for them")
        words = Words([entry[:2] + entry[3:] for entry in CLASSES], [(source.value, accuracy) for source, _, accuracy in SOURCES])
        zone = zoneinfo.ZoneInfo(profile.time_zone)
        now = datetime.datetime.combine(plan.today, datetime.time(8), zone)
        lived = LivedIn(session, profile, words, first=plan.today - datetime.timedelta(days=DAYS), now=now, rng=rng)
        every = live_in.happening_of(reports)
        times = _times(rng, cases, plan.today, zone)
        for first in range(0, cases, AT_ONCE):
            chosen = rng.integers(0, len(reports), len(times[first : first + AT_ONCE]))
            lived.live(Happening(chosen, every.classes[chosen], every.sources[chosen], times[first : first + AT_ONCE]), outside, ref="YEAR")
        print(f"{time.perf_counter() - began:7.1f} s  {cases:,} cases written", flush=True)
    print(f"{time.perf_counter() - began:7.1f} s  indexes built")
    assert session.scalar(text(ASTRAY)) == 0  # noqa: S101 - what the triggers would have refused


def settle(engine: Engine) -> None:
    """Write everything that was loaded to the disk, so that none of it is written while we measure."""
    began = time.perf_counter()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
    os.sync()
    print(f"{time.perf_counter() - began:7.1f} s  checkpoint and sync", flush=True)


def _times(rng: np.random.Generator, count: int, today: datetime.date, zone: zoneinfo.ZoneInfo) -> np.ndarray:
    days = [today - datetime.timedelta(days=back) for back in range(DAYS, 0, -1)]
    midnights = np.array([datetime.datetime.combine(day, datetime.time(), zone).timestamp() for day in days], dtype=np.int64)
    weights = np.array([WEEKDAYS[day.weekday()] for day in days])
    hours = np.array(HOURS) / sum(HOURS)
    drawn = midnights[rng.choice(DAYS, count, p=weights / weights.sum())] + rng.choice(24, count, p=hours) * 3600
    return np.sort(drawn + rng.integers(0, 3600, count))


@contextmanager
def _without_indexes(session: Session) -> Iterator[None]:
    """Leave secondary indexes, triggers and foreign keys aside while loading: what is loaded is checked afterwards as a whole."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    session.execute(text("SET LOCAL work_mem = '512MB'"))  # a million steps are sorted in memory
    found = session.execute(text(DROPPED)).all()
    for name, _ in found:
        session.execute(text(f"DROP INDEX {name}"))
    yield
    for _, definition in found:
        session.execute(text(definition))
