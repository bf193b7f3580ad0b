"""Handling units of the demo city: a team of every street office, five departments of every district."""

from __future__ import annotations

from collections.abc import Iterable

from gridmgmt.cases.model import HandlingUnit, UnitKind
from gridmgmt.city.model import Level

DEPARTMENTS = {"SZ": "市政维护所", "HW": "环卫所", "CG": "城管执法大队", "YL": "园林所", "JG": "交管大队"}
STREET = "JD"  # the street office's own team
# Who handles a class, by the beginning of its code (the longest wins); what nobody is named for is the street office's.
HANDLED_BY = {
    "06013": "SZ", "06012": "HW", "06010": "HW", "06011": "HW", "06014": "CG", "06042": "HW", "06001": "CG", "08": "CG", "07003": "CG",
    "09009": "JG", "01": "SZ", "02": "JG", "03": "HW", "04": "YL",
}  # fmt: skip


def demo_units(districts: Iterable[tuple[str, str]], offices: Iterable[tuple[str, str]]) -> list[HandlingUnit]:
    """Return the units for districts and street offices, each given as (code, name)."""
    teams = [
        HandlingUnit(f"{STREET}-{code}", f"{name}综合执法中心", UnitKind.STREET_OFFICE, (Level.STREET_OFFICE, code))
        for code, name in offices
    ]
    departments = [
        HandlingUnit(f"{short}-{code}", f"{name}{words}", UnitKind.DEPARTMENT, (Level.DISTRICT, code))
        for code, name in districts
        for short, words in DEPARTMENTS.items()
    ]
    return [*departments, *teams]


def department_of(class_code: str) -> str:
    """Return the short name of who handles a class, ``JD`` for the street office."""
    return max(((prefix, unit) for prefix, unit in HANDLED_BY.items() if class_code.startswith(prefix)), default=("", STREET))[1]
