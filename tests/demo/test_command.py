"""``gridmgmt demo build`` as an operator types it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from gridmgmt.cli.main import cli

SMALL = ["demo", "build", "--districts", "420103", "--unit-grids", "600", "--incidents", "50"]


@pytest.mark.slow
def test_a_city_is_built_once_and_left_alone_afterwards(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", empty_url)
    first = CliRunner().invoke(cli, SMALL, catch_exceptions=False)
    assert first.exit_code == 0, first.output
    assert "案卷 50" in first.output
    assert " s  loaded" in first.output
    again = CliRunner().invoke(cli, [*SMALL, "--if-missing"], catch_exceptions=False)
    assert again.exit_code == 0
    assert "loaded already" in again.output
    assert "案卷 50" in again.output
    refused = CliRunner().invoke(cli, SMALL, catch_exceptions=False)
    assert refused.exit_code == 2
    assert "只能建在空数据库中" in refused.output


@pytest.mark.slow
def test_an_unknown_district_is_said_and_nothing_is_left_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", empty_url)
    refused = CliRunner().invoke(cli, ["demo", "build", "--districts", "999999"], catch_exceptions=False)
    assert refused.exit_code == 2
    assert "武汉市没有区 999999" in refused.output
    built = CliRunner().invoke(cli, SMALL, catch_exceptions=False)
    assert built.exit_code == 0, built.output


def test_an_unmigrated_database_is_said_in_words(new_database: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMGMT_DATABASE_URL", new_database())
    refused = CliRunner().invoke(cli, [*SMALL, "--if-missing"], catch_exceptions=False)
    assert refused.exit_code == 2
    assert "migrate" in refused.output
