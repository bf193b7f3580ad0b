"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Rooms from the bottom up; those of one tuple may not use each other's tables.
FLOORS = (
    ("city",), ("hierarchy",), ("roads", "facilities", "catalogue"), ("accounts",), ("responsibility", "messages", "photos"), ("cases", "ingest", "patrol", "siting"), ("dispatch", "evaluation"), ("maps",), ("demo",), ("web", "cli"),
)  # fmt: skip
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# The registries of packages, spelt so that this file does not name them.
REGISTRIES = re.compile(r"(pypi|npmjs|yarnpkg|crates|debian|ubuntu|pythonhosted)\s*\.(org|com|io|net)")
HALF_WIDTH = re.compile(r"[\u3400-\u9fff”][,:;!?()]|[,:;!?()][\u3400-\u9fff“]")
AS_TYPED = re.compile(r"%\(\w+\)s|\b(EPSG|days):|(层级|级别):编码|街道:\d|'4工作时'")  # gaps, and codes in the notation of the field
READS_OR_DRAWS = r"ingest/(\w*aliases|cells|table_header|code_list)\.py|cases/diagram\.py"  # what others type; what another program reads
WORKPLACE = re.compile(r"/work/(main|shared)|/tmp/brief")


@functools.cache
def tracked(pattern: str = "") -> tuple[Path, ...]:
    """Return the files of the project (not what is generated or ignored) whose path matches a pattern."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return tuple(ROOT / name for name in sorted(listed.stdout.splitlines()) if re.search(pattern, name) and (ROOT / name).is_file())


def python_files() -> tuple[Path, ...]:
    """Return every Python file."""
    return tracked(r"\.py$")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def named(paths: list[str]) -> str:
    """Return findings as lines, for the message of a failure."""
    return "\n" + "\n".join(paths)


def test_files_have_300_lines_at_most() -> None:
    long = [f"{path.relative_to(ROOT)}: {n}" for path in python_files() if (n := _lines(path)) > 300 and "migrations" not in path.parts]
    assert not long, named(long)


def test_functions_have_40_lines_at_most() -> None:
    long = []
    for path in python_files():
        if "migrations" in path.parts:
            continue
        for function in functions(path):
            size = (function.end_lineno or 0) - function.lineno + 1
            if size > 40:
                long.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {size}")
    assert not long, named(long)


def test_no_file_is_named_after_nothing() -> None:
    names = {"utils", "util", "common", "helpers", "helper", "services", "managers", "core", "misc"}
    assert not [path for path in python_files() if names & {path.stem, *path.relative_to(ROOT).parts}]


def test_public_things_of_the_package_have_docstrings() -> None:
    bare = []
    for path in tracked(r"^gridmgmt/.*\.py$"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in [tree, *tree.body]:
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                docstring = ast.get_docstring(node)
                private = getattr(node, "name", "").startswith("_")
                if not private and not (docstring and docstring.strip()):
                    bare.append(f"{path.relative_to(ROOT)} {getattr(node, 'name', '')}")
    assert not bare, named(bare)


def test_chinese_sentences_have_chinese_punctuation() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {text}"
        for path in tracked(r"^gridmgmt/.*\.(py|html)$")
        if not re.search(READS_OR_DRAWS, str(path))
        for number, text in _texts(path)
        if HALF_WIDTH.search(AS_TYPED.sub("", text))
    ]
    assert not found, named(found)


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
    assert not _matches(marks, r"\.(py|sh|sql|html|css|js|md|toml|yaml)$|^run$")


def test_pages_and_code_name_no_foreign_host() -> None:
    """Documentation may link outward; what a browser or a server of ours runs may not, save names of standards and our own machine."""
    allowed = r"localhost|127\.0\.0\.1|\{|\[|www\.w3\.org|www\.opengis\.net|example\.(com|org)|gridmgmt\.test"
    host = re.compile(rf"https?://(?!{allowed})[A-Za-z0-9]")
    credits_ = re.compile(r"openstreetmap\.org/copyright")
    found = [line for line in _matches(host, r"^(gridmgmt|app\.py|geodata/.*\.py)") if not credits_.search(line)]
    assert not found, named(found)


def test_no_tracked_file_names_a_package_registry_or_a_workplace() -> None:
    assert not _matches(REGISTRIES, "")
    assert not _matches(WORKPLACE, "")


def test_locks_hold_hashes_and_no_addresses() -> None:
    for lock in tracked(r"^requirements.*\.lock$|^package-lock\.json$"):
        text = lock.read_text(encoding="utf-8")
        assert "sha256:" in text or "sha512-" in text, lock
        assert not re.search(r'"resolved":|--(extra-)?index-url|--find-links', text), lock


def test_only_doors_commit() -> None:
    commit = re.compile(r"\.commit\(|\.begin\(\)|AUTOCOMMIT")
    found = [line for line in _matches(commit, r"^gridmgmt/.*\.py$") if not re.match(r"gridmgmt/(web|cli)/", line)]
    assert not found, named(found)


def test_only_doors_read_the_environment_or_the_clock() -> None:
    looks = re.compile(r"os\.environ|os\.getenv|datetime\.now\(|date\.today\(|(?<!date)time\.time\(\)|utcnow")
    found = [line for line in _matches(looks, r"^gridmgmt/.*\.py$") if not re.match(r"gridmgmt/(web|cli)/", line)]
    assert not found, named(found)


def test_statements_stand_in_stores() -> None:
    """``text("…")`` and ``select(`` of SQLAlchemy are used in stores, in tables and by the migration door only."""
    uses = re.compile(r"^\s*from sqlalchemy import .*\b(select|text|insert|update|delete|func)\b")
    doors = r"gridmgmt/(.*/)?(\w*store|tables)\.py:|gridmgmt/cli/migrate\.py:"
    found = [line for line in _matches(uses, r"^gridmgmt/.*\.py$") if not re.match(doors, line)]
    assert not found, named(found)


def _room_of_table() -> dict[str, str]:
    rooms = {}
    for path in tracked(r"^gridmgmt/\w+/tables\.py$"):
        for name in re.findall(r'__tablename__ = "(\w+)"', path.read_text(encoding="utf-8")):
            rooms[name] = path.parent.name
    return rooms


def test_every_room_with_tables_has_a_floor() -> None:
    assert set(_room_of_table().values()) <= set(FLOOR_OF)


@pytest.mark.parametrize("path", tracked(r"^gridmgmt/.*\.sql$"), ids=lambda path: str(path.relative_to(ROOT)))
def test_sql_reads_tables_of_its_own_room_or_below(path: Path) -> None:
    room = path.relative_to(ROOT).parts[1]
    sql = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
    used = set(re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:ONLY\s+|LATERAL\s+)?(\w+)", sql, re.IGNORECASE))
    used |= set(re.findall(r",\s*(\w+)\s+AS\b", sql, re.IGNORECASE))
    above = [table for table in used & set(_room_of_table()) if not _may_use(room, _room_of_table()[table])]
    assert not above, f"{room} may not read {above}"


def test_foreign_keys_point_to_the_same_room_or_below() -> None:
    rooms = _room_of_table()
    wrong = [
        f"{path.relative_to(ROOT)} → {table}"
        for path in tracked(r"^gridmgmt/\w+/tables\.py$")
        for table in re.findall(r'ForeignKey\("(\w+)\.', path.read_text(encoding="utf-8"))
        if not _may_use(path.parent.name, rooms[table])
    ]
    assert not wrong, named(wrong)


def test_only_stores_import_tables() -> None:
    """Tables themselves may import those their foreign keys name (``tests/test_tables.py``)."""
    imports = re.compile(r"^\s*(from gridmgmt\.\w+\.tables import|from gridmgmt\.\w+ import .*\btables\b|import gridmgmt\.\w+\.tables)")
    found = [line for line in _matches(imports, r"^gridmgmt/.*\.py$") if not re.match(r"gridmgmt/(.*/)?(\w*store|tables)\.py:", line)]
    assert not found, named(found)


def test_models_are_plain_python() -> None:
    heavy = re.compile(r"^\s*(import|from) (sqlalchemy|geoalchemy2|flask|click|folium|geopandas|pyproj|psycopg)\b")
    found = _matches(heavy, r"^gridmgmt/\w+/model\.py$")
    assert not found, named(found)


def test_test_folders_mirror_rooms() -> None:
    rooms = {path.name for path in (ROOT / "gridmgmt").iterdir() if path.is_dir()}
    folders = {path.relative_to(ROOT).parts[1] for path in tracked(r"^tests/.+/")}
    assert folders <= rooms | {"browser", "flows", "data", "benchmarks", "scale"}


def _may_use(room: str, other: str) -> bool:
    return room == other or FLOOR_OF[other] < FLOOR_OF[room]


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of what a file may say: the strings of code that are no docstring (a gap where a value goes), a page's lines."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        for number, line in enumerate(source.splitlines(), 1):
            yield from (
                (number, text) for text in (*re.findall(r"'([^']*)'", line), re.sub(r"\{\{.*?\}\}|\{[%#].*?[%#]\}|<[^>]*>", "", line))
            )
        return
    tree = ast.parse(source)
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped.update(map(id, node.values))
            yield node.lineno, "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
            yield node.lineno, node.value


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _matches(pattern: re.Pattern[str], files: str) -> list[str]:
    """Return ``path:line: text`` for every line of the text files that matches; this file, which must spell the patterns, is left out."""
    found = []
    for path in tracked(files):
        if path == Path(__file__):
            continue
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{n}: {line.strip()[:160]}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found
