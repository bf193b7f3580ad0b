"""Photos come with a step and stay with the case."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, NOWHERE, Scope
from gridmgmt.cases import photo_store
from gridmgmt.cases.model import Case, CaseAction, IncidentReport, Origin, ReportSource
from gridmgmt.cases.photo_evidence import great_circle_m, with_distances
from gridmgmt.cases.photo_model import GivenPhoto
from gridmgmt.cases.report import report_incident
from gridmgmt.cases.store import find_case
from gridmgmt.city.model import Level
from gridmgmt.errors import InvalidInputError
from gridmgmt.photos import store
from gridmgmt.photos.model import Evidence, PhotoRole, Prepared
from tests import toy_city
from tests.cases.loop import NOW, TO_CHECK, TO_HANDLING, act, add_units, bring

ONE, TWO = "a" * 64, "b" * 64
PAGE = Origin("page")


def take_in(session: Session, sha256: str, evidence: Evidence | None = None) -> str:
    store.add_photo(session, Prepared(sha256, b"", b"", 1, 1, evidence or Evidence()), uploaded_by="somebody", now=NOW)
    return sha256


def photos(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"photos": [{"photo": sha256, "role": role} for sha256, role in pairs]}


def shown(session: Session, case: Case) -> list[tuple[str, int, str, str]]:
    return [(entry.photo.sha256, entry.seq, entry.photo.role.value, entry.case_no) for entry in photo_store.list_photos(session, case)]


def test_photos_come_with_their_step_in_their_order(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    take_in(session, ONE)
    take_in(session, TWO)
    done = act(session, case, CaseAction.HANDLE, details=photos((TWO, "before"), (ONE, "after")))
    assert shown(session, done) == [(TWO, done.version, "before", case.case_no), (ONE, done.version, "after", case.case_no)]


def test_photos_stay_when_the_work_is_done_again(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    first = act(session, case, CaseAction.HANDLE, details=photos((take_in(session, ONE), "after")))
    for action in (CaseAction.CONFIRM_HANDLED, CaseAction.REWORK):
        act(session, case, action)
    second = act(session, case, CaseAction.HANDLE, details=photos((take_in(session, TWO), "after")))
    assert [(sha256, seq) for sha256, seq, *_ in shown(session, case)] == [(ONE, first.version), (TWO, second.version)]


def test_a_report_comes_with_photos_once(session: Session) -> None:
    x, y = toy_city.point(50, 70)
    report = IncidentReport(x, y, "epsg:4547", ReportSource.PUBLIC, NOW, client_request_id="with photos")
    given = [GivenPhoto(take_in(session, ONE), PhotoRole.NEAR, "路边")]
    for repeated in (False, True):
        reported = report_incident(session, report, profile=toy_city.PROFILE, now=NOW, actor="public", photos=given)
        assert reported.repeated is repeated
        assert shown(session, reported.case) == [(ONE, 1, "near", reported.case.case_no)]


def test_the_same_request_sent_twice_binds_its_photos_once(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    said = photos((take_in(session, ONE), "after"))
    for _ in range(2):
        act(session, case, CaseAction.HANDLE, details=said, client_request_id="r1")
    assert len(shown(session, case)) == 1


def test_a_photo_never_sent_is_refused_and_nothing_moves(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    session.commit()
    with pytest.raises(InvalidInputError, match="send it first"):
        act(session, case, CaseAction.HANDLE, details=photos((ONE, "after")))
    session.rollback()
    assert photo_store.list_photos(session, case) == []


@pytest.mark.parametrize(
    "listed",
    [
        "x", [1], [{"photo": "x", "role": "near"}], [{"photo": ONE}], [{"photo": ONE, "role": "selfie"}], [{"photo": [ONE], "role": "near"}],
        [{"photo": ONE, "role": "near", "caption": 7}], [{"photo": ONE, "role": "near", "caption": "长" * 201}],
        [{"photo": ONE, "role": "near"}] * 10,
    ],
)  # fmt: skip
def test_what_is_no_list_of_photos_is_refused(session: Session, listed: Any) -> None:
    case = bring(session, *TO_HANDLING)
    take_in(session, ONE)
    with pytest.raises(InvalidInputError) as refused:
        act(session, case, CaseAction.HANDLE, details={"photos": listed})
    assert refused.value.field == "photos"


def test_a_feedback_from_a_page_must_show_the_place_afterwards(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    take_in(session, ONE)
    for details in ({}, photos((ONE, "before"))):
        with pytest.raises(InvalidInputError, match="needs a photo: after") as refused:
            act(session, case, CaseAction.HANDLE, details=details, origin=PAGE)
        assert "须附照片：处置后" in refused.value.zh
    act(session, case, CaseAction.HANDLE, details=photos((ONE, "after")), origin=PAGE)


def test_which_photos_an_action_must_show_is_data(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    photo_store.put_demands(session, CaseAction.HANDLE, [])
    photo_store.put_demands(session, CaseAction.CONFIRM_HANDLED, [PhotoRole.PROOF])
    act(session, case, CaseAction.HANDLE, origin=PAGE)
    with pytest.raises(InvalidInputError, match="proof"):
        act(session, case, CaseAction.CONFIRM_HANDLED, origin=PAGE)
    act(session, case, CaseAction.CONFIRM_HANDLED)  # an operator at a terminal has no camera


def test_a_photo_is_visible_to_who_sees_a_case_that_has_it(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    act(session, case, CaseAction.HANDLE, details=photos((take_in(session, ONE), "after")))
    take_in(session, TWO)
    west, east = (Scope(areas=((Level.STREET_OFFICE, code),)) for code in (toy_city.WEST, toy_city.EAST))
    seen = [photo_store.is_visible(session, scope, ONE) for scope in (EVERYWHERE, west, Scope(unit_codes=("U1",)), east, NOWHERE)]
    assert seen == [True, True, True, False, False]
    assert not photo_store.is_visible(session, EVERYWHERE, TWO), "nothing refers to it"


def test_who_has_a_part_sees_the_photos_of_the_whole_and_the_other_way_round(session: Session) -> None:
    case = bring(session, CaseAction.FILE)
    act(session, case, CaseAction.NOTE, details=photos((take_in(session, ONE), "near")))
    act(session, case, CaseAction.SPLIT)
    part = f"{case.case_no}-1"
    dispatched = act(session, _named(session, part), CaseAction.DISPATCH, details={"unit_code": "U1"})
    unit = Scope(unit_codes=("U1",))
    assert [entry[0] for entry in shown(session, dispatched)] == [ONE]
    assert photo_store.is_visible(session, unit, ONE)
    assert not photo_store.is_visible(session, Scope(unit_codes=("U2",)), ONE)


def test_photos_of_a_duplicate_are_shown_with_the_case_it_went_into(session: Session) -> None:
    kept, double = bring(session, CaseAction.FILE), bring(session)
    act(session, double, CaseAction.NOTE, details=photos((take_in(session, ONE), "near")))
    act(session, double, CaseAction.MERGE, details={"into": kept.case_no})
    act(session, kept, CaseAction.DISPATCH)
    assert shown(session, kept) == [(ONE, 3, "near", double.case_no)]
    assert photo_store.is_visible(session, Scope(unit_codes=("U1",)), ONE)


def test_the_distance_to_the_reported_place_is_told(session: Session) -> None:
    add_units(session)
    case = bring(session, *TO_CHECK)
    act(
        session,
        case,
        CaseAction.NOTE,
        details=photos((take_in(session, ONE, Evidence(114.0, 30.5, NOW)), "near"), (take_in(session, TWO), "far")),
    )
    report = IncidentReport(114.001, 30.5, "wgs84", ReportSource.PUBLIC, NOW)
    first, second = with_distances(photo_store.list_photos(session, case), report)
    assert first.distance_m == pytest.approx(95.8, abs=0.2)
    assert second.distance_m is None
    assert great_circle_m((0, 0), (180, 0)) == pytest.approx(20_015_115, abs=1)


def test_photos_are_forgotten_only_while_nothing_refers_to_them(session: Session) -> None:
    case = bring(session, *TO_HANDLING)
    take_in(session, ONE)
    take_in(session, TWO)
    act(session, case, CaseAction.HANDLE, details=photos((ONE, "after")))
    assert store.delete_unbound(session, NOW) == []
    assert store.delete_unbound(session, NOW.replace(year=2027)) == [TWO]
    assert store.find_photo(session, TWO) is None
    assert store.find_photo(session, ONE) is not None


def _named(session: Session, case_no: str) -> Case:
    found = find_case(session, case_no)
    assert found is not None
    return found[0]
