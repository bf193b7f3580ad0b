"""A process warms up before anybody waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gridmgmt.settings import Settings
from gridmgmt.web import warm_up
from gridmgmt.web.door import Door
from tests.web.desk import door_of


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Door]:
    """Door to a database that is away."""
    door = Door(Settings(database_url=f"postgresql://nobody@/nothing?host={tmp_path}", var_dir=tmp_path))
    yield door
    door.close()


def test_every_connection_is_open_and_given_back(app: Flask) -> None:
    door = door_of(app)
    assert warm_up.warm_up(door, 3) == 3
    pool = door.engine.pool
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    assert pool.checkedin() >= 3  # type: ignore[attr-defined]


def test_a_database_that_is_away_stops_no_process(away: Door) -> None:
    assert warm_up.warm_up(away, 3) == 0
