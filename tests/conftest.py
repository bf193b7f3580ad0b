"""A throw-away PostGIS cluster for the whole run, a template database with the toy city, a fresh copy for every test that asks."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from gridmgmt.accounts import password
from gridmgmt.cases import partition_store
from gridmgmt.cli import cluster
from gridmgmt.cli.migrate import migrate
from gridmgmt.db import make_engine, make_session_factory
from tests import toy_city, web_city
from tests.web.translations import compile_translations

SHARED = Path(__file__).resolve().parents[2] / "shared"
MEMORY_DISK, ROOM_GB = Path("/dev/shm"), 6  # noqa: S108 - a folder of random name is made in it
MEMORY = Path("/proc/meminfo")
MONTHS = (202610, 202611, 202612, 202701)  # of the cases of tests; migrations make those about the day they run on
ROOT = Path(__file__).resolve().parents[1]
# Its input ends when we end or are killed, however that happens: no server outlives the tests it was made for.
REMOVE_AT_THE_END = """
import pathlib, shutil, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sys.stdin.read()
from gridmgmt.cli import cluster
folder = pathlib.Path(sys.argv[1])
cluster.remove(cluster.open_cluster(folder / "pg"))
shutil.rmtree(folder, ignore_errors=True)
"""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage while test files are compiled: before Python 3.11.8 a parser it interrupts may fail; what is imported then stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


class Copies:
    """Copies of a template for tests that seldom commit: one in which nobody committed is as it was, and serves the next test too."""

    def __init__(self, template: str, make: Callable[..., str], admin: Engine) -> None:
        """Start with none; ``make`` copies a template, ``admin`` drops what was changed."""
        self.template, self.make, self.admin = template, make, admin
        self.unchanged: list[Engine] = []

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session on a copy that is as the template; its engine stays too, with what it compiled and prepared."""
        engine = self.unchanged.pop() if self.unchanged else make_engine(self.make(self.template))
        committed = False

        def note(connection: Connection) -> None:
            nonlocal committed
            committed = committed or connection.engine.url.database == engine.url.database

        event.listen(Engine, "commit", note)  # of any engine: commands open their own
        try:
            with make_session_factory(engine)() as opened:
                yield opened
        finally:
            event.remove(Engine, "commit", note)
            if committed:
                engine.dispose()
                _drop(self.admin, engine.url.database)
            else:
                self.unchanged.append(engine)

    def close(self) -> None:
        """Close what is open."""
        for engine in self.unchanged:
            engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def production_hasher() -> Iterator[PasswordHasher]:
    """Hash with the least effort, since people sign in by the hundred here; give what is spent on a password otherwise."""
    real, password.HASHER = password.HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield real
    password.HASHER = real


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """URL of a database on a server where databases may be made: the one in GRIDMGMT_DATABASE_URL, or an own throw-away cluster."""
    given = os.environ.get("GRIDMGMT_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="gridmgmt-test-", dir=_quick_folder()))
    folder.chmod(0o755)
    command = [sys.executable, "-c", REMOVE_AT_THE_END, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd=ROOT):  # at the end its input closes
        own = cluster.open_cluster(folder / "pg")
        cluster.start(own, throw_away=True)
        yield own.url("postgres")


@pytest.fixture(scope="session")
def admin(server_url: str) -> Iterator[Engine]:
    """Engine that makes and drops databases on the server."""
    engine = create_engine(make_url(server_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def new_database(server_url: str, admin: Engine) -> Iterator[Callable[..., str]]:
    """Return a function that makes a database (empty, or a copy of ``template``) and returns its URL; all are dropped at the end."""
    counter, made, run = itertools.count(), [], uuid.uuid4().hex[:8]

    def make(template: str | None = None) -> str:
        name = f"gridmgmt_test_{run}_{next(counter)}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"{_copy_of(template, connection)}'))
        made.append(name)
        return make_url(server_url).set(database=name).render_as_string(hide_password=False)

    yield make
    for name in made:
        _drop(admin, name)


@pytest.fixture(scope="session")
def migrated_template(new_database: Callable[..., str]) -> str:
    """URL of a migrated database without a city; copied, never used itself."""
    url = new_database()
    engine = make_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def toy_template(new_database: Callable[..., str], migrated_template: str) -> str:
    """URL of a database with the toy city; copied, never used itself."""
    url = new_database(migrated_template)
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        partition_store.ensure_months(session, MONTHS)
        toy_city.load(session)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def web_template(new_database: Callable[..., str], toy_template: str) -> str:
    """URL of a toy city with facilities, classes and tiles; copied, never used itself."""
    compile_translations()
    url = new_database(toy_template)
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        web_city.load(session)
    engine.dispose()
    return url


@pytest.fixture
def empty_url(new_database: Callable[..., str], admin: Engine, migrated_template: str) -> Iterator[str]:
    """URL of a migrated database of its own, without a city."""
    url = new_database(migrated_template)
    yield url
    _drop(admin, make_url(url).database)


@pytest.fixture
def toy_url(new_database: Callable[..., str], admin: Engine, toy_template: str) -> Iterator[str]:
    """URL of a toy city of its own."""
    url = new_database(toy_template)
    yield url
    _drop(admin, make_url(url).database)


@pytest.fixture(scope="session")
def empty_copies(new_database: Callable[..., str], admin: Engine, migrated_template: str) -> Iterator[Copies]:
    """Keep copies of the database without a city."""
    copies = Copies(migrated_template, new_database, admin)
    yield copies
    copies.close()


@pytest.fixture(scope="session")
def toy_copies(new_database: Callable[..., str], admin: Engine, toy_template: str) -> Iterator[Copies]:
    """Keep copies of the toy city."""
    copies = Copies(toy_template, new_database, admin)
    yield copies
    copies.close()


@pytest.fixture
def empty_session(request: pytest.FixtureRequest, empty_copies: Copies) -> Iterator[Session]:
    """Session on a migrated database without a city: that of ``empty_url`` when a test asks for both."""
    with _session(request.getfixturevalue("empty_url")) if "empty_url" in request.fixturenames else empty_copies.session() as opened:
        yield opened


@pytest.fixture
def session(request: pytest.FixtureRequest, toy_copies: Copies) -> Iterator[Session]:
    """Session on a toy city: that of ``toy_url`` when a test asks for both."""
    with _session(request.getfixturevalue("toy_url")) if "toy_url" in request.fixturenames else toy_copies.session() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data beside the project; skips where it is absent."""
    if not SHARED.exists():
        pytest.skip("the real data beside the project (../shared) is absent")
    return SHARED / "data"


def _quick_folder() -> Path | None:
    """Return a disk in memory where there is plenty of it: a database of a thousand files is copied there ten times as quickly."""
    if not MEMORY_DISK.is_dir() or not MEMORY.is_file():
        return None
    told = dict(line.split(":", 1) for line in MEMORY.read_text(encoding="ascii").splitlines())
    free = min(shutil.disk_usage(MEMORY_DISK).free, int(told["MemAvailable"].split()[0]) * 1024)
    return MEMORY_DISK if free > ROOM_GB * 2**30 else None


def _copy_of(template: str | None, connection: Connection) -> str:
    """Return the clause that copies a template file by file, which is quicker to make and much quicker to drop than through the log."""
    if template is None:
        return ""
    version = connection.dialect.server_version_info or (0,)
    return f' TEMPLATE "{make_url(template).database}"' + (" STRATEGY FILE_COPY" if version >= (15,) else "")


def _drop(admin: Engine, name: str | None) -> None:
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


@contextlib.contextmanager
def _session(url: str) -> Iterator[Session]:
    engine = make_engine(url)
    with make_session_factory(engine)() as session:
        yield session
    engine.dispose()
