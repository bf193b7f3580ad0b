"""The private cluster: made once, found again, stopped alone, and back after a crash."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from gridmgmt.cli import cluster
from gridmgmt.cli.cluster import Cluster
from gridmgmt.cli.main import cli
from gridmgmt.errors import NotReadyError

pytestmark = pytest.mark.slow


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an open folder outside pytest's own, which is closed to the server's account."""
    with tempfile.TemporaryDirectory(prefix="gridmgmt-cluster-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def own(folder: Path) -> Iterator[Cluster]:
    """Describe a cluster that is removed at the end."""
    made = cluster.open_cluster(folder / "pg")
    yield made
    cluster.remove(made)


def postmaster(own: Cluster) -> int:
    """Return the number of the server's first process."""
    return int((own.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])


def answer(own: Cluster, statement: str) -> object:
    """Ask the cluster's first database."""
    engine = create_engine(own.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        found = connection.execute(text(statement)).scalar()
    engine.dispose()
    return found


def test_a_second_start_changes_nothing_and_a_stop_is_final(own: Cluster) -> None:
    assert not cluster.is_running(own)
    assert cluster.start(own, throw_away=True)
    first = postmaster(own)
    assert not cluster.start(own, throw_away=True)
    assert postmaster(own) == first
    cluster.create_database(own, "gridmgmt")
    cluster.create_database(own, "gridmgmt")
    assert answer(own, "SELECT count(*) FROM pg_database WHERE datname = 'gridmgmt'") == 1
    assert cluster.stop(own)
    assert not cluster.stop(own)
    assert not cluster.is_running(own)


def test_nobody_else_gets_in(own: Cluster) -> None:
    cluster.start(own, throw_away=True)
    assert answer(own, "SHOW listen_addresses") == ""
    assert own.data_dir.stat().st_mode & 0o077 == 0
    assert own.socket_dir.stat().st_mode & 0o077 == 0
    assert Path(f"/proc/{postmaster(own)}").stat().st_uid != 0


def test_after_kill_9_it_starts_again_with_what_was_committed(own: Cluster) -> None:
    cluster.start(own)
    engine = create_engine(own.url("postgres").replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept AS SELECT 42 AS answer"))
    os.kill(postmaster(own), signal.SIGKILL)
    engine.dispose()
    _until(lambda: not cluster.is_running(own))
    assert cluster.start(own)
    assert answer(own, "SELECT answer FROM kept") == 42


def test_a_pid_that_now_belongs_to_somebody_else_is_not_our_server(own: Cluster) -> None:
    cluster.start(own, throw_away=True)
    cluster.stop(own)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        (own.data_dir / "postmaster.pid").write_text(f"{stranger.pid}\n{own.data_dir}\n0\n5432\n{own.socket_dir}\n\n0 0\nready\n")
        assert not cluster.is_running(own)
        assert not cluster.stop(own)
        assert cluster.start(own, throw_away=True)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_killed_creation_is_begun_again(own: Cluster) -> None:
    unfinished = own.data_dir.with_name("pg.unfinished")
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("15\n")
    assert cluster.start(own, throw_away=True)
    assert not unfinished.exists()


def test_a_long_and_spaced_path_has_a_short_socket(folder: Path) -> None:
    deep = folder / ("区" * 40) / ("long name " * 10).strip() / "pg"
    own = cluster.open_cluster(deep)
    assert len(str(own.socket_dir)) < 80
    cluster.start(own, throw_away=True)
    assert own.data_dir == deep
    assert answer(own, "SELECT 1") == 1
    cluster.remove(own)
    assert not own.data_dir.exists()
    assert not own.socket_dir.exists()


def test_a_socket_folder_that_somebody_else_made_is_refused(own: Cluster, folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    own.socket_dir.symlink_to(elsewhere)
    try:
        with pytest.raises(NotReadyError, match="is a link"):
            cluster.start(own, throw_away=True)
    finally:
        own.socket_dir.unlink()


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs the server as somebody else")
def test_a_folder_closed_to_the_servers_account_is_left_for_the_systems_one(folder: Path) -> None:
    folder.chmod(0o700)
    own = cluster.open_cluster(folder / "var" / "pg")
    assert own.data_dir.parent == Path("/var/lib/gridmgmt")
    try:
        cluster.start(own, throw_away=True)
        assert answer(own, "SELECT 1") == 1
    finally:
        cluster.remove(own)


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become somebody else")
def test_an_account_without_rights_runs_its_own(folder: Path) -> None:
    """The same code as a person who is not root: the account nobody starts, asks and removes a cluster of its own."""
    nobody = pwd.getpwnam("nobody")
    home = folder / "home"
    home.mkdir()
    shutil.chown(home, nobody.pw_uid, nobody.pw_gid)
    python, root = _readable_python(), Path(__file__).resolve().parents[2]
    if python is None or not _reads(nobody.pw_name, root):
        pytest.skip("the account nobody may not read this project or no Python of the system has its packages")
    script = (
        "from pathlib import Path; from gridmgmt.cli import cluster as c; o = c.open_cluster(Path('pg'));"
        "print(o.account, c.start(o, throw_away=True), c.is_running(o), c.start(o)); c.create_database(o, 'x'); c.remove(o); print(o.data_dir.exists())"
    )
    done = subprocess.run(
        ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", python, "-c", script],
        cwd=home, env={"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["nobody", "True", "True", "False", "False"], done.stderr


def _readable_python() -> str | None:
    """Return the system's Python: the cluster needs nothing but the standard library, which serves where nobody may run ours."""
    return "/usr/bin/python3" if Path("/usr/bin/python3").exists() and _version("/usr/bin/python3") >= (3, 11) else None


def _version(python: str) -> tuple[int, ...]:
    out = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True)
    return tuple(map(int, out.stdout.split()))


def _reads(account: str, folder: Path) -> bool:
    done = subprocess.run(
        ["setpriv", f"--reuid={account}", "--clear-groups", "test", "-r", str(folder / "gridmgmt" / "errors.py")], check=False
    )
    return done.returncode == 0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)


def test_a_replica_repeats_its_primary_and_both_are_stopped_and_removed(folder: Path) -> None:
    run = CliRunner(env={"GRIDMGMT_VAR_DIR": str(folder), "GRIDMGMT_LANG": "en"}).invoke
    refused = run(cli, ["cluster", "replica"])
    assert refused.exit_code == 2
    assert "gridmgmt cluster start" in refused.output
    own, copy = cluster.open_cluster(folder / "pg"), cluster.open_cluster(folder / "pg-replica")
    cluster.start(own, throw_away=True)
    try:
        for _again in range(2):
            made = run(cli, ["cluster", "replica"])
            assert made.exit_code == 0, made.output
            assert copy.url("gridmgmt") in made.output
        cluster.create_database(own, "gridmgmt")
        deadline = time.monotonic() + 30
        while not answer(copy, "SELECT 1 FROM pg_database WHERE datname = 'gridmgmt'"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert answer(copy, "SELECT pg_is_in_recovery()") is True
        assert answer(own, "SELECT count(*) FROM pg_stat_replication") == 1
        assert "stopped" in run(cli, ["cluster", "stop"]).output
        assert not cluster.is_running(own)
        assert not cluster.is_running(copy)
        run(cli, ["cluster", "remove", "--yes"])
        assert not copy.data_dir.exists()
    finally:
        cluster.remove(copy)
        cluster.remove(own)
