"""What the steps of a case tell beyond its state: where it was suspended, who handled it, extensions, appeal; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gridmgmt.cases.appeal import Appeal, appeal_after
from gridmgmt.cases.extension import Extensions, extensions_after, without_open_request
from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.model import CaseState, CaseStep


@dataclasses.dataclass(frozen=True)
class History:
    """What later steps depend on; ``returned_by`` is the unit that returned the case last, until it is dispatched again."""

    suspended_in: CaseState | None = None
    returned_by: str | None = None
    handled_by: frozenset[str] = frozenset()
    extensions: Extensions = ()
    appeal: Appeal | None = None


def read_history(steps: Iterable[CaseStep]) -> History:
    """Fold the steps of a case, oldest first."""
    history = History()
    for step in steps:
        if change := _CHANGES.get(step.action):
            history = dataclasses.replace(history, **change(history, step))
    return history


def _returned(history: History, step: CaseStep) -> dict[str, Any]:
    return {"returned_by": step.details["unit_code"], "extensions": without_open_request(history.extensions)}


def _handled(history: History, step: CaseStep) -> dict[str, Any]:
    return {"handled_by": history.handled_by | {step.actor}, "extensions": without_open_request(history.extensions)}


def _extended(history: History, step: CaseStep) -> dict[str, Any]:
    return {"extensions": extensions_after(history.extensions, step)}


def _appealed(history: History, step: CaseStep) -> dict[str, Any]:
    return {"appeal": appeal_after(history.appeal, step)}


# What each action changes; the others change nothing that later steps depend on.
_CHANGES: Mapping[A, Callable[[History, CaseStep], dict[str, Any]]] = {
    A.SUSPEND: lambda _, step: {"suspended_in": step.from_state},
    A.RESUME: lambda _, __: {"suspended_in": None},
    A.RETURN_TO_DISPATCH: _returned,
    A.DISPATCH: lambda _, __: {"returned_by": None, "extensions": ()},  # what another unit was granted is not this one's
    A.DISPATCH_AGAIN: lambda _, __: {"returned_by": None},
    A.HANDLE: _handled,
    A.HANDLE_ON_SPOT: _handled,
    A.REQUEST_EXTENSION: _extended,
    A.APPROVE_EXTENSION: _extended,
    A.REJECT_EXTENSION: _extended,
    A.REQUEST_APPEAL: _appealed,
    A.SUPPORT_APPEAL: _appealed,
    A.REJECT_APPEAL: _appealed,
}
