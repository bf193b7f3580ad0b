"""Whoever fails too often waits, longer each time."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy.orm import Session

from gridmgmt.accounts import failure_store
from gridmgmt.accounts.failure_store import LONGEST_WAIT, counted, wait_after
from gridmgmt.accounts.sign_in import check_lock
from gridmgmt.errors import TooOftenError

NOW = datetime.datetime(2026, 11, 22, 8, 0, tzinfo=datetime.UTC)


def fail(session: Session, name: str, ip: str, times: int, *, now: datetime.datetime = NOW) -> None:
    """Let sign-ins fail."""
    for _ in range(times):
        failure_store.count_failure(session, counted(name, ip), now=now)


def locked(session: Session, name: str, ip: str, *, now: datetime.datetime = NOW) -> int:
    """Return for how many seconds signing in is locked."""
    try:
        check_lock(session, name, ip, now=now)
    except TooOftenError as error:
        return error.wait_s
    return 0


def test_four_failures_are_free_and_the_fifth_waits(session: Session) -> None:
    fail(session, "li", "10.0.0.1", 4)
    assert locked(session, "li", "10.0.0.1") == 0
    fail(session, "li", "10.0.0.1", 1)
    assert locked(session, "li", "10.0.0.1") == 30
    assert locked(session, "LI ", "10.0.0.1") == 30


def test_the_wait_doubles_up_to_half_an_hour(session: Session) -> None:
    waits = [wait_after(failures, 5).total_seconds() for failures in range(4, 14)]
    assert waits == [0, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800]
    assert wait_after(10_000, 5) == LONGEST_WAIT
    fail(session, "li", "10.0.0.1", 7)
    assert locked(session, "li", "10.0.0.1") == 120
    assert locked(session, "li", "10.0.0.1", now=NOW + datetime.timedelta(seconds=121)) == 0


def test_a_stranger_does_not_lock_the_owner_out_at_once(session: Session) -> None:
    """From another address the name stays open until very many fail."""
    fail(session, "li", "10.6.6.6", 15)
    assert locked(session, "li", "10.6.6.6") > 0
    assert locked(session, "li", "10.0.0.1") == 0
    for last in range(10):
        fail(session, "li", f"10.6.6.{last}", 1)
    assert locked(session, "li", "10.0.0.1") > 0


def test_one_address_that_tries_many_names_is_locked_for_all(session: Session) -> None:
    for number in range(50):
        fail(session, f"name{number}", "10.6.6.6", 1)
    assert locked(session, "never-tried", "10.6.6.6") > 0
    assert locked(session, "never-tried", "10.0.0.1") == 0


def test_names_that_do_not_exist_are_locked_all_the_same_and_not_stored(session: Session) -> None:
    fail(session, "my secret password", "10.0.0.1", 5)
    assert locked(session, "my secret password", "10.0.0.1") == 30
    assert all("secret" not in entry.key for entry in counted("my secret password", "10.0.0.1"))


def test_failures_are_forgotten_after_a_day_or_by_an_administrator(session: Session) -> None:
    fail(session, "li", "10.0.0.1", 30)
    assert failure_store.unlock(session, "li") == 2
    assert locked(session, "li", "10.0.0.1") == 0
    fail(session, "li", "10.0.0.1", 4)
    fail(session, "li", "10.0.0.1", 1, now=NOW + datetime.timedelta(hours=25))
    assert locked(session, "li", "10.0.0.1", now=NOW + datetime.timedelta(hours=25)) == 0
    assert failure_store.clean_up(session, now=NOW + datetime.timedelta(hours=60)) == 3


@pytest.mark.parametrize("failures", range(20))
def test_waits_never_shrink(failures: int) -> None:
    assert wait_after(failures, 5) <= wait_after(failures + 1, 5)
