"""Who answers can be set by hand, with what follows from it."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.errors import InvalidInputError, NotAllowedError
from gridmgmt.roads import chief_store
from tests import toy_city
from tests.cases.loop import NOW, TO_FILED, TO_HANDLING, act, bring

OVERRIDE = CaseAction.OVERRIDE_RESPONSIBILITY


def chief_of(session: Session, case: Case) -> str | None:
    """Return the staff number of the road chief of a case."""
    person = chief_store.find_person_by_id(session, case.person_id) if case.person_id else None
    return person.code if person else None


def override(session: Session, case: Case, **details: object) -> Case:
    """Set the responsibility by hand."""
    return act(session, case, OVERRIDE, details=details)


def test_a_zone_brings_its_chief_and_leaves_the_areas(session: Session) -> None:
    case = bring(session, *TO_FILED)
    assert (case.zone_code, chief_of(session, case)) == ("Z-W", "P2")
    done = override(session, case, zone_code="Z-E")
    assert (done.zone_code, chief_of(session, done), done.basis) == ("Z-E", "P3", "zone")
    assert (done.unit_grid_code, done.state, done.manual_override) == (toy_city.SOUTH_WEST, CaseState.PENDING_DISPATCH, True)


def test_a_unit_grid_brings_what_it_lies_in_its_zone_and_chief(session: Session) -> None:
    done = override(session, bring(session, *TO_FILED), unit_grid_code=toy_city.NORTH_EAST)
    codes = (done.district_code, done.street_office_code, done.community_code, done.unit_grid_code)
    assert codes == (toy_city.DISTRICT, toy_city.EAST, toy_city.EAST_COMMUNITY, toy_city.NORTH_EAST)
    assert (done.zone_code, chief_of(session, done), done.border_distance_m) == ("Z-E", "P3", None)


def test_a_segment_brings_its_own_chief_one_without_leaves_that_of_the_zone(session: Session) -> None:
    case = bring(session, *TO_FILED)
    by_segment = override(session, case, segment_code="R1")
    assert (by_segment.segment_code, chief_of(session, by_segment), by_segment.basis) == ("R1", "P4", "segment")
    without = override(session, case, segment_code="R2")
    assert (without.segment_code, chief_of(session, without), without.zone_code) == ("R2", "P2", "Z-W")


def test_the_step_keeps_what_was_there_before(session: Session) -> None:
    case = bring(session, *TO_FILED)
    override(session, case, zone_code="Z-E")
    changed = store.list_steps(session, case.id)[-1].details["changed"]
    assert (changed["before"]["zone_code"], changed["after"]["zone_code"]) == ("Z-W", "Z-E")
    assert "unit_grid_code" not in changed["before"]


def test_what_was_set_by_hand_can_be_given_back_to_the_rules(session: Session) -> None:
    case = override(session, bring(session, *TO_HANDLING), zone_code="Z-E")
    released = override(session, case, release=True)
    assert (released.manual_override, released.zone_code, released.state) == (False, "Z-E", CaseState.HANDLING)


@pytest.mark.parametrize(
    ("details", "field"),
    [({}, "zone_code"), ({"zone_code": "Z-X"}, "zone_code"), ({"segment_code": "R9"}, "segment_code"), ({"unit_grid_code": "1"}, "unit_grid_code")],
)  # fmt: skip
def test_what_does_not_exist_is_refused_by_name(session: Session, details: dict[str, str], field: str) -> None:
    case = bring(session, *TO_FILED)
    with pytest.raises(InvalidInputError) as error:
        override(session, case, **details)
    assert error.value.field == field


def test_it_needs_the_permission(session: Session) -> None:
    with pytest.raises(NotAllowedError):
        act(session, bring(session, *TO_FILED), OVERRIDE, permissions={"case.dispatch"}, now=NOW)
