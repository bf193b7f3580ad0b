"""The bulk index of a stored city answers every point as the one statement does, on every day."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from gridmgmt.crs import snap
from gridmgmt.errors import NotReadyError, SourceError
from gridmgmt.responsibility.city_index import CityIndex, build_city_index, class_limits, open_city_index
from gridmgmt.responsibility.index_frame import Floats
from gridmgmt.responsibility.store import resolve_sql
from tests import toy_city
from tests.responsibility.test_resolve_brute_force import FIRST, SECOND, tricky

__all__ = ["tricky"]  # a fixture
COLUMNS = (
    "unit_grid_code", "community_code", "street_office_code", "district_code", "segment_code", "zone_code", "appointment_id", "person_id",
    "basis",
)  # fmt: skip
STAGED = """SELECT ordinality AS id, st_setsrid(st_makepoint(x, y), city_profile.storage_srid) AS point, CAST(:day AS date) AS day,
    CAST(NULL AS text) AS class_key
    FROM city_profile, unnest(CAST(:xs AS float8[]), CAST(:ys AS float8[])) WITH ORDINALITY AS given (x, y, ordinality)"""


def asked_of_the_statement(session: Session, points: Floats, on: datetime.date) -> Sequence[RowMapping]:
    """Return the statement's answers in the order of the points."""
    values = {"xs": points[:, 0].tolist(), "ys": points[:, 1].tolist(), "day": on}
    return session.execute(text(resolve_sql(STAGED) + "\nORDER BY id"), values).mappings().all()


def points_everywhere() -> Floats:
    """Return a lattice that hits borders and corners, points a hair beside it, and points anywhere."""
    steps = np.arange(-30, 235, 5.0)
    lattice = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    chance = np.random.default_rng(11)
    beside = lattice[chance.integers(0, len(lattice), 1_500)] + chance.integers(-3, 4, (1_500, 2)) / 1024
    free = np.asarray(snap(chance.uniform(-30, 235, (2_000, 2))))
    points: Floats = np.concatenate([lattice, beside, free]) + np.array(toy_city.point(0, 0))
    return points


def same(index: CityIndex, rows: Sequence[RowMapping], points: Floats) -> int:
    """Assert that every answer is the statement's; return how many points lie in a unit grid."""
    found = index.answer(points[:, 0], points[:, 1])
    for i, row in enumerate(rows):
        assert found.unsure[i] == (row["unit_grid_code"] is None)
        assert found.segment_code[i] == row["segment_code"]
        metres = np.nan if row["segment_distance_m"] is None else row["segment_distance_m"]
        assert found.segment_distance_m[i] == pytest.approx(metres, abs=1e-9, nan_ok=True)
        if not found.unsure[i]:
            assert [getattr(found, name)[i] for name in COLUMNS] == [row[name] for name in COLUMNS]
            assert found.shared[i] == bool(row["shared_with"])
    return int((~found.unsure).sum())


@pytest.mark.parametrize("on", [FIRST, datetime.date(2025, 6, 1), SECOND - datetime.timedelta(1), SECOND, datetime.date(2026, 11, 1)])
def test_every_answer_is_the_statements(tricky: Session, tmp_path: Path, on: datetime.date) -> None:
    build_city_index(tricky, tmp_path, on=on)
    points = points_everywhere()
    assert same(open_city_index(tricky, tmp_path, on=on), asked_of_the_statement(tricky, points, on), points) > 2_000


def test_an_index_of_another_days_boundaries_is_refused(tricky: Session, tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="no bulk index yet"):
        open_city_index(tricky, tmp_path, on=FIRST)
    build_city_index(tricky, tmp_path, on=FIRST)
    open_city_index(tricky, tmp_path, on=datetime.date(2025, 12, 31))
    with pytest.raises(SourceError, match="build it again"):
        open_city_index(tricky, tmp_path, on=SECOND)


def test_a_class_without_a_limit_of_its_own_has_none() -> None:
    limits = class_limits(np.array(["matter:06010", "matter:1", None], object), {"matter:06010": 12.5})
    assert limits[0] == 12.5
    assert np.isnan(limits[1:]).all()
