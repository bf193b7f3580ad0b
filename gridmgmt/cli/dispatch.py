"""``gridmgmt dispatch …``: the rules by which cases find their units, explained, imported, tried out and put in force."""

from __future__ import annotations

import datetime
import zoneinfo

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from gridmgmt.cases import store as case_store
from gridmgmt.city import store as city_store
from gridmgmt.cli.dispatch_files import activate_command, dry_run_command, export_command, import_command
from gridmgmt.cli.language import language, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.dispatch import edit, fact_store, rule_store
from gridmgmt.dispatch.explain import asked_of, explain_suggestion, target_label
from gridmgmt.dispatch.model import RuleSet
from gridmgmt.dispatch.suggest import suggest
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.roads import answer_store, chief_store


@click.group()
def dispatch() -> None:
    """Rules by which cases find the unit that handles them."""


for command in (import_command, export_command, activate_command, dry_run_command):
    dispatch.add_command(command)


@dispatch.command("explain")
@click.argument("case_no")
@click.option("--set", "set_id", type=int, help="By the rules of this set instead of those in force.")
def explain_command(case_no: str, set_id: int | None) -> None:
    """Say which unit a case should go to, which rule matches, and why the rules before it do not."""
    with transaction() as session:
        case, _ = case_store.get_case(session, case_no)
        chosen = edit.get_rule_set(session, set_id) if set_id is not None else None
        suggestion = suggest(session, case, at=datetime.datetime.now(datetime.UTC), rule_set=chosen)
        sent = f"{case.case_no}（{case.state.zh}），承办单位 {case.unit_code or '—'}"
    say(f"案卷 {sent}", f"case {case.case_no} ({case.state.en}), unit {case.unit_code or '—'}")
    for line in explain_suggestion(suggestion, language()):
        click.echo(f"  {line}")


@dispatch.command("rules")
@click.option("--set", "set_id", type=int, help="The rules of one set; those in force unless told.")
def rules_command(set_id: int | None) -> None:
    """List the sets of rules, and the rules of one."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        sets = rule_store.list_rule_sets(session)
        now = datetime.datetime.now(datetime.UTC)
        chosen = edit.get_rule_set(session, set_id) if set_id is not None else rule_store.find_in_force(session, now)
        rules = rule_store.list_rules(session, chosen.id) if chosen else []
    for each in sets:
        click.echo(f"{each.id:>4}  {each.name}  {standing(each, now, zone)}")
    if chosen is None:
        say("没有生效的规则：案卷由所在区统筹", "no rules in force: the districts coordinate")
        return
    table = Table(*tr("序 规则 条件 派往 自动", "no rule conditions goes_to automatic").split(), box=None, pad_edge=False)
    for rule in rules:
        asked = "; ".join(
            f"{condition.label(language())} {pair[0 if language() == 'zh' else 1]}" for condition, pair in asked_of(rule)
        ) or tr("任何案卷", "any case")  # fmt: skip
        automatic = tr("自动", "automatic") if rule.automatic else ""
        table.add_row(str(rule.position), Text(rule.name), Text(asked), target_label(rule, language()), automatic)
    console().print(table)


@dispatch.command("team")
@click.argument("unit", required=False)
@click.option("--zone", "zone_code", help="The team of this responsibility zone.")
@click.option("--person", "person_code", help="The team of the road chief with this staff number.")
def team_command(unit: str | None, zone_code: str | None, person_code: str | None) -> None:
    """Say which UNIT is the team of a road chief, for rules that send cases there first; without UNIT there is none any more."""
    if (zone_code is None) == (person_code is None):
        raise InvalidInputError("zone", "name either a zone or a person", zh="请指定责任区或人员（二选一）")
    with transaction() as session:
        fact_store.set_team(session, unit, zone_code=zone_code, person_id=_whose(session, zone_code, person_code))
    say("已保存", "stored")


@dispatch.command("queues")
def queues_command() -> None:
    """Give every district a unit that coordinates what no rule decides."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        count = edit.open_queues(session, on=datetime.datetime.now(zone).date())
    say(f"新设 {count} 个统筹单位", f"{count} new units that coordinate")


def standing(each: RuleSet, now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """Say in words whether a set is a draft, in force, to come, or over."""
    if each.in_force_from is None:
        return tr("草稿", "draft")
    since = f"{each.in_force_from.astimezone(zone):%Y-%m-%d %H:%M}"
    until = f"{each.in_force_to.astimezone(zone):%Y-%m-%d %H:%M}" if each.in_force_to else "…"
    word = tr("生效中", "in force") if each.in_force(now) else tr("待生效", "to come") if each.in_force_from > now else tr("已失效", "over")
    return f"{word} {since} – {until}"


def _whose(session: Session, zone_code: str | None, person_code: str | None) -> int | None:
    if zone_code is not None and not answer_store.has_zone(session, zone_code):
        raise NotFoundError(f"there is no zone {zone_code}", zh=f"没有编码为 {zone_code} 的责任区")
    return chief_store.get_person(session, person_code).id if person_code else None
