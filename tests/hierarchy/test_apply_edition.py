"""A new edition keeps the history of what it changes."""

from __future__ import annotations

import dataclasses
import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError
from gridmgmt.hierarchy import edition_store, store
from gridmgmt.hierarchy.apply_edition import Scope, apply_edition
from gridmgmt.hierarchy.model import Area, ChangeKind
from gridmgmt.hierarchy.tables import AreaChangeRow, AreaRow
from tests.toy_city import AREAS, EAST_COMMUNITY, NORTH_WEST, SOUTH_EAST, SOUTH_WEST, START, WEST, WEST_COMMUNITY, area, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
DAY = datetime.date(2026, 1, 1)
BEFORE = DAY - datetime.timedelta(days=1)


def grid(code: str, shape: tuple[float, float, float, float], parent: str = WEST_COMMUNITY) -> Area:
    return area(Level.UNIT_GRID, code, None, parent, rectangle(*shape))


def wider() -> list[Area]:
    return [grid(SOUTH_WEST, (0, 0, 110, 100)), GRIDS[1], grid(SOUTH_EAST, (110, 0, 200, 100), EAST_COMMUNITY), GRIDS[3]]


def rows(session: Session, code: str) -> list[tuple[datetime.date, datetime.date | None, float]]:
    found = session.execute(
        select(AreaRow.valid_from, AreaRow.valid_to, AreaRow.area_m2).where(AreaRow.code == code).order_by(AreaRow.valid_from)
    )
    return [tuple(row) for row in found]  # type: ignore[misc]


def test_unchanged_areas_keep_their_row_and_changed_ones_get_a_second(session: Session) -> None:
    edition, _ = apply_edition(session, wider(), name="二版", valid_from=DAY)
    assert edition is not None
    assert [(each.valid_from, each.valid_to) for each in store.list_editions(session)] == [(START, DAY), (DAY, None)]
    assert rows(session, NORTH_WEST) == [(START, None, 10_000.0)]
    assert rows(session, SOUTH_WEST) == [(START, DAY, 10_000.0), (DAY, None, 11_000.0)]


def test_yesterday_is_answered_with_yesterdays_boundaries(session: Session) -> None:
    apply_edition(session, wider(), name="二版", valid_from=DAY)
    yesterday, today = (store.find_area(session, Level.UNIT_GRID, SOUTH_WEST, on=day) for day in (BEFORE, DAY))
    assert yesterday is not None
    assert today is not None
    assert yesterday.shape == rectangle(0, 0, 100, 100)
    assert today.shape == rectangle(0, 0, 110, 100)


def test_the_same_areas_again_write_nothing(session: Session) -> None:
    edition, differences = apply_edition(session, GRIDS, name="二版", valid_from=DAY)
    assert edition is None
    assert [bool(difference) for difference in differences] == [False]
    assert len(store.list_editions(session)) == 1


def test_joining_an_edition_corrects_its_rows_in_place(session: Session) -> None:
    apply_edition(session, wider(), name="二版", valid_from=DAY)
    again = [grid(SOUTH_WEST, (0, 0, 120, 100)), GRIDS[1], grid(SOUTH_EAST, (120, 0, 200, 100), EAST_COMMUNITY), GRIDS[3]]
    edition, _ = apply_edition(session, again, name="不用的名字", valid_from=DAY)
    assert edition is not None
    assert edition.name == "二版"
    assert rows(session, SOUTH_WEST) == [(START, DAY, 10_000.0), (DAY, None, 12_000.0)]


def test_a_code_that_ends_is_retired_with_its_successor_and_never_used_again(session: Session) -> None:
    merged = [grid(SOUTH_WEST, (0, 0, 100, 200)), *GRIDS[2:]]
    apply_edition(session, merged, name="二版", valid_from=DAY)
    retired = edition_store.list_retired_codes(session, Level.UNIT_GRID)
    assert (retired[NORTH_WEST].retired_on, retired[NORTH_WEST].successor_code) == (DAY, SOUTH_WEST)
    with pytest.raises(Exception, match="is retired and may not be used again"):
        apply_edition(session, GRIDS, name="三版", valid_from=datetime.date(2026, 6, 1))


def test_a_code_retired_by_mistake_comes_back_when_its_edition_is_corrected(session: Session) -> None:
    apply_edition(session, GRIDS[1:], name="二版", valid_from=DAY)
    assert SOUTH_WEST in edition_store.list_retired_codes(session, Level.UNIT_GRID)
    apply_edition(session, GRIDS, name="二版", valid_from=DAY)
    assert edition_store.list_retired_codes(session, Level.UNIT_GRID) == {}
    assert store.find_area(session, Level.UNIT_GRID, SOUTH_WEST, on=DAY) is not None


def test_a_code_that_came_and_went_with_one_edition_was_never_in_force(session: Session) -> None:
    extra = grid("420100001001003", (0, 200, 100, 250))
    apply_edition(session, [*GRIDS, extra], name="二版", valid_from=DAY)
    apply_edition(session, GRIDS, name="二版", valid_from=DAY)
    assert rows(session, extra.code) == []
    assert edition_store.list_retired_codes(session, Level.UNIT_GRID) == {}


def test_history_is_appended_not_rewritten(session: Session) -> None:
    with pytest.raises(ConflictError, match="cannot start on 2023-01-01"):
        apply_edition(session, wider(), name="旧", valid_from=datetime.date(2023, 1, 1))


def test_the_lines_of_change_are_kept(session: Session) -> None:
    edition, _ = apply_edition(session, wider(), name="二版", valid_from=DAY)
    assert edition is not None
    kept = session.execute(
        select(AreaChangeRow.kind, AreaChangeRow.new_code, AreaChangeRow.area_change_percent).order_by(AreaChangeRow.new_code)
    )
    assert [tuple(row) for row in kept] == [(ChangeKind.RESHAPED, SOUTH_WEST, 10.0), (ChangeKind.RESHAPED, SOUTH_EAST, -10.0)]


@pytest.mark.parametrize("under", [WEST_COMMUNITY, WEST])
def test_a_source_for_one_parent_leaves_the_rest(session: Session, under: str) -> None:
    _, (difference,) = apply_edition(session, [GRIDS[0]], name="二版", valid_from=DAY, scope=Scope(under=under))
    assert [each.code for each in difference.removed] == [NORTH_WEST]
    assert store.count_areas(session, on=DAY)[Level.UNIT_GRID] == 3


def test_codes_to_keep_stay_though_the_source_lacks_them(session: Session) -> None:
    _, (difference,) = apply_edition(session, GRIDS[1:], name="二版", valid_from=DAY, scope=Scope(keep=frozenset({SOUTH_WEST})))
    assert not difference


def test_several_levels_go_top_down(session: Session) -> None:
    recoded = [
        dataclasses.replace(
            each,
            code=each.code.replace("420100001", "420100008"),
            parent_code=(each.parent_code or "").replace("420100001", "420100008") or None,
        )
        for each in AREAS
    ]
    _, differences = apply_edition(session, recoded, name="二版", valid_from=DAY)
    kinds = {difference.level: difference.count_kinds() for difference in differences}
    assert kinds == {
        Level.DISTRICT: {}, Level.STREET_OFFICE: {ChangeKind.RECODED: 1}, Level.COMMUNITY: {ChangeKind.RECODED: 1},
        Level.UNIT_GRID: {ChangeKind.RECODED: 2},
    }  # fmt: skip
    assert session.scalar(text("SELECT count(*) FROM area WHERE valid_to IS NULL")) == len(AREAS)
