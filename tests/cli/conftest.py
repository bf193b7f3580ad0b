"""What the tests of commands share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.db import make_engine, make_session_factory
from tests.cli.imports import City


@pytest.fixture
def city(toy_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[City]:
    """Open the toy city for commands that import into it."""
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", toy_url)
    opened = City(toy_url, tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for English; without it commands speak Chinese."""
    monkeypatch.setenv("GRIDMGMT_LANG", "en")


@pytest.fixture
def sessions(toy_url: str) -> Iterator[sessionmaker[Session]]:
    """Open sessions on a toy city of their own."""
    engine = make_engine(toy_url, pool_size=8)
    yield make_session_factory(engine)
    engine.dispose()
