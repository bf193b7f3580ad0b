"""The first rule whose conditions all hold is the one; every other is told why not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmgmt.cases.model import HandlingUnit, ReportSource, UnitKind
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.calendar import parse_windows
from gridmgmt.dispatch.explain import explain_verdict, judge
from gridmgmt.dispatch.match import first_match, matches
from gridmgmt.dispatch.model import CITY_QUEUE, DispatchRule, Facts, Target
from gridmgmt.dispatch.suggest import Queues, choose_unit
from gridmgmt.roads.model import RoadClass
from tests.dispatch.city import LOCAL, facts, first_by_hand, rule

AREAS = [("district", "1"), ("street_office", "11"), ("street_office", "12"), ("assessment_unit", "A")]
MORNING, NIGHT = parse_windows("08:00-12:00"), parse_windows("00:00-06:00,22:00-24:00")
few: Any = {"max_size": 2, "unique": True}
rules = st.lists(
    st.builds(
        rule,
        st.sampled_from(["U1", "U2", None, "T{district}"]),
        kind=st.none() | st.sampled_from(ManagedKind),
        class_codes=st.lists(st.sampled_from(["06", "06010", "09", "0"]), **few).map(tuple),
        areas=st.lists(st.sampled_from(AREAS), **few).map(tuple),
        road_classes=st.lists(st.sampled_from([RoadClass.PRIMARY, RoadClass.TERTIARY]), **few).map(tuple),
        sources=st.lists(st.sampled_from([ReportSource.INSPECTOR, ReportSource.PUBLIC]), **few).map(tuple),
        weekdays=st.lists(st.integers(1, 7), **few).map(tuple),
        hours=st.sampled_from([(), MORNING, NIGHT]),
        working_time=st.none() | st.booleans(),
    ),
    max_size=6,
)
cases = st.builds(
    facts,
    kind=st.none() | st.sampled_from(["matter", "component"]),
    class_code=st.none() | st.sampled_from(["06010", "06012", "09005"]),
    areas=st.lists(st.sampled_from(AREAS), **few).map(tuple),
    road_class=st.none() | st.sampled_from(["primary", "tertiary", "footway"]),
    source=st.sampled_from(["inspector", "public", "hotline"]),
    at=st.integers(0, 7 * 24 * 60 - 1).map(lambda minutes: LOCAL + datetime.timedelta(minutes=minutes)),
    working_time=st.booleans(),
    team=st.none() | st.sampled_from(["T1", "U1"]),
    returned_by=st.none() | st.sampled_from(["U1", "T1", "Q"]),
    units=st.sampled_from([frozenset({"U1", "U2", "T1"}), frozenset({"U1", "U2"})]),
)
UNITS = {code: HandlingUnit(code, code, UnitKind.DEPARTMENT) for code in ("U1", "U2", "T1")}


@given(rules, cases)
def test_the_match_is_that_of_asking_the_long_way_round(listed: list[DispatchRule], case: Facts) -> None:
    assert first_match(listed, case) is first_by_hand(listed, case)


@given(listed=rules, case=cases, coordinated=st.booleans())
def test_no_case_is_ever_sent_nowhere_or_back_to_who_returned_it(listed: list[DispatchRule], case: Facts, *, coordinated: bool) -> None:
    district = {"1": HandlingUnit("Q", "区", UnitKind.COORDINATION)} if coordinated else {}
    queues = Queues(district, HandlingUnit(CITY_QUEUE, "市", UnitKind.COORDINATION))
    for code in ("1", None):
        unit, _, chosen = choose_unit(listed, case, code, queues, UNITS)
        assert unit.code
        assert unit.code != case.returned_by
        assert chosen is None or matches(chosen, case)


@given(rules, cases)
def test_every_rule_is_explained_as_it_is_judged(listed: list[DispatchRule], case: Facts) -> None:
    chosen = first_match(listed, case)
    for verdict in judge(listed, case):
        assert verdict.matches is matches(verdict.rule, case)
        for language, yes, no in (("zh", "匹配，", "不匹配："), ("en", "matches, ", "does not match: ")):
            assert explain_verdict(verdict, chosen, language).startswith(yes if verdict.matches else no)


@pytest.mark.parametrize(
    ("asked", "shown", "fits"),
    [
        ({"class_codes": ("06",)}, {}, True),
        ({"class_codes": ("06012", "06010")}, {}, True),
        ({"class_codes": ("07",)}, {}, False),
        ({"class_codes": ("06",)}, {"class_code": None}, False),
        ({"kind": ManagedKind.COMPONENT}, {}, False),
        ({"areas": (("assessment_unit", "A"), ("district", "2"))}, {}, True),
        ({"areas": (("street_office", "1"),)}, {}, False),  # the district has this code, no street office
        ({"hours": NIGHT}, {"at": LOCAL.replace(hour=22, minute=0)}, True),
        ({"hours": MORNING}, {"at": LOCAL.replace(hour=12, minute=0)}, False),
        ({"weekdays": (1,)}, {}, True),
        ({"working_time": False}, {}, False),
    ],
)
def test_a_condition_holds_for(asked: dict[str, Any], shown: dict[str, Any], *, fits: bool) -> None:
    assert matches(rule(**asked), facts(**shown)) is fits


def test_the_team_goes_first_where_there_is_one_else_the_next_rule() -> None:
    team_first = [rule(None, position=1), rule("U1", position=2)]
    assert first_match(team_first, facts(team="T1")) is team_first[0]
    without = first_match(team_first, facts(team=None))
    assert without is team_first[1]
    assert without.target is Target.UNIT


def test_a_pattern_names_the_unit_of_the_area_and_lets_the_case_pass_where_there_is_none() -> None:
    listed = [rule("HW-{district}", position=1), rule("JD-{community}", position=2), rule("U1", position=3)]
    assert first_match(listed, facts(units=frozenset({"HW-1", "U1"}))) is listed[0]
    first, second, third = judge(listed, facts(units=frozenset({"U1"})))
    assert (first.matches, second.matches, third.matches) == (False, False, True)
    assert explain_verdict(first, listed[2]) == "不匹配：属地单位须为 HW-{district}，实为 没有单位 HW-1"
    assert explain_verdict(second, listed[2], "en").endswith("is no unit (in no such area)")


def test_an_explanation_says_what_was_asked_and_what_was_found() -> None:
    listed = [rule(class_codes=("07",), road_classes=(RoadClass.TRUNK,), name="广告"), rule("U2", position=2)]
    first, second = judge(listed, facts())
    assert explain_verdict(first, listed[1]) == "不匹配：类别须为 07，实为 06010；道路等级须为 快速路，实为 主干路"
    assert explain_verdict(first, listed[1], "en").endswith("road class must be Expressway, is Main road")
    assert explain_verdict(second, listed[1]) == "匹配，采用"
