"""The register of frontages and what is seen there."""

from __future__ import annotations

import dataclasses
import datetime

import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, NOWHERE, Scope
from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.patrol import check_store, frontage_store
from gridmgmt.patrol.check_frontage import check_frontage
from gridmgmt.patrol.import_frontages import plan_frontages, write_frontages
from gridmgmt.patrol.model import Frontage, FrontageDuty, FrontageFilter, NewCheck, NewFrontage
from gridmgmt.roads import chief_store
from tests import toy_city

NOW = datetime.datetime(2026, 11, 20, 8, 0, tzinfo=datetime.UTC)
DAY = NOW.date()
GOOD = NewCheck(sanitation=True, greenery=None, public_order=True)
BAD = NewCheck(sanitation=False, greenery=True, public_order=True, note="门口有垃圾")
SHOPS = (
    NewFrontage("S1", "甲面馆", "南大路 1 号", "R1", toy_city.point(20, 20), "P6", datetime.date(2026, 1, 5)),
    NewFrontage("S2", "乙超市", "南大路 2 号", None, toy_city.point(60, 12)),
    NewFrontage("S3", "丙药店", None, "R2", None),
    NewFrontage("S4", "丁旅馆", None, None, toy_city.point(150, 185), None, datetime.date(2026, 2, 1)),
)


@pytest.fixture
def register(session: Session) -> Session:
    """Four shops: S1 and S2 in the west, S3 on the middle of R2 (on the border: west), S4 in the east."""
    write_frontages(session, plan_frontages(session, list(enumerate(SHOPS, 1)), on=DAY))
    return session


def shop(session: Session, code: str) -> Frontage:
    found = frontage_store.find_frontage(session, code, EVERYWHERE, on=DAY)
    assert found is not None
    return found


def check(session: Session, code: str, seen: NewCheck, *, minutes: int = 0) -> bool:
    at = NOW + datetime.timedelta(minutes=minutes)
    return check_frontage(session, shop(session, code), seen, now=at, actor="li", person_id=None)


def codes(session: Session, scope: Scope, **wanted: str) -> list[str]:
    return [entry.code for entry in frontage_store.list_frontages(session, scope, FrontageFilter(**wanted), on=DAY)]


def person(session: Session, code: str) -> int:
    found = chief_store.find_person(session, code)
    assert found is not None
    return found.id


def test_shops_get_their_segment_zone_and_areas(register: Session) -> None:
    two = shop(register, "S2")
    assert (two.segment_code, two.segment_name, two.place.zone_code) == ("R1", "南大路", "Z-W")
    assert shop(register, "S4").place.street_office_code == toy_city.EAST
    assert shop(register, "S1").shop_head_name == "孙店长"


def test_the_same_table_again_changes_nothing_and_a_new_address_one_row(register: Session) -> None:
    moved = dataclasses.replace(SHOPS[1], address="南大路 3 号")
    plan = plan_frontages(register, [(1, SHOPS[0]), (2, moved), (3, SHOPS[2])], on=DAY)
    assert (len(plan.added), [entry.code for entry in plan.changed], plan.unchanged) == (0, ["S2"], 2)


def test_rows_that_cannot_be_meant_are_refused_by_row(session: Session) -> None:
    rows = [
        (1, NewFrontage("A", "甲")), (2, NewFrontage("B", "乙", None, "R9")), (3, NewFrontage("C", "丙", None, "R1", None, "P99")),
        (4, SHOPS[0]), (5, SHOPS[0]),
    ]  # fmt: skip
    plan = plan_frontages(session, rows, on=DAY)
    assert [error.row for error in plan.refused] == [1, 2, 3, 5]


def test_the_newest_check_says_how_a_frontage_stands(register: Session) -> None:
    assert shop(register, "S1").passed is None
    check(register, "S1", BAD)
    assert shop(register, "S1").failed == (FrontageDuty.SANITATION,)
    check(register, "S1", GOOD, minutes=5)
    assert shop(register, "S1").passed is True
    check(register, "S2", BAD)
    assert codes(register, EVERYWHERE, verdict="passed") == ["S1"]
    assert codes(register, EVERYWHERE, verdict="failed") == ["S2"]
    assert codes(register, EVERYWHERE, verdict="unchecked") == ["S3", "S4"]
    assert codes(register, EVERYWHERE, verdict="unsigned") == ["S2", "S3"]
    assert codes(register, EVERYWHERE, words="面馆") == ["S1"]
    assert codes(register, EVERYWHERE, words="%") == []


def test_one_request_is_one_check_and_no_check_is_ever_changed(register: Session) -> None:
    once = dataclasses.replace(GOOD, client_request_id="r1")
    assert check(register, "S1", once) is True
    assert check(register, "S1", once) is False
    assert len(check_store.list_checks(register, shop(register, "S1").id)) == 1
    with pytest.raises(ConflictError):
        check(register, "S2", once)
    with pytest.raises(DatabaseError):
        register.execute(text("UPDATE frontage_check SET sanitation = false"))


def test_a_failed_check_says_what_is_wrong_and_photos_must_be_there(register: Session) -> None:
    with pytest.raises(InvalidInputError):
        check(register, "S1", dataclasses.replace(BAD, note=""))
    with pytest.raises(InvalidInputError):
        check(register, "S1", dataclasses.replace(GOOD, photos=("0" * 64,)))


def test_everybody_sees_their_own_part_of_the_register(register: Session) -> None:
    assert codes(register, EVERYWHERE) == ["S1", "S2", "S3", "S4"]
    assert codes(register, NOWHERE) == []
    assert codes(register, Scope(areas=((Level.STREET_OFFICE, toy_city.EAST),))) == ["S4"]
    assert codes(register, Scope(person_id=person(register, "P2"))) == ["S1", "S2", "S3"]  # road chief of Z-W
    assert codes(register, Scope(person_id=person(register, "P4"))) == ["S1", "S2"]  # road chief of R1
    assert codes(register, Scope(person_id=person(register, "P6"))) == ["S1", "S2"]  # shop head on R1 in Z-W
    assert codes(register, Scope(person_id=person(register, "P3"))) == ["S4"]
    assert frontage_store.find_frontage(register, "S4", Scope(person_id=person(register, "P2")), on=DAY) is None


def test_figures_agree_with_counting_by_hand(register: Session) -> None:
    for minutes, (code, seen) in enumerate([("S1", BAD), ("S1", GOOD), ("S2", GOOD), ("S2", BAD), ("S4", GOOD)]):
        check(register, code, seen, minutes=minutes)
    since, until = NOW, NOW + datetime.timedelta(hours=1)
    figures = frontage_store.count_frontages(register, EVERYWHERE, since=since, until=until, on=DAY)
    rows = pd.read_sql(
        text("SELECT frontage.code, signed_on, checked_at, passed FROM frontage LEFT JOIN frontage_check ON frontage_id = frontage.id"),
        register.connection(),
    ).sort_values("checked_at")
    newest = rows.dropna(subset=["checked_at"]).groupby("code")["passed"].last()
    assert (figures.frontages, figures.signed) == (rows["code"].nunique(), rows.dropna(subset=["signed_on"])["code"].nunique())
    assert (figures.checked, figures.passed, figures.checks) == (len(newest), newest.sum(), 5)
    earlier = frontage_store.count_frontages(register, EVERYWHERE, since=NOW - datetime.timedelta(1), until=NOW, on=DAY)
    assert (earlier.checked, earlier.pass_percent) == (0, None)
