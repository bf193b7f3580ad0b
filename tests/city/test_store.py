"""The stored profile, and moving what is stored to another system of coordinates."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.city import store
from gridmgmt.city.read_profile import read_profile
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import NotReadyError
from tests.toy_city import PROFILE

PROFILES = Path(__file__).resolve().parents[2] / "geodata" / "profiles"


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_profile_comes_back_as_it_was_stored(empty_session: Session, path: Path) -> None:
    profile = read_profile(path)
    store.save_profile(empty_session, profile)
    empty_session.expire_all()
    assert store.get_profile(empty_session) == profile


def test_without_a_city_the_next_command_is_named(empty_session: Session) -> None:
    assert store.find_profile(empty_session) is None
    with pytest.raises(NotReadyError, match="gridmgmt city init"):
        store.get_profile(empty_session)


def test_without_a_schema_the_next_command_is_named(server_url: str) -> None:
    engine = make_engine(make_url(server_url).set(database="template1").render_as_string(hide_password=False))
    with make_session_factory(engine)() as session, pytest.raises(NotReadyError, match="gridmgmt db migrate"):
        store.get_profile(session)
    engine.dispose()


def test_a_shape_in_another_system_is_refused_by_the_database(session: Session) -> None:
    statement = "INSERT INTO facility (code, kind, name, status, source, point) VALUES ('T', 'toilet', 'T', 'open', 'x', :point)"
    with pytest.raises(IntegrityError, match="enforce_srid_point"):
        session.execute(text(statement), {"point": "SRID=4326;POINT(114 30)"})


def test_a_lost_constraint_is_seen_at_the_next_start(session: Session) -> None:
    session.execute(text("ALTER TABLE road_segment DROP CONSTRAINT enforce_srid_line"))
    with pytest.raises(NotReadyError, match="road_segment"):
        store.get_profile(session)


def test_every_geometry_column_outside_web_mercator_is_listed(session: Session) -> None:
    columns = session.execute(
        text("SELECT f_table_name, f_geometry_column FROM geometry_columns WHERE srid <> 3857 AND f_table_schema = 'public'")
    )
    assert {tuple(row) for row in columns} == set(store.STORAGE_GEOMETRIES)


def test_transforming_agrees_with_transforming_every_vertex(session: Session) -> None:
    wanted = dataclasses.replace(PROFILE, storage_srid=4548)
    before = _areas(session)
    store.transform_geometries(session, 4548)
    store.save_profile(session, wanted)
    after = _areas(session)
    for code, shape in before.items():
        x, y = shapely.get_coordinates(shape).T
        expected = np.column_stack(crs.to_storage_arrays(x, y, "epsg:4547", 4548))
        assert np.abs(shapely.get_coordinates(after[code]) - expected).max() <= 1 / 1024
    assert store.get_profile(session) == wanted
    assert store.find_lost_geometries(session) == {}


def test_borders_stay_shared_after_transforming(session: Session) -> None:
    store.transform_geometries(session, 4548)
    grids = [shape for code, shape in _areas(session).items() if code.startswith("unit_grid")]
    assert shapely.coverage_is_valid(grids)


def test_counting_shapes_leaves_out_empty_columns(session: Session) -> None:
    assert store.count_geometries(session) == {("area", "shape"): 9, ("road_segment", "line"): 3}
    assert store.count_rows(session, "area") == 9


def _areas(session: Session) -> dict[str, shapely.Geometry]:
    rows = session.execute(text("SELECT level || code, ST_AsEWKB(shape) FROM area ORDER BY 1"))
    return {code: shapely.from_wkb(bytes(shape)) for code, shape in rows}
