"""What somebody may do to a case now (可办理操作): state × permission × guards of the workflow table; pure.

A page offers what this returns; ``act_on_case`` asks the same rules again under a lock.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Sequence

from gridmgmt.cases.guards import HOLDS, Situation
from gridmgmt.cases.history import History, read_history
from gridmgmt.cases.keep_clock import was_overdue
from gridmgmt.cases.model import Case, CaseAction, CaseStep, ReportSource
from gridmgmt.cases.workflow import Guard, Rule, find_rule, list_actions

ASKED_WITH_DETAILS = frozenset({Guard.OTHER_UNIT})  # depends on what will be typed


@dataclasses.dataclass(frozen=True)
class Possible:
    """An action the state and the permissions allow; ``refused`` is the guard that does not hold, None when it may be done."""

    action: CaseAction
    rule: Rule
    refused: Guard | None


def list_possible(
    case: Case, source: ReportSource, steps: Sequence[CaseStep], *, actor: str, now: datetime.datetime,
    permissions: Collection[str], unit_code: str | None,
) -> list[Possible]:  # fmt: skip
    """Return what the actor may do to a case, in the order of the table; ``steps`` are all of the case, oldest first."""
    history = read_history(steps)
    situation = Situation(case, source, history, actor, now, {}, unit_code, case.due_at, was_overdue(case, now))
    return [
        Possible(action, rule, _refused(rule, situation))
        for action in list_actions(case.state)
        if (rule := find_rule(case.state, action)) is not None and rule.permission in permissions
    ]


def returned_by(steps: Sequence[CaseStep]) -> str | None:
    """Return the unit that just returned the case and may not be sent it again, or None."""
    history: History = read_history(steps)
    return history.returned_by


def _refused(rule: Rule, situation: Situation) -> Guard | None:
    asked = (guard for guard in rule.guards if guard not in ASKED_WITH_DETAILS)
    return next((guard for guard in asked if not HOLDS[guard](situation)), None)
