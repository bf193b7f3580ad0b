"""gridmgmt serve: where it binds, and the server in the background."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gridmgmt.cli import server
from gridmgmt.cli.main import cli
from gridmgmt.cli.serve import free_port, refuse_foreign_host
from gridmgmt.errors import InvalidInputError, NotReadyError

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "grid.example.com", ""])  # noqa: S104 - that is what is refused
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(InvalidInputError, match="or add --without-https"):
        refuse_foreign_host(host, without_https=False)
    refuse_foreign_host(host, without_https=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.5", "::1", "localhost"])
def test_loopback_is_taken(host: str) -> None:
    refuse_foreign_host(host, without_https=False)


def test_a_taken_port_is_named_or_the_next_one_used(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InvalidInputError, match=f"{taken} is taken"):
        free_port("127.0.0.1", taken, any_port=False)
    assert free_port("127.0.0.1", taken, any_port=True) > taken
    assert f"port {taken} is taken" in capsys.readouterr().out


def test_a_server_that_dies_shows_the_end_of_its_log(tmp_path: Path) -> None:
    own = server.open_server(tmp_path)
    command = [sys.executable, "-c", "raise SystemExit('no such city')", "--bind", "127.0.0.1:1"]
    with pytest.raises(NotReadyError, match="no such city"):
        server.start(own, command, os.environ, host="127.0.0.1", port=1)
    assert not own.pid_file.exists()


def test_a_stranger_with_our_number_is_left_alone(tmp_path: Path) -> None:
    own = server.open_server(tmp_path)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        own.pid_file.write_text(f"{stranger.pid}\n127.0.0.1:8000\n")
        assert not server.stop(own)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.slow
def test_the_server_starts_is_replaced_and_stops(toy_url: str, tmp_path: Path, taken: int) -> None:
    environ = {"GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_VAR_DIR": str(tmp_path), "GRIDMGMT_PORT": str(taken), "LANG": "C"}

    def serve(*arguments: str) -> Result:
        return CliRunner(env=environ).invoke(cli, ["serve", *arguments])

    own = server.open_server(tmp_path)
    try:
        first = serve("--daemon", "--any-port", "--workers", "1")
        assert first.exit_code == 0, first.output
        assert "玩具市: http://127.0.0.1:" in first.output
        assert "The server answers on this machine only" in first.output
        pid, beside = server.find_pid(own), server.open_worker(tmp_path)
        assert server.find_pid(beside) is not None
        second = serve("--daemon", "--any-port", "--workers", "1")
        assert "the server that ran is replaced" in second.output
        assert server.find_pid(own) not in {None, pid}
    finally:
        stopped = serve("--stop")
    assert stopped.output == "server stopped\nworker stopped\n"
    assert server.find_pid(beside) is None
    assert serve("--stop").output == "the server does not run\n"
    assert server.find_pid(own) is None


def test_without_a_city_nothing_is_served(empty_url: str, tmp_path: Path) -> None:
    done = CliRunner(env={"GRIDMGMT_DATABASE_URL": empty_url, "GRIDMGMT_VAR_DIR": str(tmp_path), "LANG": "C"}).invoke(
        cli, ["serve", "--daemon"]
    )
    assert done.exit_code == 2
    assert "run gridmgmt city init" in done.stderr


def test_without_a_database_the_next_command_is_named(tmp_path: Path) -> None:
    done = CliRunner(env={"GRIDMGMT_DATABASE_URL": "", "GRIDMGMT_VAR_DIR": str(tmp_path), "LANG": "C"}).invoke(cli, ["city", "show"])
    assert done.exit_code == 2
    assert "./run demo starts it" in done.stderr
