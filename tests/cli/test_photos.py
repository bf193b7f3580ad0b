"""``gridmgmt photos demands``: which photos an action must show is data that an operator changes."""

from __future__ import annotations

from tests.cli.imports import City


def test_what_a_new_city_demands_is_listed(city: City) -> None:
    shown = city.run("photos", "demands").output
    assert "handle（处置反馈）：处置后" in shown
    assert "handle_on_spot（自行处置）：处置后、处置前" in shown
    assert "close" not in shown


def test_a_demand_is_changed_with_commit_only(city: City) -> None:
    change = ("photos", "demands", "confirm_handled", "--role", "proof")
    assert "试运行" in city.run(*change).output
    assert "不须照片" in city.run("photos", "demands", "confirm_handled").output
    assert city.run(*change, "--commit").exit_code == 0
    assert "confirm_handled（部门确认）：证明" in city.run("photos", "demands").output
    assert city.run("photos", "demands", "handle", "--none", "--commit").exit_code == 0
    assert "handle（处置反馈）" not in city.run("photos", "demands").output


def test_it_speaks_english(city: City, english: None) -> None:  # noqa: ARG001
    assert "handle (Report as handled): After" in city.run("photos", "demands").output
    assert city.run("photos", "demands", "nonsense").exit_code == 2
