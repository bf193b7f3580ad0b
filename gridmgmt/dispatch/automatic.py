"""Dispatch a case the moment it is filed, where a rule says so (自动派遣), in the transaction of the filing."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases import store as case_store
from gridmgmt.cases.act import act_on_case
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.dispatch.model import Suggestion
from gridmgmt.dispatch.suggest import suggest

SYSTEM = "system"


def act_and_dispatch(
    session: Session, case_no: str, action: CaseAction, *, now: datetime.datetime, **said: Any,  # noqa: ANN401 - what act_on_case takes
) -> Case:  # fmt: skip
    """Do one thing to a case as ``act_on_case`` does, and dispatch it at once when it was just filed and a rule says so."""
    case = act_on_case(session, case_no, action, now=now, **said)
    if action is not CaseAction.FILE or case.state is not CaseState.PENDING_DISPATCH:
        return case
    newest = case_store.list_steps(session, case.id)[-1]
    if newest.action is not CaseAction.FILE:  # the request of an earlier filing, sent again
        return case
    return dispatch_by_rule(session, case, now=newest.at)


def dispatch_by_rule(session: Session, case: Case, *, now: datetime.datetime) -> Case:
    """Dispatch a filed case if the first rule that matches sends without a dispatcher; return it as it stands then."""
    suggestion = suggest(session, case, at=now)
    if not suggestion.automatic or suggestion.rule is None:
        return case
    reason = f"按规则自动派遣：{suggestion.rule.name}"
    return act_on_case(
        session, case.case_no, CaseAction.DISPATCH, actor=SYSTEM, now=now, reason=reason, details=details_of(suggestion)
    )  # fmt: skip


def details_of(suggestion: Suggestion) -> dict[str, Any]:
    """Return what a step of dispatching keeps of the suggestion it follows."""
    followed = {"how": suggestion.how.value}
    if suggestion.rule is not None and suggestion.rule_set is not None:
        followed |= {"rule_set": str(suggestion.rule_set.id), "position": str(suggestion.rule.position), "rule": suggestion.rule.name}
    return {"unit_code": suggestion.unit.code, "by_rule": followed}
