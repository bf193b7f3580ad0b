"""How a command reaches the settings and the database."""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile
from gridmgmt.cli import cluster
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import NotReadyError
from gridmgmt.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "gridmgmt"


def var_dir() -> Path:
    """Return the folder of everything this machine writes; a relative one is taken from the project's folder."""
    return ROOT / os.environ.get("GRIDMGMT_VAR_DIR", str(Settings.var_dir))


def private_cluster() -> cluster.Cluster:
    """Describe the private cluster of this project folder."""
    return cluster.open_cluster(var_dir() / "pg")


def private_replica() -> cluster.Cluster:
    """Describe the replica of the private cluster."""
    return cluster.open_cluster(var_dir() / "pg-replica")


def settings() -> Settings:
    """Read the settings of this process; without GRIDMGMT_DATABASE_URL the private database is meant."""
    if os.environ.get("GRIDMGMT_DATABASE_URL"):
        return load_settings(os.environ)
    own = private_cluster()
    if not cluster.is_running(own):
        message = "no database: GRIDMGMT_DATABASE_URL is not set and the private one does not run; ./run demo starts it"
        raise NotReadyError(message, zh="没有数据库：未设置 GRIDMGMT_DATABASE_URL，内置数据库也未运行；请执行 ./run demo")
    return load_settings({**os.environ, "GRIDMGMT_DATABASE_URL": own.url(DATABASE)})


def city_today(profile: CityProfile) -> datetime.date:
    """Return the city's day."""
    return profile.day_of(datetime.datetime.now(datetime.UTC))


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
