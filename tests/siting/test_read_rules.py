"""The rules of siting as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridmgmt.cli.session import ROOT
from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.model import PLAN_TARGETS, FacilityKind
from gridmgmt.siting.read_rules import COLUMNS, find_rule, read_programme, read_rules

TABLES = ROOT / "geodata" / "siting"


@pytest.mark.parametrize("kind", PLAN_TARGETS)
def test_the_years_of_a_programme_add_up_to_the_plan_and_no_unverified_rule_is_in_use(kind: FacilityKind) -> None:
    assert sum(read_programme(TABLES / "programmes.csv", kind).values()) == PLAN_TARGETS[kind]
    rules = read_rules(TABLES / "rules.csv", kind)
    assert find_rule(rules, "service_radius") is not None
    assert all(rule.source and rule.zh and rule.en for rule in rules)
    assert not [rule.key for rule in rules if rule.confidence == "L" and rule.in_use]


def test_septic_tanks_keep_30_m_from_water_sources_by_the_mandatory_code() -> None:
    found = find_rule(read_rules(TABLES / "rules.csv", FacilityKind.TOILET), "keep_away", "drinking_water_source")
    assert found is not None
    assert (found.value, found.force, found.source) == (30.0, "mandatory", "GB 55013-2021 5.0.4")


def test_a_band_has_two_ends() -> None:
    found = find_rule(read_rules(TABLES / "rules.csv", FacilityKind.TOILET), "density_band", "residential")
    assert found is not None
    assert (found.value, found.high) == (3.0, 5.0)


@pytest.mark.parametrize(("field", "value"), [("value", "many"), ("confidence", "X"), ("in_use", "maybe"), ("kind", "school")])
def test_a_bad_value_is_named_by_row_and_field(tmp_path: Path, field: str, value: str) -> None:
    good = dict(zip(COLUMNS, ("toilet", "service_radius", "", "300", "m", "mandatory", "x", "H", "yes", "规则", "rule"), strict=True))
    file = tmp_path / "rules.csv"
    file.write_text("\n".join([",".join(COLUMNS), ",".join(good.values()), ",".join((good | {field: value}).values())]), encoding="utf-8")
    with pytest.raises(InvalidInputError) as caught:
        read_rules(file, FacilityKind.TOILET)
    assert (caught.value.row, caught.value.field) == (2, field)
