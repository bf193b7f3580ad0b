"""Where the rules would send a case, shown before it is dispatched and kept with the step; another unit needs a reason."""

from __future__ import annotations

import dataclasses

from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.dispatch.automatic import details_of
from gridmgmt.dispatch.model import Suggestion
from gridmgmt.dispatch.suggest import suggest
from gridmgmt.errors import InvalidInputError
from gridmgmt.web.act_request import Act
from gridmgmt.web.door import now, session
from gridmgmt.web.guard import principal


def suggestion_for(case: Case) -> Suggestion | None:
    """Return where a case should go, for who may send it there; None when it does not wait for that."""
    if case.state is not CaseState.PENDING_DISPATCH or not principal().may("case.dispatch"):
        return None
    return suggest(session(), case, at=now())


def with_suggestion(case: Case, wanted: Act, *, follow: bool = False) -> Act:
    """Return an act of dispatching with what the rules say of it; ``follow``: an empty unit means the suggested one.

    Raises InvalidInputError for a unit other than that of the rule which matches, where no reason is given.
    """
    found = suggestion_for(case) if wanted.action is CaseAction.DISPATCH else None
    if found is None:
        return wanted
    unit = str(wanted.details.get("unit_code") or "").strip()
    if unit == found.unit.code or (follow and not unit):
        return dataclasses.replace(wanted, details={**wanted.details, **details_of(found)})
    if found.rule is not None and unit and not (wanted.reason or "").strip():
        raise InvalidInputError(
            "reason", f"the rules send this case to {found.unit.name}; another unit needs a reason",
            zh=f"按规则应派往{found.unit.name}；派往其他单位须填写理由",
        )  # fmt: skip
    return dataclasses.replace(wanted, details={**wanted.details, "suggested": found.unit.code}) if unit else wanted
