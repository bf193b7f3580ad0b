"""The case loop arrives in a database that has cases already: none changes, and each can go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gridmgmt.cases import store
from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.city import store as city_store
from gridmgmt.cli.migrate import downgrade, migrate
from gridmgmt.db import make_engine, make_session_factory
from tests import toy_city
from tests.cases.loop import act

# As the first revision wrote them: one case with a class, one without.
BEFORE = """
INSERT INTO incident_report (id, source, reported_at, raw_x, raw_y, raw_crs, point, kind, class_code) OVERRIDING SYSTEM VALUE VALUES
    (1, 'inspector', now(), 500050, 3380070, 'epsg:4547', ST_SetSRID(ST_MakePoint(500050, 3380070), 4547), 'matter', '06010'),
    (2, 'public', now(), 500060, 3380070, 'epsg:4547', ST_SetSRID(ST_MakePoint(500060, 3380070), 4547), NULL, NULL);
INSERT INTO case_file (id, case_no, report_id, state, opened_at, basis) OVERRIDING SYSTEM VALUE VALUES
    (1, '20251231-00000001', 1, 'reported', now(), 'zone'), (2, '20260102-00000002', 2, 'reported', now(), 'zone');
INSERT INTO case_step (case_id, seq, action, from_state, to_state, at, actor) VALUES
    (1, 1, 'report', NULL, 'reported', now(), 'x'), (1, 2, 'assign', 'reported', 'reported', now(), 'system'),
    (2, 1, 'report', NULL, 'reported', now(), 'x'), (2, 2, 'assign', 'reported', 'reported', now(), 'system');
"""
# Since partitions came an id begins with the month; the serial is what it was.
OLD_COLUMNS = "SELECT id % 1000000000, case_no, report_id % 1000000000, state, opened_at, basis, unit_grid_code FROM case_file ORDER BY 1"
OLD_STEPS = "SELECT case_id % 1000000000, seq, action, from_state, to_state, at, actor, reason FROM case_step ORDER BY 1, 2"
OLD_REPORTS = "SELECT id % 1000000000, source, reported_at, raw_x, raw_y, raw_crs, point, kind, class_code FROM incident_report ORDER BY 1"


@pytest.fixture
def engine(new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Make a toy city of the first revision with two cases."""
    later = ("case_file", "patrol", "frontage", "siting_")
    geometries_then = tuple(pair for pair in city_store.STORAGE_GEOMETRIES if not pair[0].startswith(later))
    engine = make_engine(new_database())
    migrate(engine, "0001")
    with monkeypatch.context() as then, make_session_factory(engine).begin() as session:
        then.setattr(city_store, "STORAGE_GEOMETRIES", geometries_then)
        toy_city.load(session)
        session.execute(text(BEFORE))
    yield engine
    engine.dispose()


def rows(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_cases_and_steps_stay_and_carry_what_the_loop_needs(engine: Engine) -> None:
    before = [rows(engine, statement) for statement in (OLD_COLUMNS, OLD_STEPS, OLD_REPORTS)]
    migrate(engine)
    assert [rows(engine, statement) for statement in (OLD_COLUMNS, OLD_STEPS, OLD_REPORTS)] == before
    assert rows(engine, "SELECT version, kind, class_code FROM case_file ORDER BY id") == [(2, "matter", "06010"), (2, None, None)]


def test_an_old_case_lies_in_the_month_of_its_number_with_what_lists_show(engine: Engine) -> None:
    migrate(engine)
    assert rows(engine, "SELECT tableoid::regclass::text, id, report_id, source, reported_by, is_open FROM case_file ORDER BY id") == [
        ("monthly.case_file_202512", 202512000000001, 202512000000001, "inspector", "x", True),
        ("monthly.case_file_202601", 202601000000002, 202601000000002, "public", "x", True),
    ]
    assert rows(engine, "SELECT count(*) FROM case_file JOIN incident_report USING (id, point, reported_at, source, description)") == [(2,)]
    assert rows(engine, "SELECT nextval('case_serial')") == [(3,)]


def test_an_old_case_goes_on_and_then_the_way_back_is_closed(engine: Engine) -> None:
    migrate(engine)
    with make_session_factory(engine).begin() as session:
        found = store.find_case(session, "20251231-00000001")
        assert found is not None
        assert act(session, found[0], CaseAction.FILE).state is CaseState.PENDING_DISPATCH
    with pytest.raises(DBAPIError, match="would lose their steps"):
        downgrade(engine, "0001")
    assert rows(engine, "SELECT count(*) FROM case_step") == [(5,)]


def test_a_database_whose_cases_are_untouched_goes_back(engine: Engine) -> None:
    before = [rows(engine, statement) for statement in (OLD_COLUMNS, OLD_STEPS, OLD_REPORTS)]
    migrate(engine)
    downgrade(engine, "0001")
    assert [rows(engine, statement) for statement in (OLD_COLUMNS, OLD_STEPS, OLD_REPORTS)] == before
