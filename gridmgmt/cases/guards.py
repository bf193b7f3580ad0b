"""What must hold for an action beyond the state of the case: one small question for each guard of the workflow table; pure."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping
from typing import Any

from gridmgmt.cases.extension import granted_until, open_request
from gridmgmt.cases.history import History
from gridmgmt.cases.model import Case, ReportSource
from gridmgmt.cases.workflow import Guard, Rule
from gridmgmt.errors import ConflictError


@dataclasses.dataclass(frozen=True)
class Situation:
    """Everything a guard may look at.

    ``unit_code`` is the unit the actor speaks for, None when unknown; ``due_at`` the deadline of handling, ``was_overdue`` whether the
    closed case was late, both None when the case has no limit.
    """

    case: Case
    source: ReportSource
    history: History
    actor: str
    now: datetime.datetime
    details: Mapping[str, Any]
    unit_code: str | None = None
    due_at: datetime.datetime | None = None
    was_overdue: bool | None = None


def check_guards(rule: Rule, situation: Situation) -> None:
    """Raise ConflictError for the first guard of the rule that does not hold."""
    for guard in rule.guards:
        if not HOLDS[guard](situation):
            case = situation.case.case_no
            raise ConflictError(f"case {case}: only when {guard.en}", zh=f"案卷 {case}：{guard.zh}")


def _before_expiry(situation: Situation) -> bool:
    ends = [end for end in (situation.due_at, granted_until(situation.history.extensions)) if end is not None]
    return not ends or situation.now < max(ends)


def _asked_by_another(situation: Situation) -> bool:
    extension = open_request(situation.history.extensions)
    return extension is not None and extension.asked_by != situation.actor


def _another_reviewer(situation: Situation) -> bool:
    appeal = situation.history.appeal
    return appeal is not None and situation.actor not in {appeal.asked_by, *appeal.supported_by, *situation.history.handled_by}


def _appeal_is_open(situation: Situation) -> bool:
    return situation.history.appeal is not None and situation.history.appeal.upheld is None


HOLDS: Mapping[Guard, Callable[[Situation], bool]] = {
    Guard.INSPECTOR_REPORT: lambda now: now.source is ReportSource.INSPECTOR,
    Guard.OTHER_HANDS: lambda now: now.actor not in now.history.handled_by,
    Guard.OWN_UNIT: lambda now: now.unit_code is None or now.unit_code == now.case.unit_code,
    Guard.HAS_UNIT: lambda now: now.case.unit_code is not None,
    Guard.HAS_NO_UNIT: lambda now: now.case.unit_code is None,
    Guard.OTHER_UNIT: lambda now: now.details.get("unit_code") != now.history.returned_by,
    Guard.RETURNED_BEFORE: lambda now: now.history.returned_by is not None,
    Guard.NO_OPEN_REQUEST: lambda now: open_request(now.history.extensions) is None,
    Guard.BEFORE_EXPIRY: _before_expiry,
    Guard.OPEN_REQUEST: lambda now: open_request(now.history.extensions) is not None,
    Guard.OTHER_THAN_ASKED: _asked_by_another,
    Guard.NOT_A_PART: lambda now: now.case.parent_id is None,
    Guard.NO_APPEAL_YET: lambda now: now.history.appeal is None,
    Guard.WAS_OVERDUE: lambda now: now.was_overdue is not False,
    Guard.OPEN_APPEAL: _appeal_is_open,
    Guard.OTHER_REVIEWER: _another_reviewer,
}
