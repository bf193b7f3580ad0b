"""A job is computed by whoever holds its lease, and by nobody twice."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError
from gridmgmt.siting import job_store
from gridmgmt.siting.scenario import CurvePoint, JobState
from tests.siting.drawn_set import AT, add_drawn_scenario, drawn_tables

LEASE = datetime.timedelta(seconds=30)


def minutes(count: float) -> datetime.datetime:
    return AT + datetime.timedelta(minutes=count)


@pytest.fixture
def scenario_id(session: Session) -> int:
    """Return a scenario to be solved."""
    return add_drawn_scenario(session, drawn_tables(demand=5, candidates=5)).id


def test_a_job_is_taken_once_and_again_when_its_lease_ran_out_with_what_was_saved(session: Session, scenario_id: int) -> None:
    number = job_store.add_job(session, scenario_id, at=AT, by="planner").id
    assert job_store.find_due(session, now=AT) == number
    first = job_store.take(session, number, key="one", now=AT, lease=LEASE)
    assert first is not None
    assert first[1] is None
    assert job_store.take(session, number, key="two", now=AT, lease=LEASE) is None
    assert job_store.find_due(session, now=AT) is None
    curve = [CurvePoint(1.0, 5.0, None), CurvePoint(2.0, 6.0, 9.0)]
    assert job_store.beat(session, number, key="one", until=minutes(1), seconds=2.0, progress=curve, saved={"selected": [1]}) is False
    assert job_store.find_due(session, now=minutes(2)) == number
    again = job_store.take(session, number, key="two", now=minutes(2), lease=LEASE)
    assert again is not None
    job, saved = again
    assert (job.attempts, saved, list(job.progress)) == (2, {"selected": [1]}, curve)
    assert job_store.beat(session, number, key="one", until=minutes(9), seconds=3.0, progress=[], saved=None) is None
    assert not job_store.finish(session, number, key="one", state=JobState.DONE, at=minutes(3))
    assert job_store.finish(session, number, key="two", state=JobState.DONE, at=minutes(3))
    assert job_store.get_job(session, number).state is JobState.DONE
    assert job_store.find_due(session, now=minutes(99)) is None


def test_a_scenario_is_solved_once_at_a_time_and_goes_on_from_what_the_last_job_saved(session: Session, scenario_id: int) -> None:
    number = job_store.add_job(session, scenario_id, at=AT, by="planner").id
    with pytest.raises(ConflictError):
        job_store.add_job(session, scenario_id, at=AT, by="planner")
    job_store.take(session, number, key="one", now=AT, lease=LEASE)
    job_store.beat(session, number, key="one", until=minutes(1), seconds=1.0, progress=[], saved={"selected": [2, 3]})
    job_store.finish(session, number, key="one", state=JobState.CANCELLED, at=AT)
    assert job_store.find_saved(session, scenario_id) == {"selected": [2, 3]}
    assert job_store.add_job(session, scenario_id, at=AT, by="planner").id > number


def test_cancelling_ends_a_waiting_job_and_asks_a_running_one_to_stop(session: Session, scenario_id: int) -> None:
    waiting = job_store.add_job(session, scenario_id, at=AT, by="planner").id
    assert job_store.ask_to_cancel(session, waiting, at=AT).state is JobState.CANCELLED
    with pytest.raises(ConflictError):
        job_store.ask_to_cancel(session, waiting, at=AT)
    running = job_store.add_job(session, scenario_id, at=AT, by="planner").id
    job_store.take(session, running, key="one", now=AT, lease=LEASE)
    assert job_store.ask_to_cancel(session, running, at=AT).state is JobState.RUNNING
    assert job_store.beat(session, running, key="one", until=minutes(1), seconds=1.0, progress=[], saved=None) is True


def test_a_lease_given_back_counts_only_when_the_attempt_failed(session: Session, scenario_id: int) -> None:
    number = job_store.add_job(session, scenario_id, at=AT, by="planner").id
    for counted, attempts in ((False, 0), (True, 1)):
        job_store.take(session, number, key="one", now=AT, lease=LEASE)
        job_store.release(session, number, key="one", counted=counted)
        job = job_store.get_job(session, number)
        assert (job.state, job.attempts, job.leased_until) == (JobState.WAITING, attempts, None)
