"""A dozen kills at random moments lose nothing and double nothing; ``benchmarks/kill.py`` kills hundreds of times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.kill_run import run


@pytest.mark.slow
def test_killing_server_worker_and_database_loses_and_doubles_nothing(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # the database runs as another account
    result = run(tmp_path, kills=12, people=3)
    assert result.faults == []
    assert result.kills.total() >= 12
    assert result.reports > 10
