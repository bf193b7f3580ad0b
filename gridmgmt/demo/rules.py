"""Rules of dispatch for the demo city: those its year of cases followed, in force; and a draft with the road chief first, to be tried out."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.model import HandlingUnit, ReportSource, UnitKind
from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.demo.boundaries import FIRST_EDITION
from gridmgmt.demo.units import DEPARTMENTS, HANDLED_BY, STREET
from gridmgmt.dispatch import edit, rule_store
from gridmgmt.dispatch.edit import Edit
from gridmgmt.dispatch.model import DispatchRule, Target
from gridmgmt.hierarchy import name_store

MADE_BY = "demo"
TEAM = "LZ"  # the office of the road chiefs in every street office
AT_ONCE = "HW"  # sanitation is sent out the moment it is filed


def put_demo_rules(session: Session) -> str:
    """Store both sets where there are no rules yet; return a sentence on it."""
    if rule_store.list_rule_sets(session):
        return "kept the rules of dispatch that were there"
    zone = city_store.get_profile(session).zone
    since = datetime.datetime.combine(FIRST_EDITION, datetime.time(), zone)
    rules = demo_rules()
    in_force = edit.open_draft(session, "演示派遣规则", Edit(MADE_BY, since, "演示"), rules=rules)
    queues = edit.open_queues(session, on=FIRST_EDITION)
    for office in name_store.list_names(session, [Level.STREET_OFFICE], on=FIRST_EDITION):
        unit = HandlingUnit(f"{TEAM}-{office.code}", f"{office.name}路长办", UnitKind.ROAD_CHIEF_TEAM, (office.level, office.code))
        step_store.put_unit(session, unit)
    rule_store.put_in_force(session, in_force.id, since, by=MADE_BY, reason="演示")
    edit.open_draft(
        session, "试行：路长先行", Edit(MADE_BY, since, "路长吹哨、部门报到，先试算一个月"), rules=[*_road_chief_first(), *rules]
    )
    return f"loaded {len(rules)} rules of dispatch, a draft to try out, and {queues} units that coordinate"


def demo_rules() -> list[DispatchRule]:
    """Return a rule for every department of the districts, then one for the street offices, which take the rest."""
    rules = []
    for short, name in DEPARTMENTS.items():
        codes = tuple(sorted(code for code, unit in HANDLED_BY.items() if unit == short))
        rules.append(_rule(f"{name}分管的类别", f"{short}-{{district}}", class_codes=codes, automatic=short == AT_ONCE))
    return _numbered([*rules, _rule("其余由街道综合执法中心处置", f"{STREET}-{{street_office}}", note="属地管理")])


def _road_chief_first() -> list[DispatchRule]:
    team = _rule(
        "店外经营、非机动车：路长团队先行", None, class_codes=("09005", "09010"), sources=(ReportSource.INSPECTOR, ReportSource.PUBLIC)
    )
    return [team, _rule("夜间噪声由城管执法", "CG-{district}", class_codes=("06028",), working_time=False)]


def _rule(name: str, pattern: str | None, **conditions: object) -> DispatchRule:
    target = Target.AREA_UNIT if pattern else Target.ROAD_CHIEF_TEAM
    return dataclasses.replace(DispatchRule(1, name, target, unit_pattern=pattern), **conditions)  # type: ignore[arg-type]  # its own fields


def _numbered(rules: Sequence[DispatchRule]) -> list[DispatchRule]:
    return [dataclasses.replace(rule, position=position) for position, rule in enumerate(rules, 1)]
