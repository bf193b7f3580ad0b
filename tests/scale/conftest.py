"""A primary and a streaming replica of its own for these tests, with the toy city and an account that may do everything."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from gridmgmt.cli import cluster
from gridmgmt.cli.cluster import Cluster
from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from tests import toy_city, web_city
from tests.scale.webs import PATIENCE_S, add_everybody

DATABASE = "city"


class Pair:
    """Two running clusters; the second repeats the first."""

    def __init__(self, folder: Path) -> None:
        """Describe both."""
        self.primary, self.replica = cluster.open_cluster(folder / "pg"), cluster.open_cluster(folder / "copy")

    @property
    def url(self) -> str:
        """Address of the primary's database."""
        return self.primary.url(DATABASE)

    @property
    def replica_url(self) -> str:
        """Address of the same database at the replica."""
        return self.replica.url(DATABASE)

    def ask(self, own: Cluster, statement: str) -> object:
        """Ask one of the clusters."""
        engine = create_engine(make_url(own.url(DATABASE)).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            found = connection.execute(text(statement)).scalar()
        engine.dispose()
        return found

    def kill_replica(self) -> None:
        """Send SIGKILL to the replica's first process; the others notice and end."""
        os.kill(int((self.replica.data_dir / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Start both once for a module of tests."""
    with tempfile.TemporaryDirectory(prefix="gridmgmt-scale-") as folder:
        Path(folder).chmod(0o755)
        made = Pair(Path(folder))
        try:
            cluster.start(made.primary, throw_away=True)
            cluster.create_database(made.primary, DATABASE)
            engine = make_engine(made.url)
            migrate(engine)
            with make_session_factory(engine).begin() as session:
                toy_city.load(session)
                web_city.load(session)
            engine.dispose()
            add_everybody(made.url)
            cluster.replicate(made.primary, made.replica)
            yield made
        finally:
            cluster.remove(made.replica)
            cluster.remove(made.primary)


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
