"""Which unit the rules name for cases before and after they are assigned anew."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.reassign_store import Reassigned
from gridmgmt.city import calendar_store
from gridmgmt.dispatch import fact_store, rule_store
from gridmgmt.dispatch.bulk import BulkMatcher


def units_by_rules(session: Session, changes: Sequence[Reassigned], *, at: datetime.datetime) -> list[tuple[str, str]]:
    """Return for each case the unit where the rules in force send it from its old place and from its new one."""
    rules_in_force = rule_store.find_in_force(session, at)
    rules = rule_store.list_rules(session, rules_in_force.id) if rules_in_force else []
    matcher = BulkMatcher(rules, step_store.list_units(session), calendar_store.load_calendar(session))
    sides = []
    for chosen in ([_row(change, change.before, at) for change in changes], [_row(change, change.after, at) for change in changes]):
        found = {case.case_id: matcher.unit_for(case) for case in fact_store.gather_given(session, chosen)}
        sides.append([found[change.case_id] for change in changes])
    return list(zip(*sides, strict=True))


def _row(change: Reassigned, place: Mapping[str, Any], at: datetime.datetime) -> dict[str, Any]:
    return {
        "case_id": change.case_id, "case_no": change.case_no, "kind": change.kind, "class_code": change.class_code,
        "source": change.source.value, "at": at.isoformat(), **place,
    }  # fmt: skip
