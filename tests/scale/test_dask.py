"""The bulk engine on Dask: the same answers as here, whoever dies."""

from __future__ import annotations

import datetime
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy.orm import Session

from gridmgmt.crs import snap
from gridmgmt.errors import InvalidInputError
from gridmgmt.responsibility import bulk_parts
from gridmgmt.responsibility.bulk_table import Known, Reading
from gridmgmt.responsibility.city_index import LATEST, CityIndex, build_city_index, open_city_index
from gridmgmt.responsibility.parts_on_dask import answer_parts
from tests import toy_city
from tests.cli.test_responsibility import DAY, run
from tests.scale.dask_cluster import Process, dask_cluster

pytestmark = pytest.mark.slow

COUNT, PARTS = 200_000, 80


@pytest.fixture
def source(tmp_path: Path, session: Session) -> Path:
    """Build the index of the toy city; return a file of points all over it and a little beyond."""
    build_city_index(session, tmp_path / "index", on=datetime.date.fromisoformat(DAY))
    chance = np.random.default_rng(5)
    points = snap(chance.uniform(-20, 220, (COUNT, 2))) + np.array(toy_city.point(0, 0))
    pq.write_table(pa.table({"x": points[:, 0], "y": points[:, 1]}), tmp_path / "in.parquet", row_group_size=COUNT // PARTS)
    return tmp_path / "in.parquet"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every row group a part."""
    monkeypatch.setattr(bulk_parts, "ROWS", COUNT // PARTS)


def test_a_worker_killed_in_the_middle_changes_no_answer(toy_url: str, source: Path, tmp_path: Path) -> None:
    arguments = ("assign", str(source), "--crs", "epsg:4547", "--x-field", "x", "--y-field", "y", "--on", DAY, "--to")
    assert run(toy_url, tmp_path, *arguments, str(tmp_path / "here")).exit_code == 0
    with dask_cluster(tmp_path, 2) as (scheduler, workers):
        killer = Killer(tmp_path / "there.unfinished", workers[0])
        killer.start()
        there = run(toy_url, tmp_path, *arguments, str(tmp_path / "there"), "--scheduler", scheduler)
        killer.join()
        assert there.exit_code == 0, there.output
        assert 3 <= killer.written < PARTS
        assert (workers[0].poll(), workers[1].poll()) == (-signal.SIGKILL, None)
        assert len(list((tmp_path / "space").rglob("*.index"))) == 1  # one for both processes
    here = pq.read_table(tmp_path / "here")
    assert len(here) == COUNT
    assert 0 < here.column("unit_grid_code").null_count < COUNT  # some were asked of the statement
    assert pq.read_table(tmp_path / "there").equals(here)


class Killer(threading.Thread):
    """Kills a worker as soon as some parts are written."""

    def __init__(self, folder: Path, victim: Process) -> None:
        """Watch a folder."""
        super().__init__(daemon=True)
        self.folder, self.victim, self.written = folder, victim, 0

    def run(self) -> None:
        """Wait for three parts, or for a minute."""
        deadline = time.monotonic() + 60
        while self.written < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
            self.written = len(list(self.folder.glob("part-*"))) if self.folder.is_dir() else 0
        self.victim.kill()
        self.victim.wait()


def test_what_is_wrong_with_a_file_is_said_as_it_is_here(session: Session, source: Path, tmp_path: Path) -> None:
    city = open_city_index(session, tmp_path / "index", on=datetime.date.fromisoformat(DAY))
    wrong = Reading("epsg:4547", "x", "z")
    with dask_cluster(tmp_path, 1) as (scheduler, _workers), pytest.raises(InvalidInputError, match="no such column") as caught:
        list(answer_parts(scheduler, parts_of(source, tmp_path / "out")[:2], wrong, tmp_path / "index" / LATEST, known_of(city)))
    assert caught.value.zh.endswith("文件中没有 z 列")


def known_of(city: CityIndex) -> Known:
    """Name every road chief by the number of the row."""
    held = (city.duties.zone_person_id, city.duties.segment_person_id)
    return Known.of(city.duties, {person: str(person) for column in held for person in column if person is not None}, toy_city.PROFILE)


def parts_of(source: Path, folder: Path) -> list[bulk_parts.Part]:
    folder.mkdir()
    return bulk_parts.list_parts(source, folder)
