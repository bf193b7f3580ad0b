"""A file of reports gets the answers each report would have got alone, once."""

from __future__ import annotations

import dataclasses
import datetime
import random
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import import_reports as module
from gridmgmt.cases import store
from gridmgmt.cases.import_reports import ImportResult, import_reports
from gridmgmt.cases.model import IncidentReport, ReportSource
from gridmgmt.cases.report import report_incident
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedClass, ManagedKind
from gridmgmt.city.model import Level
from gridmgmt.crs import crs_to_crs, to_storage
from gridmgmt.responsibility.store import resolve_responsibility
from tests import toy_city

NOW = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC)
NOON = datetime.datetime(2026, 11, 1, 4, 0, tzinfo=datetime.UTC)  # noon in the toy city
CLASSES = (
    ManagedClass("GB/T 47678.5-2026", ManagedKind.MATTER, "06010", "暴露垃圾", "06", "市容环境类", "0110"),
    ManagedClass("GB/T 47678.5-2026", ManagedKind.COMPONENT, "01001", "供水井盖", "01", "市政公用设施", None),
)


def incident(right: float, up: float, ref: str | None = None, **values: Any) -> IncidentReport:
    """Return a report at a point of the drawing, changed by ``values``."""
    easting, northing = toy_city.point(right, up)
    report = IncidentReport(easting, northing, "epsg:4547", ReportSource.IMPORT, NOON, source_ref=ref, description="一处垃圾")
    return dataclasses.replace(report, **values)


def take(session: Session, reports: Sequence[IncidentReport]) -> ImportResult:
    return import_reports(session, reports, profile=toy_city.PROFILE, now=NOW)


