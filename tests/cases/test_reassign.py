"""When appointments or boundaries change, open cases are assigned anew: listed first, then written, once, and never against a person's word."""

from __future__ import annotations

import dataclasses
import datetime
import random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import reassign, reassign_store, store
from gridmgmt.cases.import_reports import import_reports
from gridmgmt.cases.model import Case, CaseAction, CaseState, IncidentReport, ReportSource
from gridmgmt.cases.reassign import list_reassignments, read_open, write_changes
from gridmgmt.cases.reassign_store import Reassigned
from gridmgmt.cases.report import report_incident
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError
from gridmgmt.responsibility.store import resolve_responsibility
from gridmgmt.roads import store as roads_store
from gridmgmt.roads.model import NewAppointment, Post
from tests import toy_city
from tests.cases.loop import NOW, TO_CLOSED, TO_HANDLING, act, add_units, current
from tests.cases.test_import_reports import CLASSES, difficult_reports

TODAY = NOW.date()
LATER = NOW + datetime.timedelta(hours=2)


def report_at(session: Session, x: float, y: float) -> Case:
    """Open a case at a point of the drawing."""
    report = IncidentReport(*toy_city.point(x, y), "epsg:4547", ReportSource.INSPECTOR, NOW)
    return report_incident(session, report, profile=toy_city.PROFILE, now=NOW, actor="an").case


def new_chief(session: Session) -> None:
    """Let the chief of the western zone go today, and appoint the chief of segment R1 there."""
    session.execute(
        text("UPDATE appointment SET valid_to = :day WHERE zone_code = 'Z-W' AND post = 'road_chief' AND valid_to IS NULL"), {"day": TODAY}
    )
    roads_store.add_appointments(session, [NewAppointment("P4", Post.ROAD_CHIEF, "Z-W", None, TODAY, None)])


def west_becomes_east(session: Session) -> None:
    """Hand the western community to the eastern zone from today on."""
    session.execute(text("UPDATE zone_member SET valid_to = :day WHERE zone_code = 'Z-W'"), {"day": TODAY})
    session.execute(
        text("INSERT INTO zone_member (zone_code, level, area_code, valid_from) VALUES ('Z-E', 'community', :code, :day)"),
        {"code": toy_city.WEST_COMMUNITY, "day": TODAY},
    )


def listed(session: Session, on: datetime.date = TODAY) -> list[Reassigned]:
    return [change for batch in list_reassignments(session, read_open(session, batch=7), on=on) for change in batch.changes]


def write(session: Session, on: datetime.date = TODAY) -> int:
    """Write everything; return how many cases changed."""
    count = 0
    for batch in list_reassignments(session, read_open(session, batch=7), on=on):
        count += write_changes(session, batch.changes, on=on, now=LATER, actor="an", reason="换届")
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    return count


def test_nothing_changed_nothing_is_listed(session: Session) -> None:
    add_units(session)
    report_at(session, 50, 70)
    assert listed(session) == []
    assert write(session) == 0


def test_a_new_chief_is_listed_and_written_with_a_step_that_says_who_was_before(session: Session) -> None:
    case = report_at(session, 50, 70)
    new_chief(session)
    (change,) = listed(session)
    assert (change.changed, change.chief_before, change.chief_after) == (["person_id"], "李路长", "赵路长")
    assert current(session, case).person_id == case.person_id
    assert write(session) == 1
    moved = current(session, case)
    step = store.list_steps(session, case.id)[-1]
    assert (moved.person_id, moved.state, moved.version) == (change.after["person_id"], CaseState.REPORTED, case.version + 1)
    assert (step.action, step.actor, step.reason, step.at) == (CaseAction.REASSIGN, "an", "换届", LATER)
    assert step.details["changed"] == {"before": {"person_id": case.person_id}, "after": {"person_id": moved.person_id}}
    assert write(session) == 0
    assert current(session, case) == moved


def test_what_was_set_by_hand_stays_and_is_told(session: Session) -> None:
    case = report_at(session, 60, 70)
    west_becomes_east(session)
    by_hand = act(session, case, CaseAction.OVERRIDE_RESPONSIBILITY, details={"zone_code": "Z-W"})
    assert [(change.case_no, change.kept) for change in listed(session)] == [(case.case_no, True)]
    assert write(session) == 0
    assert current(session, case) == by_hand
    released = act(session, by_hand, CaseAction.OVERRIDE_RESPONSIBILITY, details={"release": True})
    assert write(session) == 1
    assert current(session, released).zone_code == "Z-E"


def test_closed_cases_keep_who_answered_for_them(session: Session) -> None:
    add_units(session)
    case = report_at(session, 50, 70)
    for action in TO_CLOSED:
        case = act(session, case, action)
    new_chief(session)
    assert listed(session) == []
    assert write(session) == 0


