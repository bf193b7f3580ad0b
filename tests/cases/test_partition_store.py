"""Reports, cases and steps lie in the month their number says; a month is made once, and what comes too early is caught."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE
from gridmgmt.cases import list_store, partition_store, store
from gridmgmt.cases.model import CaseAction
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import ConflictError
from tests.cases.loop import NOW, act, add_units, open_case

MIDNIGHT = datetime.datetime(2026, 10, 31, 16, tzinfo=datetime.UTC)  # the first of November in the city
FAR = datetime.datetime(2031, 5, 20, tzinfo=datetime.UTC)


def places(session: Session) -> set[str]:
    """Return the partitions that hold anything."""
    tables = "SELECT tableoid::regclass::text FROM {}"
    return set(session.scalars(text(" UNION ".join(map(tables.format, ("incident_report", "case_file", "case_step"))))))


@pytest.mark.parametrize(("at", "month"), [(MIDNIGHT, "202611"), (MIDNIGHT - datetime.timedelta(seconds=1), "202610"), (FAR, "net")])
def test_a_case_lies_in_the_month_of_the_citys_day(session: Session, at: datetime.datetime, month: str) -> None:
    case = open_case(session, now=at)
    assert places(session) == {f"monthly.{table}_{month}" for table in ("incident_report", "case_file", "case_step")}
    assert case.case_no[:6] == str(case.id // store.SERIALS)


def test_a_part_lies_in_the_month_of_its_whole(session: Session) -> None:
    add_units(session)
    case = open_case(session, now=MIDNIGHT - datetime.timedelta(seconds=1))
    for action in (CaseAction.FILE, CaseAction.SPLIT):
        act(session, case, action, now=NOW)
    assert places(session) == {f"monthly.{table}_202610" for table in ("incident_report", "case_file", "case_step")}
    assert list_store.find_visible(session, EVERYWHERE, f"{case.case_no}-2")


def test_a_month_is_made_once_with_its_rules(session: Session) -> None:
    assert partition_store.ensure_months(session, [203105, 203106]) == [203105, 203106]
    assert partition_store.ensure_months(session, [203105, 203106]) == []
    open_case(session, now=FAR)
    assert places(session) == {f"monthly.{table}_203105" for table in ("incident_report", "case_file", "case_step")}
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text("TRUNCATE monthly.case_step_203105"))


def test_a_month_that_is_in_the_net_already_stays_there(session: Session) -> None:
    open_case(session, now=FAR)
    assert partition_store.ensure_months(session, [203105]) == []
    second = open_case(session, now=FAR)
    assert store.find_case(session, second.case_no)
    assert [entry.month for entry in partition_store.list_months(session)][-1] is None


def test_a_case_number_is_used_once(session: Session) -> None:
    add_units(session)
    case = open_case(session)
    with pytest.raises(DBAPIError, match="uq_case_file_case_no_202611"):
        session.execute(
            text("""INSERT INTO case_file (id, case_no, report_id, state, version, opened_at, basis, parent_id, source, reported_at,
                reported_by, point) SELECT id + 1, case_no, report_id, state, version, opened_at, basis, id, source, reported_at,
                reported_by, point FROM case_file WHERE id = :id"""),
            {"id": case.id},
        )


@pytest.mark.parametrize("case_no", ["20261202-00000001", "2026110-000000001", "' OR 1=1", "", "20261102-00000001-1", "99999999-99999999"])
def test_a_number_that_leads_nowhere_finds_nothing(session: Session, case_no: str) -> None:
    open_case(session)
    assert store.find_case(session, case_no) is None


def test_a_new_month_does_not_wait_for_readers(toy_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partition_store, "PATIENCE", "50ms")
    engine = make_engine(toy_url)
    factory = make_session_factory(engine)
    with factory() as reader, factory() as maker:
        store.count_cases(reader)
        with pytest.raises(ConflictError, match="being read"):
            partition_store.ensure_months(maker, [203105])
    with factory() as maker:
        assert partition_store.ensure_months(maker, [203105]) == [203105]
    engine.dispose()


def test_months_ahead_cross_the_year() -> None:
    assert partition_store.months_ahead(datetime.date(2026, 11, 22), 3) == [202611, 202612, 202701, 202702]
    assert partition_store.months_of([datetime.date(2026, 11, 22), datetime.date(2025, 1, 1)]) == [202501, 202611]