def count(session: Session, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def difficult_reports() -> list[IncidentReport]:
    """Return reports inside, on borders and corners, beside roads, at junctions, outside, on days of every kind, in three CRS."""
    chance = random.Random(7)
    lattice = [(x, y) for x in range(-60, 261, 10) for y in range(-60, 261, 10)]
    places = [*lattice, *((chance.uniform(-60, 260), chance.uniform(-60, 260)) for _ in range(400))]
    days = [datetime.date(2023, 12, 31), datetime.date(2024, 1, 1), datetime.date(2025, 12, 31), datetime.date(2026, 1, 1)]
    reports = []
    for number, (x, y) in enumerate(places):
        at = datetime.datetime.combine(chance.choice(days), datetime.time(chance.randrange(24), 30), tzinfo=datetime.UTC)
        report = incident(x, y, f"N{number}", reported_at=at)
        if number % 5 == 0:
            lon, lat = crs_to_crs(report.x, report.y, "epsg:4547", "gcj02")
            report = dataclasses.replace(report, x=float(lon), y=float(lat), crs="gcj02")
        elif number % 7 == 0:
            report = dataclasses.replace(report, kind=ManagedKind.MATTER, class_code=chance.choice(["06010", "0110"]))
        reports.append(report)
    return reports


def test_an_import_answers_every_point_as_the_one_point_statement_does(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 400)
    catalogue_store.add_classes(session, CLASSES)
    session.execute(
        text("""UPDATE city_profile SET snap_limits = '{"default_m": 30, "road_class": {"primary": 45},
                            "managed_class": {"matter:06010": 5}}'""")
    )
    reports = difficult_reports()
    assert take(session, reports) == ImportResult(len(reports), 0, ())
    zone = datetime.timezone(datetime.timedelta(hours=8))
    bases = set()
    for case, stored in store.list_cases(session, limit=len(reports)):
        given = reports[int((stored.source_ref or "").removeprefix("N"))]
        assert (stored.x, stored.y, stored.crs, stored.reported_at) == (given.x, given.y, given.crs, given.reported_at)
        point = to_storage(given.x, given.y, given.crs, toy_city.PROFILE)
        class_key = "matter:06010" if given.class_code else None
        found = resolve_responsibility(session, point, on=given.reported_at.astimezone(zone).date(), class_key=class_key)
        bases.add(case.basis)
        assert (case.basis, case.edition_id, case.shared_with) == (found.basis, found.edition_id, found.shared_with)
        codes = (case.district_code, case.street_office_code, case.community_code, case.unit_grid_code)
        assert codes == tuple(area.code if area else None for area in map(found.area, Level))
        assert case.border_distance_m == found.border_distance_m
        segment = (found.segment.code, found.segment.distance_m) if found.segment else (None, None)
        assert (case.segment_code, case.segment_distance_m) == segment
        chief = (found.chief.appointment_id, found.chief.person_id) if found.chief else (None, None)
        assert (case.zone_code, case.appointment_id, case.person_id) == (found.zone_code, *chief)
    assert bases == {"segment", "zone", "no_chief", "outside", "no_edition"}


def test_an_imported_case_is_the_case_a_single_report_would_have_opened(session: Session) -> None:
    alone = report_incident(session, incident(100, 100, "A"), profile=toy_city.PROFILE, now=NOW, actor="import").case
    take(session, [incident(100, 100, "B")])
    (imported, _), *_ = store.list_cases(session)
    assert imported.case_no == f"20261120-{imported.id % 10**9:08d}"
    assert dataclasses.replace(imported, id=alone.id, case_no=alone.case_no, report_id=alone.report_id) == alone
    assert store.list_steps(session, imported.id) == store.list_steps(session, alone.id)


def test_the_day_is_the_report_s_day_in_the_city_and_not_in_greenwich(session: Session) -> None:
    last_evening = datetime.datetime(2025, 12, 31, 15, 59, tzinfo=datetime.UTC)
    new_year = datetime.datetime(2025, 12, 31, 16, 0, tzinfo=datetime.UTC)
    take(session, [incident(50, 100, "old", reported_at=last_evening), incident(50, 100, "new", reported_at=new_year)])
    people: dict[int, str] = dict(session.execute(text("SELECT person.id, person.name FROM person")).all())
    chiefs = {report.source_ref: people[case.person_id] for case, report in store.list_cases(session) if case.person_id}
    assert chiefs == {"old": "张路长", "new": "李路长"}


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    reports = [incident(50, 50, "A"), incident(150, 50, "B", accuracy_m=12.5, address="南大路"), incident(-40, 50, "C")]
    assert take(session, reports) == ImportResult(3, 0, ())
    assert take(session, reports) == ImportResult(0, 3, ())
    assert (count(session, "incident_report"), count(session, "case_file"), count(session, "case_step")) == (3, 3, 6)


def test_case_numbers_follow_the_order_of_the_file(session: Session) -> None:
    take(session, [incident(x, 50, f"N{number}") for number, x in enumerate([150.0, 20.0, 90.0, 10.0])])
    by_number = sorted((case.case_no, report.source_ref) for case, report in store.list_cases(session))
    assert [ref for _, ref in by_number] == ["N0", "N1", "N2", "N3"]


def test_a_repeat_inside_the_file_counts_once_and_a_changed_one_is_a_conflict(session: Session) -> None:
    first = incident(50, 50, "A")
    result = take(session, [first, first, dataclasses.replace(first, description="另一处")])
    assert (result.added, result.repeated) == (1, 1)
    assert [(entry.row, entry.field) for entry in result.rejected] == [(3, "source_ref")]
    again = take(session, [dataclasses.replace(first, x=first.x + 1)])
    (case, _), *_ = store.list_cases(session)
    assert (again.added, again.repeated) == (0, 0)
    assert case.case_no in again.rejected[0].reason


def test_a_request_id_makes_repeats_harmless_too_and_reports_without_ids_are_all_new(session: Session) -> None:
    asked = incident(50, 50, client_request_id="c-1")
    assert take(session, [asked, asked]) == ImportResult(1, 1, ())
    assert take(session, [asked]) == ImportResult(0, 1, ())
    assert take(session, [incident(50, 50), incident(50, 50)]) == ImportResult(2, 0, ())


def test_what_a_single_report_would_be_refused_for_is_rejected_by_row_and_the_rest_is_taken(session: Session) -> None:
    catalogue_store.add_classes(session, CLASSES)
    bad = [
        incident(0, 0, "1", x=30.5455, y=114.05, crs="wgs84"),
        incident(0, 0, "2", x=float("nan")),
        incident(0, 0, "3", crs="atlantis"),
        incident(0, 0, "4", reported_at=NOW + datetime.timedelta(days=1)),
        incident(0, 0, "5", kind=ManagedKind.MATTER, class_code="99999"),
        incident(0, 0, "6", accuracy_m=-1.0),
        incident(0, 0, "7", x=500_000.0, y=3_380_000.0, crs="wgs84"),
    ]
    result = take(session, [*bad, incident(50, 50, "8")])
    assert result.added == 1
    assert [(entry.row, entry.field) for entry in result.rejected] == [
        (1, "point"), (2, "point"), (3, "crs"), (4, "reported_at"), (5, "class_code"), (6, "accuracy_m"), (7, "point"),
    ]  # fmt: skip
    assert "swapped" in result.rejected[0].reason
    assert "写反" in result.rejected[0].zh
    assert "metres" in result.rejected[6].reason


def test_progress_runs_to_the_end_and_nothing_at_all_is_no_error(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    seen: list[tuple[int, int]] = []
    reports = [incident(10.0 * n, 50, str(n)) for n in range(5)]
    import_reports(session, reports, profile=toy_city.PROFILE, now=NOW, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert take(session, []) == ImportResult(0, 0, ())


def test_an_import_rolled_back_leaves_nothing(session: Session) -> None:
    take(session, [incident(50, 50, "A")])
    session.rollback()
    assert (count(session, "incident_report"), count(session, "case_file"), count(session, "case_step")) == (0, 0, 0)
