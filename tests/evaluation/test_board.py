"""The live board, its days and its hot spots against counting by hand with pandas."""

from __future__ import annotations

import datetime
import zoneinfo

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, NOWHERE, Scope
from gridmgmt.cases.model import CaseAction, CaseState, IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.cases.workflow import DONE_STATES, FINAL_STATES, OPEN_STATES
from gridmgmt.city.model import Level
from gridmgmt.evaluation import board_store, day_store
from gridmgmt.evaluation.model import DayFlow, Flow
from tests import toy_city
from tests.cases import loop

CITY = zoneinfo.ZoneInfo("Asia/Shanghai")
NOW = loop.NOW + datetime.timedelta(hours=1)
TODAY = NOW.astimezone(CITY).date()
LATER = NOW + datetime.timedelta(days=30)
ENDS: dict[CaseState, tuple[CaseAction, ...]] = {
    CaseState.REPORTED: (),
    CaseState.HANDLING: loop.TO_HANDLING,
    CaseState.PENDING_CHECK: loop.TO_CHECK,
    CaseState.CLOSED: loop.TO_CLOSED,
    CaseState.REFUSED: (CaseAction.REFUSE,),
}
PLACES = [(50, 70), (52, 71), (150, 70), (150, 150), (20, 150)]


@pytest.fixture
def city(session: Session) -> Session:
    """Three cases at each of five places, in five states, opened on three days."""
    loop.add_units(session)
    for n, (x, y) in enumerate(PLACES * 3):
        opened = loop.NOW - datetime.timedelta(days=n % 3)
        source = ReportSource.INSPECTOR
        report = IncidentReport(*toy_city.point(x, y), "epsg:4547", source, opened, client_request_id=f"board-{n}")
        case = report_incident(session, report, profile=toy_city.PROFILE, now=opened, actor="reporter").case
        for action in list(ENDS.values())[(n + n // 5) % len(ENDS)]:
            case = loop.act(session, case, action, now=loop.NOW)
    with_clock = "UPDATE case_file SET due_at = opened_at + interval '2 hours' WHERE unit_code IS NOT NULL AND id % 2 = 0"
    session.execute(text(with_clock))
    session.execute(text("UPDATE case_file SET due_at = :soon WHERE state = 'reported'"), {"soon": NOW + datetime.timedelta(hours=2)})
    session.flush()
    return session


def frame(session: Session) -> pd.DataFrame:
    """Return every case with its place."""
    statement = "SELECT case_file.*, st_x(point) AS x, st_y(point) AS y FROM case_file"
    return pd.read_sql(text(statement), session.connection())


def test_open_cases_by_area_and_state(city: Session) -> None:
    found = board_store.count_open(city, EVERYWHERE, Level.STREET_OFFICE, now=NOW)
    rows = frame(city)
    opened = rows[rows["state"].isin([state.value for state in OPEN_STATES])]
    by_hand = opened.groupby(["street_office_code", "state"]).size().to_dict()
    assert {(count.code, count.state.value): count.cases for count in found} == by_hand
    running = opened[opened["clock_stopped_at"].isna()]
    due = pd.to_datetime(running["due_at"], utc=True)
    assert sum(count.overdue for count in found) == (due < NOW).sum() > 0
    assert sum(count.soon for count in found) == ((due >= NOW) & (due < NOW + datetime.timedelta(hours=4))).sum() > 0


def test_the_board_shows_only_what_one_may_see(city: Session) -> None:
    west = Scope(areas=((Level.STREET_OFFICE, toy_city.WEST),))
    assert {count.code for count in board_store.count_open(city, west, Level.STREET_OFFICE, now=NOW)} == {toy_city.WEST}
    assert board_store.count_open(city, NOWHERE, Level.DISTRICT, now=NOW) == []
    inside = board_store.count_open(city, EVERYWHERE, Level.COMMUNITY, now=NOW, within=(Level.STREET_OFFICE, toy_city.EAST))
    assert {count.code for count in inside} == {toy_city.EAST_COMMUNITY}
    assert sum(spot.cases for spot in board_store.list_spots(city, west, cell_m=50, now=NOW)) < len(PLACES) * 3


def test_what_came_in_and_went_out_today(city: Session) -> None:
    since = day_store.midnight(TODAY, CITY.key)
    flows = board_store.count_flow(city, EVERYWHERE, Level.DISTRICT, since=since, until=LATER)
    rows = frame(city)
    today = rows[pd.to_datetime(rows["opened_at"], utc=True) >= since]
    done, final = [state.value for state in DONE_STATES], [state.value for state in FINAL_STATES]
    flow = flows[toy_city.DISTRICT]
    assert flow.opened == len(today)
    assert flow.closed == rows["state"].isin(done).sum() > 0  # all ended today
    assert flow.dropped == (rows["state"].isin(final) & ~rows["state"].isin(done)).sum() > 0
    closed = rows[rows["state"].isin(done) & rows["due_at"].notna()]
    stopped = pd.to_datetime(closed["clock_stopped_at"], utc=True).fillna(pd.Timestamp(loop.NOW))  # no clock: the step that closed it
    kept = stopped <= pd.to_datetime(closed["due_at"], utc=True)
    assert (flow.timed, flow.in_time) == (len(closed), kept.sum())


def test_days_summed_up_are_the_same_as_counted_live(city: Session) -> None:
    day_store.roll_up_missing(city, today=TODAY + datetime.timedelta(days=1), time_zone=CITY.key)
    days: list[DayFlow] | None = None
    for _ in range(2):  # once more changes nothing
        day_store.roll_up(city, TODAY - datetime.timedelta(days=40), TODAY, time_zone=CITY.key)
        days = day_store.list_days(city, EVERYWHERE, first=TODAY - datetime.timedelta(days=3), last=TODAY)
        assert days is not None
        for entry in days:
            since, until = (day_store.midnight(entry.day + datetime.timedelta(days=n), CITY.key) for n in (0, 1))
            live = board_store.count_flow(city, EVERYWHERE, Level.DISTRICT, since=since, until=until)
            assert entry.flow == live.get(toy_city.DISTRICT, Flow())
        assert sum(entry.flow.opened for entry in days) == len(PLACES) * 3
    west = day_store.list_days(city, Scope(areas=((Level.STREET_OFFICE, toy_city.WEST),)), first=TODAY, last=TODAY)
    assert west is not None
    assert days is not None
    assert 0 < west[0].flow.opened < days[-1].flow.opened
    assert day_store.list_days(city, Scope(person_id=1), first=TODAY, last=TODAY) is None


def test_only_missing_days_are_summed_up_again(city: Session) -> None:
    first = day_store.roll_up_missing(city, today=TODAY, time_zone=CITY.key)
    assert first == (TODAY - datetime.timedelta(days=2), TODAY - datetime.timedelta(days=1))
    again = day_store.roll_up_missing(city, today=TODAY + datetime.timedelta(days=3), time_zone=CITY.key)
    assert again == (TODAY - datetime.timedelta(days=2), TODAY + datetime.timedelta(days=2))


def test_an_empty_city_has_nothing_to_sum_up(session: Session) -> None:
    assert day_store.roll_up_missing(session, today=TODAY, time_zone=CITY.key) is None


def test_hot_spots_are_square_cells_counted_by_hand(city: Session) -> None:
    spots = board_store.list_spots(city, EVERYWHERE, cell_m=50, now=NOW, since=loop.NOW - datetime.timedelta(days=30))
    rows = frame(city)
    by_hand = rows.groupby([np.floor(rows["x"] / 50) * 50, np.floor(rows["y"] / 50) * 50]).size().to_dict()
    assert {(spot.x, spot.y): spot.cases for spot in spots} == by_hand
    assert [spot.cases for spot in spots] == sorted((spot.cases for spot in spots), reverse=True)
    still_open = board_store.list_spots(city, EVERYWHERE, cell_m=50, now=NOW)
    assert sum(spot.cases for spot in still_open) == rows["state"].isin([state.value for state in OPEN_STATES]).sum()


def test_a_month_of_one_person(city: Session) -> None:
    rows = frame(city)
    since, until = loop.NOW - datetime.timedelta(days=2), LATER
    who = int(rows["person_id"].value_counts().index[0])
    months = board_store.count_month(city, EVERYWHERE, since=since, until=until, now=NOW, person_id=who)
    assert {entry.state.value: entry.cases for entry in months} == rows[rows["person_id"] == who].groupby("state").size().to_dict()
    assert sum(entry.late for entry in months) <= sum(entry.timed for entry in months)
    assert board_store.count_month(city, EVERYWHERE, since=since, until=until, now=NOW, person_id=None) == []


def test_names_of_the_areas_below_one(session: Session) -> None:
    below = board_store.list_names(session, Level.STREET_OFFICE, on=TODAY, within=(Level.DISTRICT, toy_city.DISTRICT))
    assert below == {toy_city.WEST: "西街道", toy_city.EAST: "东街道"}


def test_satisfaction_of_those_who_answered(city: Session) -> None:
    answer = "INSERT INTO satisfaction (case_id, satisfied, answered_at) SELECT id, id % 3 > 0, :at FROM case_file WHERE state = 'closed'"
    city.execute(text(answer), {"at": NOW})
    rows = frame(city)
    closed = rows[rows["state"] == "closed"]
    found = board_store.count_satisfaction(city, EVERYWHERE, since=NOW, until=LATER)
    assert (found.answers, found.satisfied) == (len(closed), (closed["id"] % 3 > 0).sum())
    assert board_store.count_satisfaction(city, EVERYWHERE, since=LATER, until=LATER).percent is None
