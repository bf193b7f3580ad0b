"""A room's tables stand alone: a process that imports one room can write, whatever else it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "gridmgmt"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/tables.py"))
SORT = "from sqlalchemy.orm import configure_mappers; from gridmgmt.db import Base; configure_mappers(); print(len(Base.metadata.sorted_tables))"


@pytest.mark.parametrize("room", ROOMS)
def test_foreign_keys_of_a_room_find_their_tables_in_a_process_of_its_own(room: str) -> None:
    command = [sys.executable, "-c", f"import gridmgmt.{room}.tables; {SORT}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) > 0
