"""What is kept for some seconds is read once for many requests, and anew afterwards."""

from __future__ import annotations

import time

import pytest

from gridmgmt.web.kept import LIMIT, Kept


def test_a_value_is_read_once_while_it_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within its seconds it is not read again; after them it is."""
    clock, read = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    values = Kept(seconds=5)
    for at in (100.0, 104.9, 105.0, 109.0):
        clock[0] = at
        values.get("units", lambda: read.append(clock[0]))
    assert read == [100.0, 105.0]


def test_many_keys_do_not_fill_the_memory() -> None:
    """The oldest go first."""
    read: list[int] = []
    values = Kept(seconds=1000)
    for key in (*range(LIMIT + 1), LIMIT, 0):
        values.get(key, lambda key=key: read.append(key))  # type: ignore[misc]
    assert len(read) == LIMIT + 2
