"""How often somebody may ask, compared with counting by hand; by many at once."""

from __future__ import annotations

import concurrent.futures
import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gridmgmt.accounts import rate_store
from gridmgmt.accounts.rate_store import Rate
from gridmgmt.db import make_engine, make_session_factory

NOW = datetime.datetime(2026, 11, 22, 8, 0, tzinfo=datetime.UTC)
_keys = iter(range(10**9))


def at(seconds: float) -> datetime.datetime:
    """Return a moment so many seconds after the start."""
    return NOW + datetime.timedelta(seconds=seconds)


def test_a_burst_is_free_then_one_at_a_time(session: Session) -> None:
    rate = Rate(10, 3)
    assert [rate_store.take_turn(session, "k", rate, now=NOW) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert rate_store.take_turn(session, "k", rate, now=at(9)) == 1
    assert rate_store.take_turn(session, "k", rate, now=at(10)) == 0
    assert rate_store.take_turn(session, "other", rate, now=NOW) == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.integers(0, 40), min_size=1, max_size=30), every=st.integers(1, 20), burst=st.integers(1, 5))
def test_it_is_a_bucket_that_fills_up_one_by_one(session: Session, gaps: list[int], every: int, burst: int) -> None:
    """The second way of counting: a bucket of ``burst`` turns, filled by one every ``every`` seconds."""
    key, moment, left, filled = f"h{next(_keys)}", 0, float(burst), 0
    for gap in gaps:
        moment += gap
        left, filled = min(float(burst), left + (moment - filled) / every), moment
        allowed = left >= 1 - 1e-9
        left -= 1 if allowed else 0
        assert (rate_store.take_turn(session, key, Rate(every, burst), now=at(moment)) == 0) is allowed


def test_the_wait_that_is_told_is_enough_and_not_too_long(session: Session) -> None:
    rate = Rate(7, 2)
    for _ in range(2):
        rate_store.take_turn(session, "w", rate, now=NOW)
    wait = rate_store.take_turn(session, "w", rate, now=at(3))
    assert wait == 4
    assert rate_store.take_turn(session, "w", rate, now=at(3 + wait)) == 0


def test_many_workers_together_get_no_more_than_one(toy_url: str) -> None:
    """Forty requests at one moment through eight connections: exactly the burst is let through."""
    engine = make_engine(toy_url, pool_size=8)
    sessions = make_session_factory(engine)

    def ask(_number: int) -> int:
        with sessions.begin() as session:
            return rate_store.take_turn(session, "crowd", Rate(60, 7), now=NOW)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))
    engine.dispose()
    assert answers.count(0) == 7


def test_who_has_not_asked_for_long_is_forgotten(session: Session) -> None:
    rate_store.take_turn(session, "old", Rate(10, 3), now=NOW)
    assert rate_store.clean_up(session, now=at(5)) == 0
    assert rate_store.clean_up(session, now=at(11)) == 1
