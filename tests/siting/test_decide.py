"""The commission's decisions reach the register and count by year."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import Facility, FacilityKind, FacilityStatus, ProgrammeKind, Toilet
from gridmgmt.siting import decision_store, scenario_store
from gridmgmt.siting.decide import Ruling, decide
from gridmgmt.siting.scenario import Decision, SavedPlan, Site, Verdict
from gridmgmt.siting.scenario_settings import Origin
from tests.siting.drawn_set import AT, add_drawn_scenario, drawn_tables
from tests.toy_city import point

DAY = datetime.date(2026, 3, 2)


@pytest.fixture
def plan_id(session: Session) -> int:
    """Return a plan of three sites: two new ones (2022 and 2023) and toilet T1 to be rebuilt in 2023."""
    shabby = Facility(
        "T1", FacilityKind.TOILET, "旧厕", FacilityStatus.OPEN, shapely.Point(point(50, 50)), "toy", details=Toilet(toilet_class=3)
    )
    facilities_store.add_facilities(session, [shabby])
    scenario = add_drawn_scenario(session, drawn_tables(demand=5, candidates=5))
    plan = SavedPlan(0, scenario.id, None, AT, "planner", "mclp", {}, {"sites": 3}, 10.0, 10.0, 0.0, 1.0, proved=True)
    site = Site(0, 1, 0, "F-0", Origin.FRONTAGE, None, *point(10, 20), 2022, 5.0, 5.0, None, "420100")
    second = dataclasses.replace(site, rank=2, position=1, code="F-1", x=point(30, 20)[0], year=2023)
    third = dataclasses.replace(
        site, rank=3, position=2, code="U-T1", origin=Origin.UPGRADE, facility_code="T1", x=point(50, 50)[0], y=point(50, 50)[1], year=2023
    )
    return scenario_store.add_plan(session, plan, [site, second, third]).id


def say(session: Session, plan_id: int, ruling: Ruling) -> Decision:
    return decide(session, plan_id, ruling, on=DAY, at=AT, by="planner")


def counted(session: Session) -> dict[tuple[int, ProgrammeKind], int]:
    return {(one.year, one.programme): one.facilities for one in facilities_store.count_programme(session)}


def test_accepted_moved_and_refused_sites_count_as_decided(session: Session, plan_id: int) -> None:
    accepted = say(session, plan_id, Ruling(1, Verdict.ACCEPTED))
    moved = say(session, plan_id, Ruling(2, Verdict.MOVED, "避让管线", point(40, 25)))
    assert counted(session) == {(2022, ProgrammeKind.NEW): 1, (2023, ProgrammeKind.NEW): 1}
    assert accepted.facility_code is not None
    assert moved.facility_code is not None
    entered = facilities_store.find_facility(session, moved.facility_code)
    assert entered is not None
    assert (entered.point.x, entered.point.y) == point(40, 25)
    assert (entered.status, entered.details) == (FacilityStatus.PLANNED, Toilet(toilet_class=2))
    refused = say(session, plan_id, Ruling(3, Verdict.REFUSED, "居民反对"))
    assert refused.facility_code is None
    assert sum(counted(session).values()) == 2
    assert [one.verdict for one in decision_store.list_decisions(session, plan_id)] == [Verdict.ACCEPTED, Verdict.MOVED, Verdict.REFUSED]
    assert [site.verdict for site in scenario_store.list_sites(session, plan_id)] == [Verdict.ACCEPTED, Verdict.MOVED, Verdict.REFUSED]


def test_a_rebuilt_facility_keeps_its_code_and_counts_once(session: Session, plan_id: int) -> None:
    assert say(session, plan_id, Ruling(3, Verdict.ACCEPTED, year=2024)).facility_code == "T1"
    rebuilt = facilities_store.find_facility(session, "T1")
    assert rebuilt is not None
    assert (rebuilt.programme, rebuilt.programme_year, rebuilt.counts_toward_plan, rebuilt.name) == (
        ProgrammeKind.REBUILT,
        2024,
        True,
        "旧厕",
    )
    assert counted(session) == {(2024, ProgrammeKind.REBUILT): 1}


@pytest.mark.parametrize(
    ("ruling", "error", "field"),
    [
        (Ruling(1, Verdict.REFUSED, " "), InvalidInputError, "reason"),
        (Ruling(1, Verdict.MOVED, "远"), InvalidInputError, "point"),
        (Ruling(1, Verdict.ACCEPTED, "", point(1, 1)), InvalidInputError, "point"),
        (Ruling(9, Verdict.ACCEPTED), NotFoundError, None),
    ],
)
def test_a_bad_decision_changes_nothing(session: Session, plan_id: int, ruling: Ruling, error: type[Exception], field: str | None) -> None:
    with pytest.raises(error) as caught:
        say(session, plan_id, ruling)
    assert field is None or getattr(caught.value, "field", None) == field
    assert not decision_store.list_decisions(session, plan_id)
    assert not counted(session)


def test_a_site_is_decided_once_and_what_was_decided_is_never_changed(session: Session, plan_id: int) -> None:
    say(session, plan_id, Ruling(1, Verdict.REFUSED, "不宜"))
    with pytest.raises(ConflictError):
        say(session, plan_id, Ruling(1, Verdict.ACCEPTED))
    for statement in (
        "UPDATE siting_decision SET verdict = 'accepted'",
        "DELETE FROM siting_decision",
        "UPDATE siting_plan SET value = 99",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement))
