"""People are brought to frontages and homes, not to lakes."""

from __future__ import annotations

import numpy as np

from gridmgmt.siting.demand import Given, Homes, bring_people
from tests.siting.drawn_ground import drawn_ground


def test_people_live_along_the_street_and_none_in_the_lake() -> None:
    demand, how = bring_people(drawn_ground(), Given(), cell_m=100.0, most=1000)
    assert demand.unit_grid.tolist() == ["A", "D"]
    assert demand.people.tolist() == [100, 30]
    assert how["communities_by_proxy"] == {"road frontage": 1, "dry land": 1}
    assert demand.community.tolist() == ["C1", "C2"]
    assert demand.district.tolist() == ["Q", "Q"]


def test_smaller_cells_make_more_points_of_the_same_people() -> None:
    demand, _ = bring_people(drawn_ground(), Given(), cell_m=20.0, most=1000)
    assert len(demand.people) > 2
    assert demand.people.sum() == 130
    assert (demand.xy * 1024 == np.round(demand.xy * 1024)).all()


def test_cells_are_joined_where_few_people_are_and_nobody_is_lost() -> None:
    fine, _ = bring_people(drawn_ground(), Given(), cell_m=5.0, most=1000)
    demand, how = bring_people(drawn_ground(), Given(), cell_m=5.0, most=len(fine.people) // 2)
    assert len(demand.people) <= len(fine.people) // 2
    assert demand.people.sum() == fine.people.sum() == 130
    widths = how["people_by_cell_m"]
    assert isinstance(widths, dict)
    assert sum(widths.values()) == 130


def test_homes_draw_people_where_there_are_any() -> None:
    homes = Homes(np.array([[250.0, 50.0]]), np.array([12.0]))
    demand, how = bring_people(drawn_ground(), Given(homes=homes), cell_m=100.0, most=1000)
    assert demand.people.tolist() == [100, 30]
    assert how["communities_by_proxy"] == {"homes": 1, "road frontage": 1}


def test_shops_and_cases_are_counted_where_they_are_and_none_is_lost() -> None:
    given = Given(shops=np.array([[10.0, 60.0], [90.0, 40.0], [290.0, 10.0]]), cases={"A": 7, "B": 2, "elsewhere": 9})
    demand, _ = bring_people(drawn_ground(), given, cell_m=100.0, most=1000)
    by_grid = {code: (int(s), int(c)) for code, s, c in zip(demand.unit_grid, demand.shops, demand.cases, strict=True)}
    assert by_grid == {"A": (2, 7), "B": (0, 2), "D": (1, 0)}
    assert demand.people.sum() == 130
