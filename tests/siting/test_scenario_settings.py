"""Settings are read with the field named when one is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting.scenario_settings import AreaQuota, Problem, Settings, read_settings

GOOD: dict[str, Any] = {"problem": "mclp", "radius_m": 300, "sites": 5}


def test_settings_come_back_from_json_as_they_were() -> None:
    settings = Settings(
        Problem.MCLP, 500.0, 3, years={2022: 1, 2023: 2}, quotas=(AreaQuota("420100", 1, 2),), forced=("F-1",), spacing_m=100.0, seed=7,
        road_spacing_m={"primary": 400.0}, costs={"frontage": 80, "upgrade": 30}, budget=9000, upgrades=(2, None),
    )  # fmt: skip
    assert read_settings(settings.to_json()) == settings


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"problem": "magic"}, "problem"), ({"radius_m": -1}, "radius_m"), ({"radius_m": "far"}, "radius_m"), ({"sites": 1.5}, "sites"),
        ({"years": {"2021": 3}}, "years"), ({"quotas": [{"least": 1}]}, "quotas"), ({"quotas": [{"code": "A", "least": 3, "most": 2}]}, "quotas"),
        ({"budget": -1}, "budget"), ({"costs": {"palace": 1}}, "costs"), ({"road_spacing_m": {"runway": 9}}, "road_spacing_m"),
        ({"upgrades": [3, 2]}, "upgrades"), ({"forced": "F-1"}, "forced"), ({"colour": "red"}, "colour"), ({"distance": "swimming"}, "distance"), ({"time_limit_s": float("nan")}, "time_limit_s"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_settings(GOOD | change)
    assert caught.value.field == field


def test_a_missing_number_of_sites_is_named() -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_settings({"problem": "mclp", "radius_m": 300})
    assert caught.value.field == "sites"