def test_a_case_in_a_units_hands_keeps_state_unit_and_clock(session: Session) -> None:
    add_units(session)
    case = report_at(session, 50, 70)
    for action in TO_HANDLING:
        case = act(session, case, action)
    west_becomes_east(session)
    assert write(session) == 1
    moved = current(session, case)
    assert (moved.zone_code, moved.unit_code, moved.state, moved.due_at) == ("Z-E", "U1", CaseState.HANDLING, case.due_at)
    assert act(session, moved, CaseAction.HANDLE).state is CaseState.PENDING_CONFIRMATION


@pytest.mark.slow
def test_the_engine_lists_what_the_statement_would_for_every_case_wherever_it_lies(session: Session) -> None:
    catalogue_store.add_classes(session, CLASSES)
    session.execute(
        text("""UPDATE city_profile SET snap_limits = '{"default_m": 30, "road_class": {"primary": 45},
                               "managed_class": {"matter:06010": 5}}'""")
    )
    import_reports(session, difficult_reports(), profile=toy_city.PROFILE, now=LATER)
    west_becomes_east(session)
    new_chief(session)
    session.execute(text("UPDATE road_segment SET valid_to = :day WHERE code = 'R3'"), {"day": TODAY})
    session.execute(text("UPDATE area SET name = '新名', valid_to = NULL WHERE code = :code"), {"code": toy_city.WEST})
    ids = list(session.scalars(text("SELECT id FROM case_file ORDER BY id")))
    expected = reassign_store.compare(session, ids, on=TODAY)
    found = listed(session)
    assert 500 < len(found) < len(ids)
    assert [rounded(change) for change in found] == [rounded(change) for change in expected]


def rounded(change: Reassigned) -> dict[str, Any]:
    """Return a change with its distances to the nanometre: the engine measures in another order of operations."""
    values = dataclasses.asdict(change)
    values["following"] = {
        name: round(value, 9) if isinstance(value, float) else value for name, value in sorted(values["following"].items())
    }
    return values


def test_a_case_somebody_acted_on_since_it_was_listed_is_compared_again(session: Session) -> None:
    add_units(session)
    case, other = report_at(session, 50, 70), report_at(session, 60, 70)
    west_becomes_east(session)
    changes = listed(session)
    noted = act(session, case, CaseAction.NOTE)
    act(session, other, CaseAction.OVERRIDE_RESPONSIBILITY, details={"zone_code": "Z-W"})
    assert write_changes(session, changes, on=TODAY, now=LATER, actor="an", reason="换届") == 1
    assert (current(session, noted).zone_code, current(session, other).zone_code) == ("Z-E", "Z-W")


def test_a_case_somebody_acts_on_again_and_again_is_named(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    case = report_at(session, 50, 70)
    west_becomes_east(session)
    changes = listed(session)
    act(session, case, CaseAction.NOTE)
    monkeypatch.setattr(reassign, "TRIES", 1)
    with pytest.raises(ConflictError, match=case.case_no):
        write_changes(session, changes, on=TODAY, now=LATER, actor="an", reason="换届")


def test_it_is_the_day_that_counts(session: Session) -> None:
    report_at(session, 50, 70)
    session.execute(
        text("UPDATE appointment SET valid_to = '2026-12-01' WHERE zone_code = 'Z-W' AND post = 'road_chief' AND valid_to IS NULL")
    )
    assert listed(session) == []
    (change,) = listed(session, datetime.date(2026, 12, 1))
    assert (change.after["basis"], change.chief_after) == ("no_chief", None)


def test_many_cases_are_what_each_would_be_alone(session: Session) -> None:
    chance = random.Random(5)
    cases = [report_at(session, chance.uniform(-40, 240), chance.uniform(-40, 240)) for _ in range(40)]
    west_becomes_east(session)
    new_chief(session)
    session.execute(text("UPDATE road_segment SET valid_to = :day WHERE code = 'R3'"), {"day": TODAY})
    expected = {}
    for case in cases:
        report = store.find_case(session, case.case_no)
        assert report is not None
        found = resolve_responsibility(session, (report[1].x, report[1].y), on=TODAY)
        grid = found.area(Level.UNIT_GRID)
        expected[case.case_no] = (
            found.basis.value, grid.code if grid else None, found.segment.code if found.segment else None, found.zone_code,
            found.chief.person_id if found.chief else None,
        )  # fmt: skip
    changes = listed(session)
    assert 5 < len(changes) < 40
    assert write(session) == len(changes)
    for case in cases:
        now = current(session, case)
        assert (now.basis, now.unit_grid_code, now.segment_code, now.zone_code, now.person_id) == expected[case.case_no]
        assert now.version == case.version + (case.case_no in {change.case_no for change in changes})
