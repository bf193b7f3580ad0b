"""``gridmgmt locate`` explains a point in the middle, on a border, outside, and as of a past date."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from gridmgmt import crs
from gridmgmt.cli.main import cli
from tests import toy_city


def locate(url: str, x: float, y: float, *arguments: str, name: str = "epsg:4547") -> Result:
    """Run the command on a point of the drawing."""
    given_x, given_y = crs.crs_to_crs(*toy_city.point(x, y), "epsg:4547", name)
    return CliRunner().invoke(
        cli, ["locate", f"{float(given_x):.9f}", f"{float(given_y):.9f}", "--crs", name, *arguments], env={"GRIDMGMT_DATABASE_URL": url}
    )


def test_point_in_the_middle_is_explained_from_district_to_chief(toy_url: str) -> None:
    result = locate(toy_url, 50, 70, "--on", "2026-11-01", name="wgs84")
    assert result.exit_code == 0, result.output
    for words in ("玩具区", "西街道", "西社区", toy_city.SOUTH_WEST, "30.0 m", "Z-W", "李路长", "所在责任区的路长"):
        assert words in result.output


def test_point_on_a_border_names_who_shares_it(toy_url: str) -> None:
    result = locate(toy_url, 50, 100, "--on", "2026-11-01")
    assert f"同属 {toy_city.NORTH_WEST}" in result.output


def test_point_on_a_past_day_names_the_chief_of_that_day(toy_url: str) -> None:
    assert "张路长" in locate(toy_url, 50, 70, "--on", "2025-12-31").output


def test_point_outside_is_an_answer(toy_url: str) -> None:
    result = locate(toy_url, 900, 900, "--on", "2026-11-01")
    assert result.exit_code == 0
    assert "在城市边界之外" in result.output


def test_json_carries_the_same_answer(toy_url: str) -> None:
    answer = json.loads(locate(toy_url, 50, 30, "--on", "2026-11-01", "--json").output)
    assert (answer["basis"], answer["segment"]["code"], answer["road_chief"]["name"]) == ("segment", "R1", "赵路长")
    assert answer["areas"]["unit_grid"]["code"] == toy_city.SOUTH_WEST


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["30.55", "114.0", "--crs", "wgs84"], "swapped"),
        (["-73.98", "40.7", "--crs", "wgs84"], "outside the envelope"),
        (["114.0", "30.55", "--crs", "mars"], "no coordinate system"),
        (["114.0", "30.55"], "Missing option '--crs'"),
    ],
)
def test_wrong_input_gets_one_sentence(toy_url: str, arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(cli, ["locate", *arguments], env={"GRIDMGMT_DATABASE_URL": toy_url, "GRIDMGMT_LANG": "en"})
    assert result.exit_code == 2
    assert words in result.output
