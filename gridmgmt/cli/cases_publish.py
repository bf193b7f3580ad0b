"""The second half of a backlog's import: repeats are judged, then each month is built apart and attached, or filled in where it lives."""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import itertools
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import track
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.cases import backlog_store, publish_store
from gridmgmt.cases.backlog_model import BacklogRun, RunState
from gridmgmt.cases.import_reports import RejectedReport, conflict
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.cases_building import Builders
from gridmgmt.cli.language import tr
from gridmgmt.cli.session import city_today
from gridmgmt.errors import ConflictError
from gridmgmt.evaluation import day_store

TRIES = 5
Rejecter = Callable[[Sequence[RejectedReport]], int]


def publish(sessions: sessionmaker[Session], run: BacklogRun, builders: Builders, profile: CityProfile, reject: Rejecter) -> BacklogRun:
    """Make every waiting row of a run a case of the city; months that are through stay so when this breaks off."""
    with sessions() as session:
        months = backlog_store.list_months(session, run.id)
    for month in months:
        builders.begin(month)
        builders.prove(month)
    run = _judge(sessions, run, reject)
    for month in track(months, tr("建立索引并入库", "building indexes, publishing"), console=Console(stderr=True), transient=True):
        builders.wait(month)
        run = _publish_month(sessions, run, month, reject, attach=month in builders.months)
        _sum_up(sessions, month, profile)
    done = dataclasses.replace(run, state=RunState.DONE)
    with sessions.begin() as session:
        backlog_store.advance(session, run, done)
    return done


def _judge(sessions: sessionmaker[Session], run: BacklogRun, reject: Rejecter) -> BacklogRun:
    with sessions.begin() as session:
        conflicts, repeated = publish_store.judge_repeats(session, run.id)
        size = reject([conflict(row, earlier) for row, earlier in conflicts]) if conflicts else run.reject_bytes
        after = dataclasses.replace(
            run, taken=run.taken - repeated - len(conflicts), repeated=run.repeated + repeated, rejected=run.rejected + len(conflicts),
            reject_bytes=size,
        )  # fmt: skip
        backlog_store.advance(session, run, after)
    return after


def _publish_month(sessions: sessionmaker[Session], run: BacklogRun, month: int, reject: Rejecter, *, attach: bool) -> BacklogRun:
    for attempt in itertools.count(1):
        try:
            if attach:
                with sessions.begin() as session:
                    publish_store.attach(session, run.id, month)
            else:
                _fill(sessions, run, month)
        except ConflictError:
            if attempt == TRIES:
                raise
            with sessions() as session:  # somebody was faster: the month lives now, or one of the ids is known
                attach = attach and publish_store.is_empty(session, month)
            run = _judge(sessions, run, reject)
        else:
            return run
    raise AssertionError


def _fill(sessions: sessionmaker[Session], run: BacklogRun, month: int) -> None:
    with sessions.begin() as session:
        publish_store.prepare_fill(session, run.id, month)
    while True:
        with sessions.begin() as session:
            if not publish_store.fill(session, run.id, month):
                return


def _sum_up(sessions: sessionmaker[Session], month: int, profile: CityProfile) -> None:
    """Sum up the days of a month again where days were summed up before: the board would miss its new cases."""
    year, number = divmod(month, 100)
    first = datetime.date(year, number, 1)
    yesterday = city_today(profile) - datetime.timedelta(days=1)
    last = min(first.replace(day=calendar.monthrange(year, number)[1]), yesterday)
    with sessions.begin() as session:
        if first <= last and day_store.has_days(session):
            day_store.roll_up(session, first, last, time_zone=profile.time_zone)
