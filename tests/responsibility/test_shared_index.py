"""The file of an index is shared by processes; compiled code is kept where it can be written, under the name of its sources."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gridmgmt.responsibility import index_compile
from gridmgmt.responsibility.point_index import PointIndex
from tests.responsibility.point_city import draw_city, random_points

LOOK = """
import sys
from pathlib import Path
from gridmgmt.responsibility.point_index import PointIndex
from tests.responsibility.point_city import random_points
index = PointIndex.open(sys.argv[1])
print(int((index.assign(*random_points(5_000, 20).T).grid >= 0).sum()), flush=True)
sys.stdin.readline()
print(Path("/proc/self/smaps").read_text())
"""
ROOT = Path(__file__).resolve().parents[2]


def kilobytes(smaps: str, file: Path, field: str) -> int:
    """Add up a field of the mappings of a file."""
    blocks = re.split(r"^(?=[0-9a-f]+-[0-9a-f]+ )", smaps, flags=re.MULTILINE)
    return sum(
        int(found[1]) for block in blocks if str(file) in block and (found := re.search(rf"^{field}: +(\d+) kB", block, re.MULTILINE))
    )


def test_two_processes_share_one_copy(tmp_path: Path) -> None:
    path = tmp_path / "city.index"
    index = PointIndex.build(*draw_city(20, 500))
    index.save(path)
    command = [sys.executable, "-c", LOOK, str(path)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
    ):
        assert one.stdout
        assert other.stdout
        inside = int((index.assign(*random_points(5_000, 20).T).grid >= 0).sum())
        assert [int(process.stdout.readline()) for process in (one, other)] == [inside, inside]  # type: ignore[union-attr]
        smaps, _ = one.communicate("\n", timeout=60)
        other.communicate("\n", timeout=60)
    assert kilobytes(smaps, path, "Shared_Clean") > path.stat().st_size / 1024 * 0.9
    assert kilobytes(smaps, path, "Private_Dirty") == 0


def test_compiled_code_goes_where_it_can_be_written(tmp_path: Path) -> None:
    closed = tmp_path / "a file, no folder"
    closed.touch()
    chosen = Path(index_compile.choose_folder(closed, tmp_path / "here", tmp_path / "not here"))
    assert chosen.parent == tmp_path / "here"
    assert chosen.is_dir()
    assert not (tmp_path / "not here").exists()
    assert index_compile.choose_folder(closed) == ""


def test_an_account_without_a_home_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose number no list of accounts knows."""

    def no_home() -> Path:
        message = "Could not determine home directory."
        raise RuntimeError(message)

    monkeypatch.setattr(Path, "home", no_home)
    assert [base.name for base in index_compile.usual_bases()][-1] == "__pycache__"


def test_changed_sources_never_meet_old_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it is another file than that of the function."""
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "index_a.py").write_text("LIMIT = 1\n")
    monkeypatch.setattr(index_compile, "HERE", sources)
    before = index_compile.choose_folder(tmp_path)
    assert index_compile.choose_folder(tmp_path) == before
    (sources / "index_a.py").write_text("LIMIT = 2\n")
    assert index_compile.choose_folder(tmp_path) != before
