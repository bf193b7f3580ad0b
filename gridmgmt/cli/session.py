"""How a command reaches the database."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.settings import Settings, load_settings


def settings() -> Settings:
    """Read the settings of this process."""
    return load_settings(os.environ)


def engine() -> Engine:
    """Open the database the settings name."""
    return make_engine(settings().database_url)


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises."""
    opened = engine()
    try:
        with make_session_factory(opened).begin() as session:
            yield session
    finally:
        opened.dispose()
