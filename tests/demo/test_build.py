"""The whole city in the database: complete, repeatable, and explained alike by every way of asking."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable

import numpy as np
import pytest
import shapely
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.demo import store
from gridmgmt.demo.boundaries import FIRST_EDITION, SECOND_EDITION
from gridmgmt.demo.build import build_demo
from gridmgmt.demo.check import check_boundaries
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.errors import ConflictError
from gridmgmt.hierarchy import edition_store
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.responsibility.store import resolve_responsibility
from tests import toy_city
from tests.demo.conftest import SMALL, build_into

# Stamps of the moment of loading; everything else must be the same each time.
STAMPS = {"created_at", "changed_at", "recorded_at", "received_at"}


def test_everything_is_there(demo_session: Session) -> None:
    counts = store.count_everything(demo_session)
    assert (counts["区"], counts["街道"], counts["社区（村）"], counts["路长责任区"]) == (2, 26, 238, 238)
    assert 1_150 <= counts["单元网格"] <= 1_210
    assert counts["边界版本"] == 2
    assert counts["案卷"] == SMALL.incidents
    assert counts["部件事项"] == 403
    assert counts["立案条件（样例）"] == 109
    assert all(counts.values())


@pytest.mark.parametrize("day", [FIRST_EDITION, SMALL.today])
def test_stored_boundaries_fit_on_a_day_of_each_edition(demo_session: Session, day: datetime.date) -> None:
    check_boundaries(area for level in Level for area in hierarchy_store.list_areas(demo_session, level, on=day))


def test_a_recut_grid_is_found_under_its_old_code_on_a_past_day(demo_session: Session) -> None:
    retired = edition_store.list_retired_codes(demo_session, Level.UNIT_GRID)
    assert retired
    for code in retired:
        area = hierarchy_store.find_area(demo_session, Level.UNIT_GRID, code, on=FIRST_EDITION)
        assert area is not None
        assert area.shape is not None
        inside = area.shape.representative_point()
        last_day = SECOND_EDITION - datetime.timedelta(days=1)
        past, now = (resolve_responsibility(demo_session, (inside.x, inside.y), on=day) for day in (last_day, SECOND_EDITION))
        old, new = past.area(Level.UNIT_GRID), now.area(Level.UNIT_GRID)
        assert old is not None
        assert new is not None
        assert old.code == code
        assert new.code not in retired


def test_cases_stand_in_the_grid_that_shapely_finds(demo_session: Session) -> None:
    grids = hierarchy_store.list_areas(demo_session, Level.UNIT_GRID, on=SMALL.today)
    tree = shapely.STRtree(np.array([area.shape for area in grids], dtype=object))
    statement = text("""
        SELECT c.unit_grid_code, ST_AsBinary(r.point) FROM case_file c JOIN incident_report r ON r.id = c.report_id
        WHERE r.reported_at >= '2026-01-02' ORDER BY c.id
    """)
    outside = 0
    for code, point in demo_session.execute(statement):
        touched = sorted(grids[index].code for index in tree.query(shapely.from_wkb(bytes(point)), predicate="intersects"))
        outside += not touched
        assert code == (touched[0] if touched else None)
    assert outside


def test_the_same_plan_gives_the_same_database(
    demo_session: Session, new_database: Callable[..., str], migrated_template: str, make_session: Callable[[str], Session]
) -> None:
    url = new_database(migrated_template)
    build_into(url, SMALL)
    other = make_session(url)
    assert _fingerprints(demo_session) == _fingerprints(other)


def test_another_seed_gives_another_city(demo_session: Session, empty_url: str, make_session: Callable[[str], Session]) -> None:
    build_into(empty_url, DemoPlan(seed=8, unit_grids=1_000, incidents=20, districts=("420103", "420104")))
    assert _fingerprints(demo_session)["area"] != _fingerprints(make_session(empty_url))["area"]


def test_a_database_of_another_city_is_refused(session: Session) -> None:
    with pytest.raises(ConflictError, match="玩具市"):
        build_demo(session, SMALL, on_step=print)


def test_a_database_that_holds_something_is_refused_by_table(demo_session: Session) -> None:
    with pytest.raises(ConflictError, match="area is not empty"):
        build_demo(demo_session, SMALL, on_step=print)


def test_a_stored_profile_is_kept(empty_session: Session) -> None:
    city_store.save_profile(empty_session, toy_city.PROFILE)
    with pytest.raises(ConflictError):
        build_demo(empty_session, SMALL, on_step=print)
    assert city_store.get_profile(empty_session).name == "玩具市"


def _fingerprints(session: Session) -> dict[str, str]:
    prints = {}
    for table in inspect(session.connection()).get_table_names():
        if table in {"spatial_ref_sys", "alembic_version"}:
            continue
        columns = [c["name"] for c in inspect(session.connection()).get_columns(table) if c["name"] not in STAMPS]
        listed = ", ".join(f'"{column}"' for column in columns)
        rows = session.execute(text(f"SELECT md5(row({listed})::text) AS digest FROM {table} ORDER BY digest")).scalars()
        prints[table] = hashlib.sha256("".join(rows).encode()).hexdigest()
    return prints
