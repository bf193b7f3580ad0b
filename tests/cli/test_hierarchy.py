"""``gridmgmt hierarchy`` as an operator uses it."""

from __future__ import annotations

from gridmgmt.city.model import Level
from tests.cli.imports import City
from tests.toy_city import AREAS, NORTH_WEST, SOUTH_WEST, WEST_COMMUNITY, area, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
DAY = ("--commit", "--edition-from", "2026-01-01")


def test_the_hierarchy_can_be_looked_at(city: City) -> None:
    merged = [area(Level.UNIT_GRID, SOUTH_WEST, None, WEST_COMMUNITY, rectangle(0, 0, 100, 200)), *GRIDS[2:]]
    assert city.areas(merged, *DAY, "--edition-name", "合并版").exit_code == 0
    assert "合并版  2026-01-01 –" in city.run("hierarchy", "editions").output
    shown = city.run("hierarchy", "show", NORTH_WEST).output
    assert "2024-01-01 – 2026-01-01" in shown
    assert f"停用于 2026-01-01，由 {SOUTH_WEST} 继任" in shown
    difference = city.run("hierarchy", "diff", "首版", "合并版").output
    assert "撤销 1" in difference
    assert "+100.00 %" in difference
    checked = city.run("hierarchy", "check")
    assert checked.exit_code == 0, checked.output
    assert city.run("hierarchy", "show", "999").exit_code == 2


def test_a_check_of_what_is_stored_finds_an_accepted_overlap_again(city: City) -> None:
    overlapping = [area(Level.UNIT_GRID, SOUTH_WEST, None, WEST_COMMUNITY, rectangle(0, 0, 100, 120)), *GRIDS[1:]]
    assert city.areas(overlapping, *DAY, "--accept", "overlap=x").exit_code == 0
    result = city.run("hierarchy", "check", "--report", city.folder / "report")
    assert result.exit_code == 1
    assert (city.folder / "report" / "unit_grid.faults.csv").exists()
