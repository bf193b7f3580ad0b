"""Split a case into parts that go their own ways (拆分子案); the parent waits for all of them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.keep_clock import part_limit
from gridmgmt.cases.model import Case, CaseAction, CaseState
from gridmgmt.cases.step_store import NewStep
from gridmgmt.cases.workflow import DONE_STATES, FINAL_STATES

SYSTEM = "system"


def split_off(session: Session, parent: Case, step: NewStep) -> list[Case]:
    """Open a case for every part that the step of splitting names; each starts where the parent stood, waiting for dispatch."""
    before = len(step_store.list_parts(session, parent.id))
    opened = []
    for number, part in enumerate(step.details["parts"], before + 1):
        named = {"kind": part["kind"], "class_code": part["class_code"]} if "class_code" in part else {}
        changes = {**named, **part_limit(session, parent, part, at=step.at)}
        first = NewStep(
            CaseAction.SPLIT_OFF, CaseState.PENDING_DISPATCH, step.at, step.actor, part["note"], step.origin,
            details={"parent": parent.case_no}, changes=changes,
        )  # fmt: skip
        opened.append(step_store.add_part(session, parent, number, first))
    return opened


def next_of_parent(parts: Sequence[Case]) -> CaseAction | None:
    """Return what the parent does now: nothing while a part is open, closing when one was handled, back to dispatch when none was."""
    if any(part.state not in FINAL_STATES for part in parts):
        return None
    return CaseAction.PARTS_DONE if any(part.state in DONE_STATES for part in parts) else CaseAction.PARTS_DROPPED


def let_parent_go_on(session: Session, parent: Case, *, now: datetime.datetime) -> Case:
    """Move a locked parent on when the last of its parts is finished; return it as it stands then."""
    action = next_of_parent(step_store.list_parts(session, parent.id)) if parent.state is CaseState.SPLIT else None
    if action is None:
        return parent
    to = CaseState.PENDING_CLOSING if action is CaseAction.PARTS_DONE else CaseState.PENDING_DISPATCH
    return step_store.append_step(session, parent, NewStep(action, to, now, SYSTEM))
