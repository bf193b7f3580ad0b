"""Finding areas."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridmgmt.hierarchy.store import list_history, search_areas
from tests.toy_city import DISTRICT, EAST, EAST_COMMUNITY, NORTH_WEST, SOUTH_WEST, START, WEST, WEST_COMMUNITY, point


def codes(session: Session, words: str, limit: int = 20) -> list[str]:
    return [hit.code for hit in search_areas(session, words, on=START, limit=limit)]


def test_a_code_finds_itself_first_then_what_begins_with_it_from_the_larger_level_down(session: Session) -> None:
    assert codes(session, WEST) == [WEST, WEST_COMMUNITY, SOUTH_WEST, NORTH_WEST]


def test_a_part_of_a_name_finds_every_level(session: Session) -> None:
    assert codes(session, "社区") == [WEST_COMMUNITY, EAST_COMMUNITY]
    assert codes(session, "玩具") == [DISTRICT]


def test_a_name_that_begins_so_comes_before_one_that_only_holds_it(session: Session) -> None:
    assert codes(session, "东") == [EAST, EAST_COMMUNITY]


def test_wildcards_mean_themselves_and_blank_finds_nothing(session: Session) -> None:
    assert codes(session, "%") == []
    assert codes(session, "_") == []
    assert codes(session, "  ") == []


def test_the_limit_holds_and_bounds_are_in_the_storage_crs(session: Session) -> None:
    (hit,) = search_areas(session, "42", on=START, limit=1)
    assert hit.bounds == (*point(0, 0), *point(200, 200))


def test_history_lists_every_row_of_a_code(session: Session) -> None:
    assert [(each.level, each.valid_from) for each in list_history(session, DISTRICT)] == [("district", START)]
