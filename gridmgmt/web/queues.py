"""The queues of the desk: whose they are, which states they hold, and what a list begins with."""

from __future__ import annotations

import dataclasses

from flask_babel import lazy_gettext

from gridmgmt.cases.list_model import CaseOrder
from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.cases.workflow import OPEN_STATES, TABLE

A, S = CaseAction, CaseState


@dataclasses.dataclass(frozen=True)
class Queue:
    """A queue; ``states`` empty: every case. ``own_unit`` narrows it to the unit the asker speaks for."""

    name: str
    title: str
    permissions: tuple[str, ...]
    states: tuple[CaseState, ...]
    order: CaseOrder
    own_unit: bool = False

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/{self.name}"


INTAKE = Queue(
    "intake", lazy_gettext("受理"), ("case.file", "case.request_verification", "case.close"),
    (S.REPORTED, S.PENDING_VERIFICATION, S.UNFOUNDED, S.PENDING_FILING, S.RETURNED_TO_INTAKE, S.PENDING_CLOSING), CaseOrder.OLDEST,
)  # fmt: skip
# The newest first: the oldest are suspended and wait for no dispatcher.
DISPATCH = Queue(
    "dispatch", lazy_gettext("派遣"), ("case.dispatch",),
    (S.PENDING_DISPATCH, S.RETURNED_TO_DISPATCH, S.PENDING_HANDLING, S.HANDLING, S.SUSPENDED, S.SPLIT), CaseOrder.NEWEST,
)  # fmt: skip
UNIT = Queue(
    "unit", lazy_gettext("处置"), ("case.accept", "case.handle", "case.confirm_handled"),
    (S.PENDING_HANDLING, S.HANDLING, S.PENDING_CONFIRMATION, S.PENDING_CHECK, S.SUSPENDED), CaseOrder.DUE, own_unit=True,
)  # fmt: skip
SUPERVISE = Queue("supervise", lazy_gettext("督办"), ("case.supervise",), OPEN_STATES, CaseOrder.DUE)
CASES = Queue("cases", lazy_gettext("案卷"), ("case.read",), (), CaseOrder.NEWEST)
QUEUES = {queue.name: queue for queue in (INTAKE, DISPATCH, UNIT, SUPERVISE, CASES)}

# What may be done to many cases at once: actions whose fields mean the same for all of them.
FOR_MANY = (
    A.REQUEST_VERIFICATION, A.FILE, A.REFUSE, A.DISPATCH, A.ACCEPT, A.CONFIRM_HANDLED, A.CLOSE, A.SUSPEND, A.RESUME, A.SUPERVISE,
    A.APPROVE_EXTENSION, A.REJECT_EXTENSION, A.NOTE, A.VOID,
)  # fmt: skip


def actions_for_many(states: frozenset[CaseState], permissions: frozenset[str]) -> list[CaseAction]:
    """Return what somebody may do at once to cases in these states."""
    return [
        action
        for action in FOR_MANY
        if any((rule := TABLE.get((state, action))) is not None and rule.permission in permissions for state in states)
    ]
