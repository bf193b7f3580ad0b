"""Lists stay quick in a long history: what the database really reads for each is counted, on a year of sixty thousand cases."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, Scope
from gridmgmt.cases import list_store, partition_store, review_store, step_store, store
from gridmgmt.cases.list_model import EVERY_CASE, CaseFilter, CaseOrder, DueFilter
from gridmgmt.cases.model import CaseState
from gridmgmt.cases.scope_store import parts_of
from gridmgmt.city.model import Level
from gridmgmt.db import make_engine, make_session_factory
from tests import toy_city
from tests.cases.loop import add_units

NOW = datetime.datetime(2026, 11, 20, 4, tzinfo=datetime.UTC)
MONTHS = [*range(202512, 202513), *range(202601, 202612)]
A_MONTH = 5_000
OPEN_ONE_IN = 50  # of the last month, and of the months before every five hundredth
# Closed cases of many street offices and units, a few of them open: the columns lists are narrowed by.
YEAR = """
INSERT INTO {table} SELECT {columns}
FROM (
    SELECT month::bigint * 1000000000 + n + place * {count} AS id, month, n,
        (n % {open_one_in} = 0 AND (month = 202611 OR n % 500 = 0)) AS goes_on,
        timezone('Asia/Shanghai', to_date(month::text, 'YYYYMM') + n * interval '19 days' / {count}) AS at
    FROM unnest(CAST(:months AS integer[])) WITH ORDINALITY AS months (month, place), generate_series(1, {count}) AS n
) AS it
"""
POINT = "st_setsrid(st_makepoint(500000 + (n * 7) % 2000, 3380000 + (n * 13) % 2000), 4547)"
TABLES = {
    "incident_report (id, source, reported_at, raw_x, raw_y, raw_crs, point, kind, class_code)": (
        f"id, 'inspector', at, 0, 0, 'epsg:4547', {POINT}, 'matter', '06010'"
    ),
    "case_file (id, case_no, report_id, state, version, opened_at, kind, class_code, unit_code, basis, district_code, street_office_code, "
    "community_code, unit_grid_code, zone_code, segment_code, due_at, source, reported_at, reported_by, point, description)": (
        "id, to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-' || lpad((id % 1000000000)::text, 8, '0'), id, "
        "CASE WHEN goes_on THEN 'handling' ELSE 'closed' END, 2, at, 'matter', '06010', 'U' || (n % 40), 'zone', '4201' || n % 3, "
        "'4201' || n % 40, '4201' || n % 400, '4201' || n % 2000, 'Z' || n % 400, 'R' || n % 700, at + interval '3 days', 'inspector', at, "
        f"'p' || n % 50, {POINT}, '垃圾'"
    ),
    "case_step (case_id, seq, action, from_state, to_state, at, actor)": "id, 1, 'report', NULL, 'reported', at, 'p' || n % 50",
    # every third closed case was once prolonged without a word; some open ones wait for a word, some closed ones are appealed against
    "case_step (case_id, seq, action, from_state, to_state, at, actor, reason, details)": (
        "id, 2, CASE WHEN goes_on OR n % 3 = 0 THEN 'request_extension' WHEN n % 1000 = 1 THEN 'request_appeal' ELSE 'accept' END, "
        "'handling', 'handling', at, 'u', '等配件', "
        "jsonb_build_object('until', '2026-12-01T10:00:00+08:00', 'granted', CASE WHEN goes_on AND n % 500 = 0 THEN 'false' ELSE 'true' END)"
    ),
}


@pytest.fixture(scope="module")
def year_url(new_database: Callable[..., str], toy_template: str) -> str:
    """URL of a toy city with a year of cases; tests must not change it."""
    url = new_database(toy_template)
    engine = make_engine(url)
    with make_session_factory(engine).begin() as session:
        add_units(session)
        session.execute(text("INSERT INTO handling_unit (code, name, kind) SELECT 'U' || n, n, 'company' FROM generate_series(0, 50) AS n"
                             " ON CONFLICT DO NOTHING"))  # fmt: skip
        partition_store.ensure_months(session, MONTHS)
        session.execute(text("SET LOCAL session_replication_role = replica"))  # history without steps: nothing here acts on it
        for table, columns in TABLES.items():
            statement = YEAR.format(table=table, columns=columns, count=A_MONTH, open_one_in=OPEN_ONE_IN)
            session.execute(text(statement), {"months": MONTHS})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) case_file, incident_report, case_step"))
    engine.dispose()
    return url


@pytest.fixture
def year(year_url: str) -> Iterator[Session]:
    """Session on the year."""
    engine = make_engine(year_url, parallel=False)
    with make_session_factory(engine)() as session:
        yield session
    engine.dispose()


class Read:
    """Counts what statements read: the rows of cases looked at, and the months opened."""

    def __init__(self, session: Session) -> None:
        """Listen to the statements of a session."""
        self.rows, self.months, self.scans = 0, set[str](), set[str]()
        event.listen(session.connection(), "before_cursor_execute", self._explain)

    def _explain(self, connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        driver: psycopg.Connection[Any] = connection.connection.driver_connection
        if "case_file" not in statement:
            return
        names = re.findall(r"%\((\w+)\)s", statement)
        prepared = statement
        for number, name in enumerate(names, 1):
            prepared = prepared.replace(f"%({name})s", f"${number}", 1)
        given = ", ".join(["%s"] * len(names))
        with psycopg.ClientCursor(driver) as cursor:
            cursor.execute("PREPARE asked AS " + prepared.replace("%%", "%"))
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked{f'({given})' if names else ''}", [values[name] for name in names])
            row = cursor.fetchone()
            cursor.execute("DEALLOCATE asked")
        assert row is not None
        self._walk(row[0][0]["Plan"])

    def _walk(self, node: dict[str, Any]) -> None:
        table = node.get("Relation Name", "")
        if table.startswith("case_file") and node["Actual Loops"]:
            looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            self.rows += looked_at * node["Actual Loops"]
            self.months |= {table} if looked_at else set()
            self.scans |= {table} if node["Node Type"] == "Seq Scan" and looked_at else set()
        for child in node.get("Plans", []):
            self._walk(child)


OFFICE = Scope(areas=((Level.STREET_OFFICE, "420110"),))
DISTRICT = Scope(areas=((Level.DISTRICT, "42011"),))
OPEN = (CaseState.HANDLING, CaseState.PENDING_HANDLING)
PAGES: dict[str, tuple[Scope, CaseFilter, CaseOrder]] = {
    "inspector's open cases": (OFFICE, CaseFilter(states=OPEN), CaseOrder.NEWEST),
    "inspector's whole history": (OFFICE, EVERY_CASE, CaseOrder.NEWEST),
    "dispatcher's queue by urgency": (DISTRICT, CaseFilter(states=OPEN), CaseOrder.DUE),
    "dispatcher's overdue": (DISTRICT, CaseFilter(due=DueFilter.OVERDUE), CaseOrder.DUE),
    "a unit's cases": (Scope(unit_codes=("U10",)), CaseFilter(states=OPEN), CaseOrder.DUE),
    "a unit's history": (Scope(unit_codes=("U10",)), EVERY_CASE, CaseOrder.NEWEST),
    "my own reports": (Scope(actor="p7"), EVERY_CASE, CaseOrder.NEWEST),
    "a zone": (EVERYWHERE, CaseFilter(zone_code="Z7"), CaseOrder.NEWEST),
    "a segment": (EVERYWHERE, CaseFilter(segment_code="R7"), CaseOrder.NEWEST),
    "a street office and my own reports": (dataclasses.replace(OFFICE, actor="p7"), EVERY_CASE, CaseOrder.NEWEST),
    "my district's queue and my own reports": (dataclasses.replace(DISTRICT, actor="p7"), CaseFilter(states=OPEN), CaseOrder.NEWEST),
    "a unit, a road chief's cases and my own reports": (
        Scope(unit_codes=("U10",), person_id=3, actor="p7"),
        CaseFilter(states=OPEN),
        CaseOrder.DUE,
    ),
    "everything": (EVERYWHERE, EVERY_CASE, CaseOrder.NEWEST),
    "every open case by urgency": (EVERYWHERE, CaseFilter(states=OPEN), CaseOrder.DUE),
    "open cases with a word": (DISTRICT, CaseFilter(states=OPEN, text="垃圾"), CaseOrder.NEWEST),
    "open cases of a map": (EVERYWHERE, CaseFilter(states=OPEN, bbox=(500_000, 3_380_000, 500_300, 3_380_300)), CaseOrder.NEWEST),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_reads_little_more_than_it_shows(year: Session, name: str) -> None:
    scope, wanted, order = PAGES[name]
    read = Read(year)
    page = list_store.list_page(year, scope, wanted, now=NOW, order=order, limit=20)
    assert page.lines
    assert read.rows <= 400 * len(parts_of(scope))
    assert not read.scans


def test_the_page_after_a_page_deep_in_history_reads_no_more(year: Session) -> None:
    first = list_store.list_page(year, OFFICE, EVERY_CASE, now=NOW, order=CaseOrder.OLDEST, limit=20)
    read = Read(year)
    assert list_store.list_page(year, OFFICE, EVERY_CASE, now=NOW, after=str(first.lines[-1].id + 10_000), limit=20).lines
    assert read.rows <= 100


def test_a_case_is_looked_for_in_its_month_alone(year: Session) -> None:
    known = list_store.list_page(year, EVERYWHERE, EVERY_CASE, now=NOW, order=CaseOrder.OLDEST, limit=1).lines[0]
    read = Read(year)
    assert list_store.find_visible(year, EVERYWHERE, known.case_no)
    assert store.find_case(year, known.case_no)
    assert step_store.lock_cases(year, known.case_no)
    assert read.months == {f"case_file_{MONTHS[0]}"}
    assert read.rows <= 6


def test_a_search_for_words_leaves_old_months_alone(year: Session) -> None:
    read = Read(year)
    assert list_store.list_page(year, OFFICE, CaseFilter(text="没有这样的话"), now=NOW).lines == ()
    assert read.months <= {f"case_file_{month}" for month in (202608, 202609, 202610, 202611)}


def test_counts_of_open_cases_read_open_cases(year: Session) -> None:
    read = Read(year)
    assert sum(list_store.count_by_state(year, DISTRICT, CaseFilter(states=OPEN), now=NOW).values()) > 10
    assert read.rows <= 400


def test_counts_of_a_district_and_of_own_reports_read_the_open_cases_of_both_once(year: Session) -> None:
    both = dataclasses.replace(DISTRICT, actor="p7")
    read = Read(year)
    counts = list_store.count_by_state(year, both, CaseFilter(states=OPEN), now=NOW)
    assert read.rows <= 500
    assert not read.scans
    seen = list_store.list_page(year, both, CaseFilter(states=OPEN), now=NOW, limit=10_000).lines
    assert sum(counts.values()) == len(seen) == len({line.id for line in seen})


def test_counts_of_every_state_read_this_month_and_what_is_open(year: Session) -> None:
    read = Read(year)
    counts = list_store.count_by_state(year, DISTRICT, EVERY_CASE, now=NOW)
    assert counts[CaseState.CLOSED] > 1_000
    assert read.rows <= 2 * A_MONTH


def test_what_waits_for_a_supervisor_reads_requests_alone(year: Session) -> None:
    read = Read(year)
    assert review_store.list_waiting_extensions(year, DISTRICT)
    assert read.rows <= 400
    assert not read.scans


def test_appeals_under_review_are_found_without_reading_what_was_closed(year: Session) -> None:
    read = Read(year)
    assert review_store.list_waiting_appeals(year, EVERYWHERE, since=NOW - datetime.timedelta(days=30))
    assert read.rows <= 60
    assert not read.scans


def test_near_cases_read_what_is_near(year: Session) -> None:
    read = Read(year)
    near = list_store.list_near(year, EVERYWHERE, toy_city.point(500, 500), radius_m=150, now=NOW, kind="matter", class_code="06010")
    assert near
    assert read.rows <= 60
    assert not read.scans
