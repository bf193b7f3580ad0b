"""One report becomes one case, assigned as the one statement says, whatever is sent twice."""

from __future__ import annotations

import dataclasses
import datetime
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cases import store
from gridmgmt.cases.model import CaseAction, IncidentReport, ReportSource
from gridmgmt.cases.report import Reported, report_incident
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import ConflictError, InvalidInputError, OutsideCityError
from tests import toy_city

NOW = datetime.datetime(2026, 11, 1, 9, 30, tzinfo=datetime.UTC)


def report_at(x: float, y: float, name: str = "wgs84", **changes: object) -> IncidentReport:
    """Return a report at a point of the drawing, given in a CRS."""
    given_x, given_y = crs.crs_to_crs(*toy_city.point(x, y), "epsg:4547", name)
    report = IncidentReport(float(given_x), float(given_y), name, ReportSource.INSPECTOR, NOW, client_request_id="r-1")
    return dataclasses.replace(report, **changes)  # type: ignore[arg-type]


def send(session: Session, report: IncidentReport) -> Reported:
    return report_incident(session, report, profile=toy_city.PROFILE, now=NOW, actor="inspector")


@pytest.mark.parametrize("name", ["wgs84", "gcj02", "bd09", "epsg:4547"])
def test_report_in_any_crs_opens_a_case_with_its_grid_and_chief(session: Session, name: str) -> None:
    case = send(session, report_at(50, 70, name)).case
    assert (case.unit_grid_code, case.zone_code, case.basis) == (toy_city.SOUTH_WEST, "Z-W", "zone")
    assert case.border_distance_m == pytest.approx(30, abs=0.002)
    assert case.case_no == f"20261101-{case.id % 10**9:08d}"


def test_case_keeps_what_was_received_and_its_first_two_steps(session: Session) -> None:
    sent = report_at(50, 70, "gcj02", description="井盖破损", accuracy_m=12.5)
    case = send(session, sent).case
    found = store.find_case(session, case.case_no)
    assert found is not None
    assert (found[1].x, found[1].y, found[1].crs, found[1].accuracy_m) == (sent.x, sent.y, "gcj02", 12.5)
    assert [step.action for step in store.list_steps(session, case.id)] == [CaseAction.REPORT, CaseAction.ASSIGN]


def test_same_request_sent_twice_is_one_case(session: Session) -> None:
    first, second = send(session, report_at(50, 70)), send(session, report_at(50, 70))
    assert (first.case, first.repeated, second.repeated) == (second.case, False, True)
    assert store.count_cases(session) == 1


def test_same_request_id_with_other_contents_is_refused_and_says_which_case_it_was(session: Session) -> None:
    first = send(session, report_at(50, 70))
    with pytest.raises(ConflictError, match=first.case.case_no):
        send(session, report_at(60, 70))


def test_same_request_sent_at_once_by_many_is_one_case(toy_url: str) -> None:
    engine = make_engine(toy_url, pool_size=8)
    factory, gate, cases = make_session_factory(engine), threading.Barrier(8), []

    def one() -> None:
        gate.wait()
        with factory.begin() as session:
            cases.append(send(session, report_at(50, 70)).case.case_no)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with factory() as session:
        assert (len(cases), len(set(cases)), store.count_cases(session)) == (8, 1, 1)
    engine.dispose()


def test_point_outside_every_grid_is_kept_and_says_so(session: Session) -> None:
    case = send(session, report_at(1000, 1000)).case
    assert (case.basis, case.unit_grid_code, case.person_id) == ("outside", None, None)


def test_point_outside_the_envelope_is_refused_and_swapped_axes_are_noticed(session: Session) -> None:
    right = report_at(50, 70)
    with pytest.raises(OutsideCityError, match="swapped"):
        send(session, dataclasses.replace(right, x=right.y, y=right.x))
    assert store.count_cases(session) == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"crs": "mars"}, "crs"),
        ({"reported_at": NOW + datetime.timedelta(days=1)}, "reported_at"),
        ({"accuracy_m": -1.0}, "accuracy_m"),
        ({"description": "长" * 2001}, "description"),
        ({"kind": "matter", "class_code": "99999"}, "class_code"),
        ({"kind": "matter"}, "class_code"),
        ({"x": float("nan")}, "point"),
    ],
)
def test_wrong_input_names_its_field_and_stores_nothing(session: Session, changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        send(session, dataclasses.replace(report_at(50, 70), **changes))  # type: ignore[arg-type]
    assert (caught.value.field, store.count_cases(session)) == (field, 0)


def test_class_of_2013_is_stored_under_its_code_of_2026(session: Session) -> None:
    standard = toy_city.PROFILE.catalogue_standard
    catalogue_store.add_classes(session, [ManagedClass(standard, ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110")])
    case = send(session, report_at(50, 70, kind="matter", class_code="0110")).case
    found = store.find_case(session, case.case_no)
    assert found is not None
    assert found[1].class_code == "06010"


@pytest.mark.parametrize("statement", ["UPDATE case_step SET actor = 'x'", "DELETE FROM case_step", "UPDATE incident_report SET raw_x = 0"])
def test_database_refuses_to_rewrite_steps_and_reports(session: Session, statement: str) -> None:
    send(session, report_at(50, 70))
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(statement))
