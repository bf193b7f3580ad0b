"""Statements about sets of dispatch rules, their rules, and what was changed in them."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, insert, or_, select, text, update
from sqlalchemy.orm import Session

from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.calendar import parse_windows, windows_text
from gridmgmt.dispatch.model import DispatchRule, RuleSet, Target
from gridmgmt.dispatch.tables import DispatchRuleChangeRow, DispatchRuleRow, DispatchRuleSetRow
from gridmgmt.roads.model import RoadClass


@dataclasses.dataclass(frozen=True)
class RuleChange:
    """One change of a set of rules."""

    at: datetime.datetime
    actor: str
    action: str
    reason: str
    details: Mapping[str, Any]


def list_rule_sets(session: Session) -> list[RuleSet]:
    """Return all sets: drafts first, then by the instant they came in force, newest first."""
    row = DispatchRuleSetRow
    return [_rule_set(each) for each in session.scalars(select(row).order_by(row.in_force_from.desc().nulls_first(), row.id.desc()))]


def find_rule_set(session: Session, set_id: int, *, lock: bool = False) -> RuleSet | None:
    """Return a set, locked until the transaction ends where asked, or None."""
    statement = select(DispatchRuleSetRow).where(DispatchRuleSetRow.id == set_id).execution_options(populate_existing=True)
    row = session.scalar(statement.with_for_update() if lock else statement)
    return _rule_set(row) if row else None


def find_in_force(session: Session, at: datetime.datetime) -> RuleSet | None:
    """Return the set that holds at an instant, or None."""
    row = DispatchRuleSetRow
    holds = (row.in_force_from <= at, or_(row.in_force_to.is_(None), row.in_force_to > at))
    found = session.scalar(select(row).where(*holds).execution_options(populate_existing=True))
    return _rule_set(found) if found else None


def list_rules(session: Session, set_id: int) -> list[DispatchRule]:
    """Return the rules of a set in their order."""
    rows = session.scalars(select(DispatchRuleRow).where(DispatchRuleRow.set_id == set_id).order_by(DispatchRuleRow.position))
    return [_rule(row) for row in rows]


def add_rule_set(session: Session, name: str, *, made_by: str, made_at: datetime.datetime) -> RuleSet:
    """Open an empty draft."""
    row = DispatchRuleSetRow(name=name, made_by=made_by, made_at=made_at)
    session.add(row)
    session.flush()
    return _rule_set(row)


def replace_rules(session: Session, set_id: int, rules: Iterable[DispatchRule]) -> None:
    """Write the rules of a draft, numbered from 1 in the order given, over what it held."""
    session.execute(delete(DispatchRuleRow).where(DispatchRuleRow.set_id == set_id))
    values = [_values(rule) | {"set_id": set_id, "position": position} for position, rule in enumerate(rules, 1)]
    if values:
        session.execute(insert(DispatchRuleRow), values)


def put_in_force(session: Session, set_id: int, since: datetime.datetime, *, by: str, reason: str) -> None:
    """Let a draft hold from an instant until the next set that is already planned; what held then ends."""
    row = DispatchRuleSetRow
    session.execute(text("LOCK TABLE dispatch_rule_set IN SHARE ROW EXCLUSIVE MODE"))  # two at once would overlap
    later = session.scalar(select(row.in_force_from).where(row.in_force_from > since).order_by(row.in_force_from).limit(1))
    holding = (row.in_force_from <= since, or_(row.in_force_to.is_(None), row.in_force_to > since))
    session.execute(update(row).where(*holding).values(in_force_to=since))
    values = {"in_force_from": since, "in_force_to": later, "put_in_force_by": by, "reason": reason}
    session.execute(update(row).where(row.id == set_id).values(values))


def remove_draft(session: Session, set_id: int) -> None:
    """Delete a draft and its rules; the database refuses for a set that was in force."""
    session.execute(delete(DispatchRuleRow).where(DispatchRuleRow.set_id == set_id))
    session.execute(delete(DispatchRuleSetRow).where(DispatchRuleSetRow.id == set_id))


def add_change(session: Session, set_id: int, change: RuleChange) -> None:
    """Append what was changed."""
    values = dataclasses.asdict(change) | {"set_id": set_id, "details": dict(change.details)}
    session.execute(insert(DispatchRuleChangeRow).values(values))


def list_changes(session: Session, set_id: int) -> list[RuleChange]:
    """Return what was changed in a set, oldest first."""
    row = DispatchRuleChangeRow
    rows = session.scalars(select(row).where(row.set_id == set_id).order_by(row.id))
    return [RuleChange(each.at, each.actor, each.action, each.reason, each.details) for each in rows]


def _values(rule: DispatchRule) -> dict[str, Any]:
    return {
        "name": rule.name, "target": rule.target.value, "unit_code": rule.unit_code, "unit_pattern": rule.unit_pattern, "automatic": rule.automatic,
        "kind": rule.kind.value if rule.kind else None, "class_codes": list(rule.class_codes),
        "areas": [f"{level}:{code}" for level, code in rule.areas], "road_classes": [each.value for each in rule.road_classes],
        "sources": [each.value for each in rule.sources], "weekdays": list(rule.weekdays), "hours": windows_text(rule.hours),
        "working_time": rule.working_time, "note": rule.note,
    }  # fmt: skip


def _rule(row: DispatchRuleRow) -> DispatchRule:
    return DispatchRule(
        position=row.position, name=row.name, target=Target(row.target), unit_code=row.unit_code, automatic=row.automatic,
        kind=ManagedKind(row.kind) if row.kind else None, class_codes=tuple(row.class_codes),
        areas=tuple((level, code) for level, _, code in (area.partition(":") for area in row.areas)),
        road_classes=tuple(map(RoadClass, row.road_classes)), sources=tuple(map(ReportSource, row.sources)),
        weekdays=tuple(row.weekdays), hours=parse_windows(row.hours) if row.hours else (), working_time=row.working_time, note=row.note,
        unit_pattern=row.unit_pattern, id=row.id,
    )  # fmt: skip


def _rule_set(row: DispatchRuleSetRow) -> RuleSet:
    return RuleSet(row.id, row.name, row.made_by, row.made_at, row.in_force_from, row.in_force_to, row.put_in_force_by, row.reason)
