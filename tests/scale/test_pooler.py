"""A PgBouncer in transaction mode before the database: the same work, though no two transactions need be one session's."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.engine import make_url

from gridmgmt.cli.cluster_account import become, server_account
from gridmgmt.cli.main import cli
from gridmgmt.cli.migrate import difference, migrate
from gridmgmt.cli.session import ROOT
from gridmgmt.db import make_engine, make_session_factory
from tests.cli.test_cases import GOOD, counts, query, run, write_csv
from tests.flows.load import Ledger, Person, prepare_city
from tests.flows.reckoning import list_faults
from tests.messages.servers import always, web_server
from tests.scale.conftest import wait_until
from tests.scale.webs import web

SERVERS = 3  # connections to the database that everybody shares
FOR_SESSIONS = re.compile(
    r"pg_(try_)?advisory_lock|\bLISTEN\b|\bNOTIFY\b|\bSET SESSION\b|\bDEALLOCATE\b|\bWITH HOLD\b"
    r"|CREATE TEMP(ORARY)? TABLE(?![^;]*ON COMMIT DROP)|(?<!SYSTEM )\bSET (?!LOCAL\b)\w+ (=|TO)\s*'?\w+'?\s*(;|\"|$)",
    re.MULTILINE,
)


@pytest.fixture
def pooled(new_database: Callable[..., str], migrated_template: str) -> Iterator[str]:
    """URL of a migrated database behind a pooler; set up as ``docs/scale.md`` says."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("the package pgbouncer is not installed")
    direct = make_url(new_database(migrated_template))
    engine = make_engine(direct.render_as_string(hide_password=False))
    with engine.begin() as connection:
        for setting in ("timezone = 'UTC'", "jit = off", "max_parallel_workers_per_gather = 0"):
            connection.execute(text(f'ALTER DATABASE "{direct.database}" SET {setting}'))
    engine.dispose()
    with tempfile.TemporaryDirectory(prefix="gridmgmt-pool-") as folder:
        _configure(Path(folder), direct.query["host"], direct.username)
        command = [program, f"{folder}/pgbouncer.ini"]
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", server_account(), folder], check=True)
            command = [*become(server_account()), *command]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: _accepts(f"{folder}/.s.PGSQL.6432"))
            url = direct.update_query_dict({"host": folder, "port": "6432", "pgbouncer": "true"})
            yield url.render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait()


def _configure(folder: Path, server: object, account: str | None) -> None:
    (folder / "users.txt").write_text(f'"{account}" ""\n')
    (folder / "pgbouncer.ini").write_text(f"""[databases]
* = host={server}
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {SERVERS}
max_client_conn = 200
""")


def _accepts(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def backends(url: str) -> object:
    """Return how many sessions the database has, the one that asks included."""
    return query(url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'")[0][0]


def test_nothing_is_asked_of_a_session_that_outlives_its_transaction() -> None:
    sources = [path for pattern in ("*.py", "*.sql") for path in (ROOT / "gridmgmt").rglob(pattern)]
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sources
        for match in FOR_SESSIONS.finditer(re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8")))
    ]
    assert not found, found


@pytest.mark.slow
def test_many_clients_share_a_few_sessions_and_disturb_each_other_in_nothing(pooled: str) -> None:
    engine, wrong, sessions = make_engine(pooled, pool_size=12), list[str](), set[int]()

    def ask(client: int) -> None:
        for number in range(60):
            with engine.begin() as connection:
                connection.execute(text("SET LOCAL lock_timeout = '7s'"))
                connection.execute(text("CREATE TEMPORARY TABLE mine (id integer) ON COMMIT DROP"))
                connection.execute(text("INSERT INTO mine VALUES (:id)"), {"id": client * 1000 + number})
                sessions.add(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
                if connection.execute(text("SELECT id FROM mine")).scalar_one() != client * 1000 + number:
                    wrong.append("another's row")
            with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                if connection.execute(text("SHOW lock_timeout")).scalar_one() != "0":
                    wrong.append("another's setting")
                if connection.execute(text("SHOW timezone")).scalar_one() != "UTC":
                    wrong.append("another time zone")

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    assert not wrong, wrong
    assert 1 < len(sessions) <= SERVERS


@pytest.mark.slow
def test_people_take_cases_through_their_whole_way_and_messages_are_sent_once(pooled: str, tmp_path: Path) -> None:
    engine, ledger, stop = make_engine(pooled), Ledger(), threading.Event()
    sessions = make_session_factory(engine)
    with sessions.begin() as session:
        tokens = prepare_city(session)
    with web_server(always()) as receiver:
        environ = {"GRIDMGMT_WEBHOOK_HOOK_URL": receiver.url, "GRIDMGMT_PRIVATE_WEBHOOKS": "1"}
        with web(pooled, tmp_path, environ) as served:
            crowd = [Person(number, served.port, tokens, ledger, stop) for number in range(6)]
            for person in crowd:
                person.start()
            wait_until(lambda: len(ledger.reports) >= 12 or ledger.wrong)
            assert int(str(backends(pooled))) <= SERVERS
            stop.set()
            for person in crowd:
                person.join(60)
        worker = [sys.executable, "-m", "gridmgmt", "worker", "--once"]
        for _again in range(2):
            subprocess.run(
                worker, cwd=ROOT, env={**os.environ, **environ, "GRIDMGMT_DATABASE_URL": pooled}, check=True, capture_output=True
            )
        with sessions() as session:
            faults = list_faults(session, ledger, [entry.headers["Idempotency-Key"] for entry in receiver.received])
    engine.dispose()
    assert not faults, faults[:10]
    assert ledger.counted["sent again"] == 0
    assert len(ledger.acts) > 20


@pytest.mark.slow
def test_commands_migrate_import_and_check_through_it(pooled: str, tmp_path: Path) -> None:
    engine = make_engine(pooled)
    migrate(engine)
    assert difference(engine) == []
    with make_session_factory(engine).begin() as session:
        prepare_city(session)
    engine.dispose()
    file = write_csv(tmp_path / "reports.csv", GOOD)
    for imported in (len(GOOD), 0):
        before = counts(pooled)
        done = run(pooled, "import", file, "--crs", "wgs84", "--source", "hotline")
        assert done.exit_code == 0, done.output
        assert int(str(counts(pooled)[0])) - int(str(before[0])) == imported
    built = CliRunner(env={"GRIDMGMT_DATABASE_URL": pooled, "GRIDMGMT_VAR_DIR": str(tmp_path), "GRIDMGMT_LANG": "en"}).invoke(
        cli, ["responsibility", "build"]
    )
    assert built.exit_code == 0, built.output
