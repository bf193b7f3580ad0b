"""What an action changes beside the state: columns of the case, and what its step keeps in addition; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from gridmgmt.cases.guards import Situation
from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.workflow import CLASSIFYING


@dataclasses.dataclass(frozen=True)
class Effect:
    """Columns of the case that change, and keys added to the details of the step."""

    columns: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def effect_of(action: A, situation: Situation) -> Effect:
    """Return what an action changes; most change nothing but the state."""
    make = EFFECTS.get(action)
    return make(situation) if make else Effect()


def _classified(situation: Situation) -> Effect:
    """Set the class where one was named; what was there before stays in the step."""
    if "class_code" not in situation.details:
        return Effect()
    case, details = situation.case, situation.details
    return Effect({"kind": details["kind"], "class_code": details["class_code"]}, {"class_before": [case.kind, case.class_code]})


EFFECTS: Mapping[A, Callable[[Situation], Effect]] = {
    A.DISPATCH: lambda now: Effect({"unit_code": now.details["unit_code"]}),
    A.DISPATCH_AGAIN: lambda now: Effect({"unit_code": now.history.returned_by}, {"unit_code": now.history.returned_by}),
    A.RETURN_TO_DISPATCH: lambda now: Effect({"unit_code": None}, {"unit_code": now.case.unit_code}),
    **dict.fromkeys(CLASSIFYING, _classified),
    A.REQUEST_EXTENSION: lambda now: Effect(details={"granted": not now.history.extensions}),
}
