"""Each line of "what the answer means", on the toy city, where a pencil is enough to check."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.responsibility.model import Basis, Responsibility
from gridmgmt.responsibility.store import resolve_responsibility
from tests import toy_city

TODAY = datetime.date(2026, 11, 1)


def answer(session: Session, x: float, y: float, on: datetime.date = TODAY) -> Responsibility:
    return resolve_responsibility(session, toy_city.point(x, y), on=on)


def unit_grid(found: Responsibility) -> str | None:
    area = found.area(Level.UNIT_GRID)
    return area.code if area else None


def test_point_in_the_middle_has_one_grid_and_all_its_parents(session: Session) -> None:
    found = answer(session, 50, 70)
    assert [area.code for area in found.areas] == [toy_city.DISTRICT, toy_city.WEST, toy_city.WEST_COMMUNITY, toy_city.SOUTH_WEST]
    assert (found.shared_with, found.border_distance_m, found.edition_name) == ((), 30.0, "首版")


def test_point_on_shared_edge_goes_to_lowest_code_and_names_the_other(session: Session) -> None:
    found = answer(session, 50, 100)
    assert (unit_grid(found), found.shared_with, found.border_distance_m) == (toy_city.SOUTH_WEST, (toy_city.NORTH_WEST,), 0.0)


def test_point_on_the_corner_of_four_grids_names_all(session: Session) -> None:
    found = answer(session, 100, 100)
    assert unit_grid(found) == toy_city.SOUTH_WEST
    assert found.shared_with == (toy_city.NORTH_WEST, toy_city.SOUTH_EAST, toy_city.NORTH_EAST)


def test_point_a_thousandth_beside_the_edge_is_not_on_it(session: Session) -> None:
    found = answer(session, 100 + 1 / 1024, 50)
    assert (unit_grid(found), found.shared_with, found.border_distance_m) == (toy_city.SOUTH_EAST, (), 1 / 1024)


def test_nearest_segment_within_the_limit(session: Session) -> None:
    found = answer(session, 50, 59)
    assert found.segment is not None
    assert (found.segment.code, found.segment.distance_m) == ("R1", 49.0)


def test_segment_exactly_at_the_limit_counts_and_a_thousandth_beyond_does_not(session: Session) -> None:
    assert answer(session, 50, 60).segment is not None
    assert answer(session, 50, 60 + 1 / 1024).segment is None


def test_two_segments_at_equal_distance_go_to_the_lowest_code(session: Session) -> None:
    found = answer(session, 180, 20)  # 10 m from R1 (y = 10) and from R3 (x = 190)
    assert found.segment is not None
    assert (found.segment.code, found.segment.distance_m) == ("R1", 10.0)


def test_snap_limit_of_a_road_class_wins_over_the_default(session: Session) -> None:
    rules = '{"default_m": 50, "road_class": {"tertiary": 5}, "managed_class": {"matter:06010": 80}}'
    session.execute(text("UPDATE city_profile SET snap_limits = CAST(:rules AS jsonb)"), {"rules": rules})
    assert answer(session, 50, 184).segment is None
    near = answer(session, 50, 185).segment
    assert near is not None
    assert near.code == "R2"


def test_snap_limit_of_a_managed_class_wins_over_both(session: Session) -> None:
    rules = '{"default_m": 50, "road_class": {"primary": 5}, "managed_class": {"matter:06010": 80}}'
    session.execute(text("UPDATE city_profile SET snap_limits = CAST(:rules AS jsonb)"), {"rules": rules})
    found = resolve_responsibility(session, toy_city.point(50, 89), on=TODAY, class_key="matter:06010")
    assert found.segment is not None
    assert (found.segment.code, found.segment.distance_m) == ("R1", 79.0)


@pytest.mark.parametrize(
    ("day", "chief"),
    [
        (datetime.date(2025, 12, 31), "张路长"),
        (datetime.date(2026, 1, 1), "李路长"),
    ],
)
def test_chief_whose_appointment_ended_yesterday_answers_no_more(session: Session, day: datetime.date, chief: str) -> None:
    found = answer(session, 50, 100, day)
    assert found.chief is not None
    assert (found.chief.name, found.basis, found.zone_code) == (chief, Basis.ZONE, "Z-W")


def test_chief_of_the_segment_wins_over_the_chief_of_the_zone(session: Session) -> None:
    before, after = answer(session, 50, 30, datetime.date(2025, 5, 31)), answer(session, 50, 30, datetime.date(2025, 6, 1))
    assert before.chief is not None
    assert after.chief is not None
    assert (before.chief.name, before.basis) == ("张路长", Basis.ZONE)
    assert (after.chief.name, after.basis) == ("赵路长", Basis.SEGMENT)


def test_zone_without_a_chief_says_so(session: Session) -> None:
    found = answer(session, 150, 100, datetime.date(2024, 6, 1))
    assert (found.chief, found.basis, found.zone_code) == (None, Basis.NO_CHIEF, "Z-E")


def test_grid_without_a_zone_says_so(session: Session) -> None:
    session.execute(text("DELETE FROM zone_member WHERE zone_code = 'Z-E'"))
    found = answer(session, 150, 100)
    assert (found.chief, found.basis, found.zone_code) == (None, Basis.NO_ZONE, None)


def test_zone_of_the_unit_grid_wins_over_the_zone_of_the_community(session: Session) -> None:
    session.execute(text("INSERT INTO zone (code, name) VALUES ('Z-G', '单格责任区')"))
    session.execute(
        text("INSERT INTO zone_member (zone_code, level, area_code, valid_from) VALUES ('Z-G', 'unit_grid', :code, '2026-01-01')"),
        {"code": toy_city.SOUTH_EAST},
    )
    assert answer(session, 150, 70).zone_code == "Z-G"
    assert answer(session, 150, 70, datetime.date(2025, 12, 31)).zone_code == "Z-E"
    assert answer(session, 150, 130).zone_code == "Z-E"


def test_point_outside_every_area_is_an_answer(session: Session) -> None:
    found = answer(session, 1000, 1000)
    assert (found.basis, found.areas, found.border_distance_m, found.segment, found.chief) == (Basis.OUTSIDE, (), None, None, None)


def test_point_in_a_gap_between_grids_still_finds_its_community(session: Session) -> None:
    session.execute(text("DELETE FROM area WHERE code = :code"), {"code": toy_city.NORTH_EAST})
    session.execute(text("DELETE FROM zone_member"))
    found = answer(session, 130, 130)
    assert found.basis == Basis.NO_GRID
    assert [area.code for area in found.areas] == [toy_city.DISTRICT, toy_city.EAST, toy_city.EAST_COMMUNITY]


def test_day_before_the_first_edition_has_no_boundaries(session: Session) -> None:
    found = answer(session, 50, 50, datetime.date(2023, 12, 31))
    assert (found.basis, found.edition_id, found.areas) == (Basis.NO_EDITION, None, ())
