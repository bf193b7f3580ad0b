"""``gridmgmt hierarchy assessment-units``: which street office counts for which assessment unit, and when."""

from __future__ import annotations

from tests.cli.imports import City
from tests.toy_city import EAST_COMMUNITY


def test_assessment_units_are_stored_and_an_overlap_in_time_is_explained(city: City) -> None:
    path = city.folder / "units.csv"
    header = "unit_code,unit_name,league,street_office_code,from,to\n"
    path.write_text(header + "DHFJ,东湖风景区,中心,420100001,2024-01-01,2026-01-01\n", encoding="utf-8")
    assert "新增 1 条" in city.run("hierarchy", "assessment-units", path, "--commit").output
    assert "新增 0 条" in city.run("hierarchy", "assessment-units", path, "--commit").output
    assert "DHFJ  东湖风景区  中心  420100001" in city.run("hierarchy", "assessment-units", "--on", "2025-05-01").output
    path.write_text(header + "GX,东湖高新区,中心,420100001,2025-06-01,\n", encoding="utf-8")
    refused = city.run("hierarchy", "assessment-units", path, "--commit")
    assert refused.exit_code == 2
    assert "DHFJ" in refused.output
    path.write_text(header + f"GX,东湖高新区,中心,{EAST_COMMUNITY},2025-06-01,\n", encoding="utf-8")
    assert EAST_COMMUNITY in city.run("hierarchy", "assessment-units", path).output
