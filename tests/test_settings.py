"""Settings come from GRIDMGMT_* and from nowhere else; the README lists them all."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from gridmgmt.errors import InvalidInputError
from gridmgmt.settings import Settings, load_settings

README = Path(__file__).resolve().parents[1] / "README.md"
URL = {"GRIDMGMT_DATABASE_URL": "postgresql:///city"}


def test_only_the_database_has_no_default() -> None:
    assert load_settings(URL) == Settings("postgresql:///city")
    with pytest.raises(InvalidInputError) as caught:
        load_settings({})
    assert caught.value.field == "GRIDMGMT_DATABASE_URL"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("database_url", "postgresql:///other"), ("var_dir", Path("/srv/var")), ("host", "::1"), ("port", 9000),
        ("base_map_url", "/tiles/{z}/{x}/{y}.png"), ("base_map_crs", "gcj02"), ("base_map_attribution", "©"),
        ("proxies", 1), ("rate_factor", 0.5), ("replica_url", "postgresql:///copy"), ("replica_lag_s", 2.5), ("oidc_issuer", "https://id.example.com"), ("oidc_client_id", "grid"),
        ("oidc_client_secret", "s"), ("oidc_title", "市统一认证"),
    ],
)  # fmt: skip
def test_every_field_has_a_variable_of_its_name(field: str, value: object) -> None:
    assert getattr(load_settings({**URL, f"GRIDMGMT_{field.upper()}": str(value)}), field) == value


@pytest.mark.parametrize(
    ("variable", "wrong"),
    [
        ("GRIDMGMT_PORT", "http"),
        ("GRIDMGMT_PORT", "0"),
        ("GRIDMGMT_PORT", "65536"),
        ("GRIDMGMT_PORT", "-1"),
        ("GRIDMGMT_BASE_MAP_CRS", "bd09"),
        ("GRIDMGMT_PROXIES", "-1"),
        ("GRIDMGMT_RATE_FACTOR", "fast"),
        ("GRIDMGMT_REPLICA_LAG_S", "61"),
        ("GRIDMGMT_OIDC_ISSUER", "http://id.example.com"),
        ("GRIDMGMT_OIDC_ISSUER", "id.example.com"),
    ],
)
def test_a_wrong_value_is_named(variable: str, wrong: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_settings({**URL, variable: wrong})
    assert caught.value.field == variable


def test_the_table_in_the_readme_is_the_dataclass() -> None:
    rows = re.findall(r"^\| `GRIDMGMT_([A-Z_]+)` \| (.+?) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {name.lower(): default.strip("`") for name, default in rows}
    single = [field for field in dataclasses.fields(Settings) if field.default_factory is dataclasses.MISSING]  # webhooks are many
    fields = {field.name: field.default for field in single}
    assert list(documented) == list(fields)
    for name, default in fields.items():
        if default is dataclasses.MISSING or default == "":
            assert documented[name] in {"the private database", "none"}, name
        else:
            assert documented[name] == str(default), name
