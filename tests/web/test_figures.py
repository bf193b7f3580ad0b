"""Kept figures are counted once for each version of the data."""

from __future__ import annotations

from gridmgmt.facilities.coverage import DistrictCoverage
from gridmgmt.web.figures import LIMIT, KeptFigures


def test_figures_are_counted_once_until_the_data_change() -> None:
    """The same question twice is one count; a new version counts anew."""
    kept, counted = KeptFigures(), []

    def count() -> list[DistrictCoverage]:
        counted.append(1)
        return []

    for version in (1, 1, 2, 2):
        kept.get_or_count(version, "toilet", count)
    assert len(counted) == 2


def test_many_radii_do_not_fill_the_memory() -> None:
    """The oldest go first."""
    kept, counted = KeptFigures(), []

    def count() -> list[DistrictCoverage]:
        counted.append(1)
        return []

    for radius in (*range(LIMIT + 1), LIMIT, 0):
        kept.get_or_count(1, radius, count)
    assert len(counted) == LIMIT + 2
