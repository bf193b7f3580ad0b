"""A profile has no defaults, and each wrong field is named."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gridmgmt import crs
from gridmgmt.city.model import CodeScheme, Level
from gridmgmt.city.read_profile import FIELDS, profile_from_values, read_profile
from gridmgmt.errors import InvalidInputError, SourceError

PROFILES = Path(__file__).resolve().parents[2] / "geodata" / "profiles"


@pytest.fixture
def values() -> dict[str, Any]:
    """Return the values of Wuhan's profile, to be spoilt."""
    return copy.deepcopy(tomllib.loads((PROFILES / "wuhan.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_profile_that_comes_with_the_project_is_good(path: Path) -> None:
    crs.check_storage_srid(read_profile(path))


def test_a_city_at_120_degrees_with_local_codes_needs_only_its_profile() -> None:
    profile = read_profile(PROFILES / "example_120e.toml")
    assert (profile.storage_srid, profile.code_scheme) == (4549, CodeScheme.LOCAL)
    assert profile.parent_level(Level.UNIT_GRID) is Level.COMMUNITY
    assert profile.parent_level(Level.COMMUNITY) is Level.DISTRICT
    assert profile.parent_level(Level.DISTRICT) is None


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(values: dict[str, Any], field: str) -> None:
    del values[field]
    with pytest.raises(InvalidInputError, match="is missing") as caught:
        profile_from_values(values)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""), ("name", 7), ("catalogue_standard", "  "),
        ("storage_srid", "4547"), ("storage_srid", 0), ("storage_srid", True), ("storage_srid", 4547.0),
        ("envelope", [113.6, 29.9, 115.2]), ("envelope", [29.9, 113.6, 31.4, 115.2]), ("envelope", [115.2, 29.9, 113.6, 31.4]),
        ("envelope", "everywhere"), ("envelope", ["w", "s", "e", "n"]),
        ("time_zone", "Wuhan"), ("time_zone", 8), ("code_scheme", "GB"), ("code_scheme", None),
        ("levels", []), ("levels", ["district"]), ("levels", ["unit_grid", "district"]), ("levels", ["block", "unit_grid"]),
        ("levels", ["district", "district", "unit_grid"]), ("levels", "unit_grid"), ("levels", [["unit_grid"]]),
        ("snap_limits", {}), ("snap_limits", {"default_m": 50, "river": 3}), ("snap_limits.default_m", {"default_m": "far"}),
        ("snap_limits.default_m", {"default_m": -1}), ("snap_limits.road_class", {"default_m": 50, "road_class": {"trunk": 20_000}}),
        ("snap_limits.managed_class", {"default_m": 50, "managed_class": [1]}), ("snap_limits.default_m", {"default_m": True}),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(values: dict[str, Any], field: str, wrong: object) -> None:
    values[field.split(".", 1)[0]] = wrong
    with pytest.raises(InvalidInputError) as caught:
        profile_from_values(values)
    assert caught.value.field == field


def test_an_unknown_field_is_named(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="not a field of a city profile") as caught:
        profile_from_values(values | {"mayor": "?"})
    assert caught.value.field == "mayor"


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe", None])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "city.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=r"city\.toml"):
        read_profile(path)
