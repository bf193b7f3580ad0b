"""A dozen kills at random moments lose nothing and double nothing; ``benchmarks/kill.py`` kills hundreds of times."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.flows.kill_run import run
from tests.flows.reckoning import write_table


@pytest.mark.slow
def test_killing_server_worker_and_database_loses_and_doubles_nothing() -> None:
    with tempfile.TemporaryDirectory(
        prefix="gridmgmt-kill-"
    ) as folder:  # the database runs as another account, which pytest's own shuts out
        Path(folder).chmod(0o755)
        result = run(Path(folder), kills=12, people=3, end_leases=True)
    assert result.faults == [], write_table(result.faults)
    assert result.kills.total() >= 12
    assert result.reports > 5
