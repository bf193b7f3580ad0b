"""The real lists and polygons."""

from __future__ import annotations

import pytest
import shapely

from gridmgmt.demo.divisions import read_districts
from gridmgmt.errors import InvalidInputError


def test_the_lists_hold_the_real_numbers() -> None:
    districts = read_districts(4547)
    offices = [office for district in districts for office in district.division.parts]
    communities = [community for office in offices for community in office.parts]
    assert (len(districts), len(offices), len(communities)) == (13, 193, 3495)
    assert all(community.code.startswith(office.code) for office in offices for community in office.parts)
    assert len({community.code for community in communities}) == 3495


def test_the_district_polygons_fit_each_other_and_have_the_size_of_wuhan() -> None:
    shapes = [district.shape for district in read_districts(4547)]
    assert shapely.coverage_is_valid(shapes)
    assert sum(shape.area for shape in shapes) / 1e6 == pytest.approx(8_580, rel=0.01)


def test_an_unknown_district_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="420199"):
        read_districts(4547, ["420103", "420199"])
