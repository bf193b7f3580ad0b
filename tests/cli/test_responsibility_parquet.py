"""``gridmgmt responsibility assign`` on Parquet answers every row as the statement does, and keeps what stood in it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from sqlalchemy.orm import Session

from gridmgmt.responsibility import bulk_parts
from gridmgmt.responsibility.city_index import answer_many, open_city_index
from gridmgmt.roads.chief_store import list_people_by_id
from tests.cli.test_responsibility import DAY, run
from tests.responsibility.test_city_index import points_everywhere

TEXTS = ("unit_grid_code", "community_code", "street_office_code", "district_code", "segment_code", "zone_code", "basis")


def table_of_points() -> pa.Table:
    """Return points on borders, corners and anywhere in the toy city; the last rows are far away, not a number, and missing."""
    points = points_everywhere()
    x = pa.array([*points[:, 0], 0.0, np.nan, None])
    return pa.table({"案件": pa.array([f"案{i}" for i in range(len(x))]), "x": x, "y": pa.array([*points[:, 1], 0.0, 1.0, None])})


@pytest.fixture
def folder(toy_url: str, tmp_path: Path) -> Path:
    """Return a folder with the index of a day."""
    assert run(toy_url, tmp_path, "build", "--on", DAY).exit_code == 0
    return tmp_path


def assigned(url: str, folder: Path, source: Path, *fields: str) -> pa.Table:
    result = run(url, folder, "assign", str(source), "--crs", "epsg:4547", *fields, "--to", str(folder / "out"), "--on", DAY)
    assert result.exit_code == 0, result.output
    assert "3 of them without usable coordinates" in result.output
    assert [path.name for path in (folder / "out").iterdir() if not path.name.startswith("part-")] == []
    return pq.read_table(folder / "out")


def same_as_the_statement(table: pa.Table, session: Session, folder: Path) -> None:
    points, day = points_everywhere(), datetime.date.fromisoformat(DAY)
    found = answer_many(session, open_city_index(session, folder / "index", on=day), points[:, 0], points[:, 1])
    for name in TEXTS:
        assert table.column(name).to_pylist() == [*getattr(found, name).tolist(), None, None, None], name
    assert table.column("shared").to_pylist() == [*found.shared.tolist(), None, None, None]
    metres = table.column("segment_distance_m").to_numpy(zero_copy_only=False)[:-3]
    assert np.array_equal(metres, found.segment_distance_m, equal_nan=True)
    people = list_people_by_id(session, [person for person in set(found.person_id) if person is not None])
    chiefs = [None if person is None else f"{people[person].code} {people[person].name}" for person in found.person_id]
    assert table.column("road_chief").to_pylist() == [*chiefs, None, None, None]


def test_every_row_of_many_parts_gets_the_statements_answer(
    toy_url: str, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_parts, "ROWS", 1000)
    given = table_of_points()
    pq.write_table(given, folder / "in.parquet", row_group_size=300)
    answered = assigned(toy_url, folder, folder / "in.parquet", "--x-field", "x", "--y-field", "y")
    assert len(list((folder / "out").iterdir())) == 7  # three groups of 300 each, the twelve rows left over with the last
    assert answered.column("案件").equals(given.column("案件"))
    assert answered.select(given.column_names)[:-2].equals(given[:-2])  # what is no number equals nothing
    same_as_the_statement(answered, session, folder)


def test_a_folder_of_geoparquet_needs_no_columns_and_stays_geoparquet(toy_url: str, session: Session, folder: Path) -> None:
    points = shapely.to_wkb(shapely.points(points_everywhere()))
    geo = json.dumps(
        {"version": "1.0.0", "primary_column": "shape", "columns": {"shape": {"encoding": "WKB", "geometry_types": ["Point"]}}}
    )
    line = shapely.to_wkb(shapely.LineString([(0, 0), (1, 1)]))
    given = pa.table({"shape": pa.array([*points, line, b"torn", None], pa.binary())}).replace_schema_metadata({"geo": geo})
    (folder / "in").mkdir()
    pq.write_table(given[:2000], folder / "in" / "a.parquet")
    pq.write_table(given[2000:], folder / "in" / "b.parquet")
    answered = assigned(toy_url, folder, folder / "in")
    assert answered.column("shape").equals(given.column("shape"))
    assert json.loads(pq.read_schema(folder / "out" / "part-00001.parquet").metadata[b"geo"]) == json.loads(geo)
    same_as_the_statement(answered, session, folder)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ((), "file names no geometry"), (("--x-field", "x", "--y-field", "z"), "no such column"), (("--x-field", "案件", "--y-field", "y"), "numbers"),
        (("--x-field", "x", "--y-field", "y", "--scheduler", "tcp://127.0.0.1:9"), "no Dask scheduler answers"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_and_nothing_is_written(
    toy_url: str, folder: Path, fields: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(table_of_points(), folder / "in.parquet")
    monkeypatch.setattr("gridmgmt.responsibility.on_dask.CONNECT_S", 0.5)
    result = run(
        toy_url, folder, "assign", str(folder / "in.parquet"), "--crs", "epsg:4547", *fields, "--to", str(folder / "out"), "--on", DAY
    )
    assert result.exit_code == 2
    assert words in result.output
    assert not (folder / "out").exists()


def test_a_target_that_is_there_is_left_alone(toy_url: str, folder: Path) -> None:
    pq.write_table(table_of_points(), folder / "in.parquet")
    (folder / "out").mkdir()
    result = run(toy_url, folder, "assign", str(folder / "in.parquet"), "--crs", "wgs84", "--to", str(folder / "out"), "--on", DAY)
    assert result.exit_code == 2
    assert "is there already" in result.output


def test_a_torn_file_is_named(toy_url: str, folder: Path) -> None:
    (folder / "in.parquet").write_bytes(b"PAR1 and no more")
    result = run(toy_url, folder, "assign", str(folder / "in.parquet"), "--crs", "wgs84", "--to", str(folder / "out"), "--on", DAY)
    assert result.exit_code == 2
    assert "in.parquet: cannot be read" in result.output
