"""A dry run over a month says what every case would have done one by one."""

from __future__ import annotations

import datetime
import random
import zoneinfo

from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, Scope
from gridmgmt.cases import step_store, store
from gridmgmt.cases.model import Case, CaseAction, HandlingUnit, IncidentReport, ReportSource, UnitKind
from gridmgmt.cases.report import report_incident
from gridmgmt.city import calendar_store
from gridmgmt.city.calendar import parse_windows
from gridmgmt.city.model import Level
from gridmgmt.dispatch import fact_store, rule_store
from gridmgmt.dispatch.bulk import BulkMatcher
from gridmgmt.dispatch.dry_run import month_before, month_of, run_dry
from gridmgmt.dispatch.suggest import suggest
from gridmgmt.roads.model import RoadClass
from tests import toy_city
from tests.cases.loop import NOW, act
from tests.dispatch.city import ZONE, put_rules, rule

NOVEMBER = month_of(2026, 11, ZONE)
RULES = (
    rule(None, class_codes=("06",), areas=(("community", toy_city.WEST_COMMUNITY),), hours=parse_windows("08:00-12:00")),
    rule("U1", road_classes=(RoadClass.PRIMARY,), working_time=True),
    rule("U2", sources=(ReportSource.PUBLIC,), weekdays=(6, 7)),
    rule("JD-{street_office}", sources=(ReportSource.INSPECTOR,)),
)


def report_many(session: Session, count: int) -> list[Case]:
    """Open cases all over the toy city and a little outside, all over a fortnight."""
    chance = random.Random(7)
    step_store.put_unit(session, HandlingUnit(f"JD-{toy_city.EAST}", "东街道", UnitKind.STREET_OFFICE))
    cases = []
    for number in range(count):
        at = NOW + datetime.timedelta(minutes=chance.randrange(14 * 24 * 60))
        x, y = toy_city.point(chance.uniform(-60, 260), chance.uniform(-60, 260))
        source = chance.choice([ReportSource.PUBLIC, ReportSource.INSPECTOR])
        report = IncidentReport(x, y, "epsg:4547", source, at, client_request_id=f"dry-{number}")
        cases.append(report_incident(session, report, profile=toy_city.PROFILE, now=at, actor="an").case)
    return cases


def test_the_bulk_finds_what_each_case_finds_alone(session: Session) -> None:
    made = put_rules(session, *RULES)
    cases = {case.case_no: case for case in report_many(session, 60)}
    matcher = BulkMatcher(RULES, step_store.list_units(session), calendar_store.load_calendar(session))
    found = {
        case.case_no: matcher.unit_for(case) for case in fact_store.gather_cases(session, EVERYWHERE, since=NOVEMBER[0], until=NOVEMBER[1])
    }
    alone = {number: suggest(session, case, at=case.opened_at, rule_set=made).unit.code for number, case in cases.items()}
    assert found == alone
    assert len(set(found.values())) >= 4


def test_a_dry_run_counts_who_moves_from_where_to_where(session: Session) -> None:
    put_rules(session, *RULES)
    cases = report_many(session, 40)
    changed = [rule("U2", sources=(ReportSource.PUBLIC,)), *RULES]
    before = {case.case_no: suggest(session, case, at=case.opened_at).unit.code for case in cases}
    source = {case.case_no: step_store.get_source(session, case.report_id) for case in cases}
    expected = {number for number, unit in before.items() if source[number] is ReportSource.PUBLIC and unit != "U2"}
    seen: list[str] = []
    done = run_dry(session, EVERYWHERE, changed, RULES, month=NOVEMBER, on_moved=lambda moved: seen.append(moved.case_no))
    assert (done.cases, done.moved, set(seen)) == (40, len(expected), expected)
    assert sum(count for _, _, count in done.flows) == done.moved
    assert all(after == "U2" for _, after, _ in done.flows)


def test_a_dry_run_against_people_compares_with_where_they_sent_a_case_first(session: Session) -> None:
    put_rules(session, *RULES)
    sent, waiting = report_many(session, 2)
    for case in (sent, waiting):
        act(session, case, CaseAction.REQUEST_VERIFICATION)
        act(session, case, CaseAction.VERIFY)
        act(session, case, CaseAction.FILE)
    act(session, sent, CaseAction.DISPATCH, details={"unit_code": "U2"})
    done = run_dry(session, EVERYWHERE, [rule("U1")], None, month=NOVEMBER)
    assert (done.cases, [tuple(flow) for flow in done.flows]) == (1, [("U2", "U1", 1)])
    assert [(moved.case_no, moved.sent_to) for moved in done.listed] == [(sent.case_no, "U2")]


def test_what_was_refused_or_opened_in_another_month_does_not_count(session: Session) -> None:
    put_rules(session, *RULES)
    refused, _ = report_many(session, 2)
    act(session, refused, CaseAction.REQUEST_VERIFICATION)
    act(session, refused, CaseAction.VERIFY_UNFOUNDED)
    act(session, refused, CaseAction.REFUSE)
    assert run_dry(session, EVERYWHERE, [rule("U1")], list(RULES), month=NOVEMBER).cases == 1
    assert run_dry(session, EVERYWHERE, [rule("U1")], list(RULES), month=month_of(2026, 10, ZONE)).cases == 0


def test_only_cases_in_the_scope_of_who_asks_are_counted(session: Session) -> None:
    put_rules(session, *RULES)
    cases = report_many(session, 30)
    west = Scope(areas=((Level.STREET_OFFICE, toy_city.WEST),))
    done = run_dry(session, west, [rule("U2")], list(RULES), month=NOVEMBER)
    assert done.cases == len([case for case in cases if case.street_office_code == toy_city.WEST]) > 0
    assert {moved.street_office_code for moved in done.listed} == {toy_city.WEST}
    assert run_dry(session, Scope(), [rule("U2")], list(RULES), month=NOVEMBER).cases == 0


def test_the_month_before_crosses_the_year() -> None:
    since, until = month_before(datetime.date(2026, 1, 15), zoneinfo.ZoneInfo("Asia/Shanghai"))
    assert (since.date(), until.date()) == (datetime.date(2025, 12, 1), datetime.date(2026, 1, 1))


def test_a_draft_is_tried_out_without_being_put_in_force(session: Session) -> None:
    made = put_rules(session, *RULES)
    case = report_many(session, 1)[0]
    draft = rule_store.add_rule_set(session, "新", made_by="an", made_at=NOW)
    rule_store.replace_rules(session, draft.id, [rule("U2", name="新规则")])
    assert suggest(session, case, at=case.opened_at, rule_set=draft).unit.code == "U2"
    kept = rule_store.find_in_force(session, NOW)
    assert kept is not None
    assert kept.id == made.id
    assert store.find_case(session, case.case_no) is not None
