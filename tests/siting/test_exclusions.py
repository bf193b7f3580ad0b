"""Places that rules forbid keep the rule and the figures."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting.candidates import ordered, people_around
from gridmgmt.siting.exclusions import drop_poorest, exclude, thin
from gridmgmt.siting.read_rules import SitingRule
from gridmgmt.siting.scenario import CandidateTable, StandingTable
from gridmgmt.siting.scenario_settings import Origin
from tests.siting.drawn_ground import column

NOBODY = StandingTable(column(), np.empty((0, 2)), np.empty(0, np.bool_), np.empty(0))


def places(*xy: tuple[float, float], origin: Origin = Origin.FRONTAGE, area: float = float("nan")) -> CandidateTable:
    count = len(xy)
    texts = [column(*[""] * count) for _ in range(6)]
    codes, origins = column(*[f"F-{n}" for n in range(count)]), column(*[origin.value] * count)
    return CandidateTable(
        codes, origins, np.array(xy, np.float64), texts[0], column(*["primary"] * count), np.full(count, area), *texts[1:5]
    )


def rule(name: str, subject: str, value: float, *, in_use: bool = True) -> SitingRule:
    return SitingRule(FacilityKind.TOILET, name, subject, value, None, "m", "mandatory", "source", "H", in_use, "规则", "rule")


def test_a_place_exactly_at_the_distance_is_allowed_and_one_nearer_names_the_rule_and_the_metres() -> None:
    table = places((30.0, 0.0), (29.5, 0.0), (100.0, 0.0))
    layers = {"drinking_water_source": np.array([shapely.Point(0, 0)], object)}
    found, checked = exclude(table, [rule("keep_away", "drinking_water_source", 30.0)], layers, NOBODY)
    assert found.dropped.tolist() == ["", "keep_away:drinking_water_source", ""]
    assert found.detail.tolist() == ["", "29.5 m < 30 m", ""]
    assert [(one.dropped, one.unchecked) for one in checked] == [(1, "")]


def test_a_rule_without_its_layer_and_one_not_in_use_are_said_to_be_unchecked() -> None:
    rules = [rule("keep_away", "school", 50.0), rule("keep_away", "restaurant", 50.0, in_use=False)]
    found, checked = exclude(places((0.0, 0.0)), rules, {}, NOBODY)
    assert found.kept.tolist() == [True]
    assert [one.unchecked for one in checked] == ["no layer school was given", "not in use"]


def test_the_first_rule_that_forbids_a_place_is_kept() -> None:
    layers = {name: np.array([shapely.Point(0, 0)], object) for name in ("a", "b")}
    found, checked = exclude(places((1.0, 0.0)), [rule("keep_away", "a", 5.0), rule("keep_away", "b", 5.0)], layers, NOBODY)
    assert found.dropped.tolist() == ["keep_away:a"]
    assert [one.dropped for one in checked] == [1, 0]


def test_spacing_to_standing_facilities_is_by_road_class_and_of_those_that_meet_the_standard() -> None:
    standing = StandingTable(column("T1", "T2"), np.array([[0.0, 0.0], [500.0, 0.0]]), np.array([True, False]), np.full(2, np.nan))
    found, _ = exclude(places((100.0, 0.0), (450.0, 0.0)), [rule("spacing_standing", "primary", 200.0)], {}, standing)
    assert found.dropped.tolist() == ["spacing_standing:primary", ""]
    free, _ = exclude(places((100.0, 0.0)), [rule("spacing_standing", "secondary", 200.0)], {}, standing)
    assert free.kept.all()


@pytest.mark.parametrize(("area", "kept"), [(59.0, False), (60.0, True), (float("nan"), True)])
def test_a_site_that_is_too_small_is_dropped_and_one_of_unknown_size_is_not(area: float, kept: bool) -> None:  # noqa: FBT001 - a parameter
    found, _ = exclude(places((0.0, 0.0), origin=Origin.PLANNER, area=area), [rule("site_area", "", 60.0)], {}, NOBODY)
    assert found.kept.tolist() == [kept]


def test_the_frontages_of_least_worth_go_first_and_proposals_stay() -> None:
    table = places((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0))
    origins = table.origin.copy()
    origins[0] = Origin.PLANNER.value
    table = CandidateTable(**{**vars(table), "origin": origins})
    found = drop_poorest(table, np.array([0.0, 5.0, 1.0, 9.0]), most=3, key="few_people")
    assert found.kept.tolist() == [True, True, False, True]
    assert ordered(found).code.tolist() == ["F-0", "F-1", "F-3", "F-2"]


def test_thinning_leaves_the_best_of_each_cell() -> None:
    table = places((10.0, 10.0), (90.0, 90.0), (150.0, 10.0))
    found = thin(table, np.array([1.0, 2.0, 0.0]), most=2, cell_m=100.0)
    assert found.dropped.tolist() == ["thinned", "", ""]


def test_people_around_a_point_are_those_of_the_cells_about_it() -> None:
    demand = np.array([[50.0, 50.0], [150.0, 50.0], [1050.0, 50.0]])
    found = people_around(np.array([[60.0, 60.0], [1040.0, 60.0], [9000.0, 9000.0]]), demand, np.array([1.0, 2.0, 4.0]), radius_m=200.0)
    assert found.tolist() == [3.0, 4.0, 0.0]


def test_a_facility_to_be_rebuilt_is_not_too_near_to_its_own_building() -> None:
    layers = {"building": np.array([shapely.box(-5, -5, 5, 5), shapely.Point(30, 0)], object)}
    table = places((0.0, 0.0), (27.0, 0.0), origin=Origin.UPGRADE)
    found, _ = exclude(table, [rule("keep_away", "building", 5.0)], layers, NOBODY)
    assert found.kept.tolist() == [True, False]
    assert exclude(places((0.0, 0.0)), [rule("keep_away", "building", 5.0)], layers, NOBODY)[0].kept.tolist() == [False]
