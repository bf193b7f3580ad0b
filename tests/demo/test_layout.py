"""Codes and numbers of the small city."""

from __future__ import annotations

import numpy as np

from gridmgmt.demo.draw import DrawnCity
from gridmgmt.demo.layout import number_in_rows


def test_every_street_office_has_its_real_communities(small_city: DrawnCity) -> None:
    for position, office in enumerate(small_city.layout.offices):
        present = set(small_city.layout.community[small_city.layout.office == position].tolist())
        assert {small_city.layout.communities[place].code for place in present} == {part.code for part in office.parts}


def test_grid_codes_are_fifteen_digits_and_unique(small_city: DrawnCity) -> None:
    codes = [small_city.layout.grid_code(atom) for atom in range(len(small_city.atoms))]
    assert all(len(code) == 15 and code.isdecimal() for code in codes)
    assert len(set(codes)) == len(codes)


def test_grids_are_numbered_like_words_on_a_page() -> None:
    points = np.array([[x, y] for y in (0.0, 100.0, 200.0) for x in (0.0, 100.0, 200.0)])
    assert number_in_rows(points, np.zeros(9, dtype=np.int64)).reshape(3, 3).tolist() == [[7, 8, 9], [4, 5, 6], [1, 2, 3]]


def test_each_community_is_numbered_from_one() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert number_in_rows(points, np.array([0, 1, 0])).tolist() == [1, 1, 2]
