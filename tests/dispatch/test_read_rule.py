"""Rules written as texts are read back as they were; a word that means nothing is named with its row and field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.calendar import parse_windows
from gridmgmt.dispatch.model import ASSESSMENT_UNIT, DispatchRule
from gridmgmt.dispatch.read_rule import Known, read_rule, read_rules, write_rule
from gridmgmt.errors import InvalidInputError
from gridmgmt.roads.model import RoadClass
from tests.dispatch.city import rule

MATTER, COMPONENT = ManagedKind.MATTER, ManagedKind.COMPONENT
KNOWN = Known(
    frozenset({(MATTER, "06010"), (MATTER, "06012"), (COMPONENT, "01001"), (MATTER, "01001")}), frozenset({"U1", "U2", "JD-11"}),
    {"1": frozenset({"district"}), "11": frozenset({"street_office"}), "A": frozenset({ASSESSMENT_UNIT}), "7": frozenset({"community", ASSESSMENT_UNIT})},
)  # fmt: skip
ROW = {"rule_name": "垃圾", "unit_code": "U1"}


def chosen(values: list[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(values), max_size=3, unique=True).map(tuple)


@given(
    st.builds(
        rule,
        st.sampled_from(["U1", "U2", None, "JD-{street_office}"]),
        automatic=st.booleans(),
        kind=st.none() | st.just(MATTER),
        class_codes=chosen(["06", "06010", "01001"]),
        areas=chosen([("district", "1"), ("street_office", "11"), (ASSESSMENT_UNIT, "A"), ("community", "7")]),
        road_classes=chosen(list(RoadClass)),
        sources=chosen(list(ReportSource)),
        weekdays=st.lists(st.integers(1, 7), unique=True).map(sorted).map(tuple),
        hours=st.sampled_from([(), parse_windows("08:00-12:00,22:00-24:00")]),
        working_time=st.none() | st.booleans(),
        note=st.sampled_from(["", "试行"]),
    )
)
def test_what_is_written_is_read_again(made: DispatchRule) -> None:
    assert read_rule(write_rule(made), KNOWN, position=1) == made


@pytest.mark.parametrize(
    ("field", "word", "meaning"),
    [
        ("weekdays", "周一至周五", (1, 2, 3, 4, 5)),
        ("weekdays", "6-7", (6, 7)),
        ("weekdays", "周六、星期日", (6, 7)),
        ("areas", "district:1; 街道:11 A", (("district", "1"), ("street_office", "11"), (ASSESSMENT_UNIT, "A"))),
        ("areas", "社区:7", (("community", "7"),)),
        ("sources", "Hotline,inspector", (ReportSource.HOTLINE, ReportSource.INSPECTOR)),
        ("sources", "市民随手拍", (ReportSource.PUBLIC,)),
        ("road_classes", "主干路、快速路", (RoadClass.PRIMARY, RoadClass.TRUNK)),
        ("working_time", "非工作时间", False),
        ("class_codes", "06, 06010", ("06", "06010")),
    ],
)
def test_a_word_means(field: str, word: str, meaning: object) -> None:
    assert getattr(read_rule({**ROW, field: word}, KNOWN, position=1), field) == meaning


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("rule_name", " "), ("unit_code", "U9"), ("unit_code", ""), ("unit_code", "HW-{district}"), ("unit_code", "JD-{city}"), ("class_codes", "6010"), ("areas", "9"), ("areas", "7"), ("areas", "区:11"),
        ("road_classes", "土路"), ("sources", "路人"), ("weekdays", "5-1"), ("weekdays", "周八"), ("hours", "25:00-26:00"),
        ("working_time", "也许"), ("automatic", "也许"), ("managed_kind", "东西"),
    ],
)  # fmt: skip
def test_a_word_that_means_nothing_is_refused_by_field(field: str, word: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        read_rule({**ROW, field: word}, KNOWN, position=1)
    assert error.value.field == field


def test_a_class_must_be_of_the_kind_that_is_named() -> None:
    with pytest.raises(InvalidInputError):
        read_rule({**ROW, "managed_kind": "部件", "class_codes": "06010"}, KNOWN, position=1)


def test_rules_stand_in_the_order_of_their_positions_and_faults_name_their_rows() -> None:
    rows = [
        (1, ROW | {"position": "20", "rule_name": "乙"}),
        (2, ROW | {"position": "10.0", "rule_name": "甲"}),
        (3, ROW | {"position": "20"}),
        (4, ROW | {"areas": "9"}),
    ]
    rules, refused = read_rules(rows[:2], KNOWN)
    assert [(entry.position, entry.name) for entry in rules] == [(1, "甲"), (2, "乙")]
    assert not refused
    _, refused = read_rules(rows, KNOWN)
    assert sorted((error.row, error.field) for error in refused) == [(3, "position"), (4, "areas")]
