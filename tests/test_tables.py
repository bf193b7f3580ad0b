"""A room's tables stand alone: a process that imports one room can write, whatever else it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "gridmgmt"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/tables.py"))
# The libraries are imported once; then a child for each room imports that room alone and sorts its tables.
ONE_CHILD_A_ROOM = """
import importlib, os, sys
import geoalchemy2, sqlalchemy.orm
assert not any(name.startswith("gridmgmt") for name in sys.modules)
for room in sys.argv[1:]:
    child = os.fork()
    if not child:
        importlib.import_module(f"gridmgmt.{room}.tables")
        from gridmgmt.db import Base
        sqlalchemy.orm.configure_mappers()
        print(room, len(Base.metadata.sorted_tables), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


def test_foreign_keys_of_a_room_find_their_tables_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-c", ONE_CHILD_A_ROOM, *ROOMS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    sorted_tables = {room: int(count) for room, count in (line.split() for line in done.stdout.splitlines())}
    assert sorted(sorted_tables) == ROOMS, done.stderr[-1000:]
    assert all(sorted_tables.values())
