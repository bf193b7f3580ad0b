"""Change rules of dispatch (修改派遣规则): always in a draft, always with a reason; what was in force is history and stays."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.model import HandlingUnit, UnitKind
from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.dispatch import rule_store
from gridmgmt.dispatch.model import CITY_QUEUE, DispatchRule, RuleSet
from gridmgmt.dispatch.read_rule import load_known, read_rules, write_rule
from gridmgmt.dispatch.rule_store import RuleChange
from gridmgmt.dispatch.suggest import queues_of
from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from gridmgmt.hierarchy import name_store


@dataclasses.dataclass(frozen=True)
class Edit:
    """Who changes rules, when and why; ``seen`` is how many changes of the draft the editor knew of, None when nobody asks."""

    by: str
    at: datetime.datetime
    reason: str
    seen: int | None = None


def open_draft(session: Session, name: str, edit: Edit, *, rules: Sequence[DispatchRule] = ()) -> RuleSet:
    """Open a draft with rules to begin with."""
    if not name.strip():
        raise InvalidInputError("name", "is empty", zh="不能为空")
    made = rule_store.add_rule_set(session, name.strip(), made_by=edit.by, made_at=edit.at)
    rule_store.replace_rules(session, made.id, rules)
    _note(session, made.id, edit, "open", {"rules": len(rules)})
    return made


def copy_rules(session: Session, set_id: int, name: str, edit: Edit) -> RuleSet:
    """Open a draft with the rules of another set."""
    return open_draft(session, name, edit, rules=rule_store.list_rules(session, get_rule_set(session, set_id).id))


def save_rule(session: Session, set_id: int, rule: DispatchRule, edit: Edit, *, replaces: int | None = None) -> None:
    """Put a rule at its position, in place of the one at ``replaces`` where there is one; the others move up or down."""
    rules = _rules_of_draft(session, set_id, edit)
    old = [each for each in rules if each.position == replaces]
    rest = [each for each in rules if each.position != replaces]
    at = min(max(rule.position, 1), len(rest) + 1) - 1
    rule_store.replace_rules(session, set_id, [*rest[:at], rule, *rest[at:]])
    _note(session, set_id, edit, "change" if old else "add", {"before": write_rule(old[0]) if old else None, "after": write_rule(rule)})


def remove_rule(session: Session, set_id: int, position: int, edit: Edit) -> None:
    """Take a rule out of a draft."""
    rules = _rules_of_draft(session, set_id, edit)
    gone = [rule for rule in rules if rule.position == position]
    if not gone:
        raise NotFoundError(f"there is no rule {position}", zh=f"没有第 {position} 条规则")
    rule_store.replace_rules(session, set_id, [rule for rule in rules if rule.position != position])
    _note(session, set_id, edit, "remove", {"before": write_rule(gone[0])})


def discard(session: Session, set_id: int, edit: Edit) -> None:
    """Throw a draft away; that it was there stays in the record of changes."""
    _rules_of_draft(session, set_id, edit)
    rule_store.remove_draft(session, set_id)
    _note(session, set_id, edit, "discard", {})


def put_in_force(session: Session, set_id: int, edit: Edit, *, since: datetime.datetime | None = None) -> RuleSet:
    """Let a draft hold from an instant, at once unless told; what held then ends, and every district has a queue from now on.

    Raises InvalidInputError for a past instant, for no rules, or for a rule whose unit, area or class is no longer there.
    """
    rules = _rules_of_draft(session, set_id, edit)
    start = since or edit.at
    if start < edit.at:
        raise InvalidInputError("since", "lies in the past", zh="生效时间不能早于现在")
    if not rules:
        raise InvalidInputError("rules", "the draft holds no rule", zh="草稿中没有规则")
    zone = city_store.get_profile(session).zone
    rows = [(rule.position, write_rule(rule)) for rule in rules]
    _, refused = read_rules(rows, load_known(session, [row for _, row in rows], on=start.astimezone(zone).date()))
    if refused:
        raise refused[0]
    open_queues(session, on=start.astimezone(zone).date())
    rule_store.put_in_force(session, set_id, start, by=edit.by, reason=_reason(edit))
    _note(session, set_id, edit, "put_in_force", {"since": start.isoformat()})
    return get_rule_set(session, set_id)


def open_queues(session: Session, *, on: datetime.date) -> int:
    """Give every district without a unit that coordinates one of its own (属地原则), and the city its own; return how many are new."""
    units = step_store.list_units(session)
    there = queues_of(units).by_district
    districts = name_store.list_names(session, [Level.DISTRICT], on=on)
    new = [
        HandlingUnit(f"Q-{area.code}", f"{area.name}统筹", UnitKind.COORDINATION, (Level.DISTRICT, area.code))
        for area in districts
        if area.code not in there
    ]
    if CITY_QUEUE not in {unit.code for unit in units}:
        new.append(queues_of(units).city)
    for unit in new:
        step_store.put_unit(session, unit)
    return len(new)


def get_rule_set(session: Session, set_id: int, *, lock: bool = False) -> RuleSet:
    """Return a set, locked where asked; raise NotFoundError."""
    found = rule_store.find_rule_set(session, set_id, lock=lock)
    if found is None:
        raise NotFoundError(f"there is no set of rules {set_id}", zh=f"没有编号为 {set_id} 的规则集")
    return found


def _rules_of_draft(session: Session, set_id: int, edit: Edit) -> list[DispatchRule]:
    """Lock a draft and return its rules; raise ConflictError when it is none any more or somebody changed it meanwhile."""
    found = get_rule_set(session, set_id, lock=True)
    if not found.is_draft:
        raise ConflictError(f"{found.name} was put in force; open a draft from it", zh=f"“{found.name}”已生效，不能修改；请另建草稿")
    changes = rule_store.list_changes(session, set_id)
    if edit.seen is not None and edit.seen != len(changes):
        newest = changes[-1]
        raise ConflictError(f"the draft was changed meanwhile by {newest.actor}", zh=f"草稿已被 {newest.actor} 修改，请重新打开页面")
    return rule_store.list_rules(session, set_id)


def _note(session: Session, set_id: int, edit: Edit, action: str, details: Mapping[str, Any]) -> None:
    rule_store.add_change(session, set_id, RuleChange(edit.at, edit.by, action, _reason(edit), details))


def _reason(edit: Edit) -> str:
    if not edit.reason.strip():
        raise InvalidInputError("reason", "is empty", zh="须填写理由")
    return edit.reason.strip()
