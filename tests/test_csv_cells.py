"""What we write for spreadsheets runs nothing there."""

from __future__ import annotations

import pytest

from gridmgmt.csv_cells import FORMULA_SIGNS, as_typed, safe_cells


def test_a_formula_becomes_text_and_numbers_stay_numbers() -> None:
    given = ["=1+1", "+1", "-1", "@a", "\t=1", "\uff1d1+1", "a=1", "", -1.5, None]
    assert safe_cells(given) == ["'=1+1", "'+1", "'-1", "'@a", "'\t=1", "'\uff1d1+1", "a=1", "", -1.5, None]


@pytest.mark.parametrize("text", [*(f"{sign}1" for sign in FORMULA_SIGNS), "好", "", "'", "it's", "'好'"])
def test_what_went_out_is_read_as_it_was_typed(text: str) -> None:
    (cell,) = safe_cells([text])
    assert as_typed(str(cell)) == text
