"""The workflow of a case (案卷流转): one pure table (state, action) → state, with what each line needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.model import CaseState as S
from gridmgmt.labels import LabelledEnum


class Guard(LabelledEnum):
    """What must hold beyond the state; ``gridmgmt/cases/guards.py`` asks it."""

    INSPECTOR_REPORT = "inspector_report", "限采集员上报", "reported by an inspector"
    OTHER_HANDS = "other_hands", "不得为处置人本人", "not by who handled it"
    OWN_UNIT = "own_unit", "限承办单位", "by the unit that has the case"
    HAS_UNIT = "has_unit", "已有承办单位", "a unit had the case"
    HAS_NO_UNIT = "has_no_unit", "无承办单位", "no unit had the case"
    OTHER_UNIT = "other_unit", "不得为刚退回的单位", "not to the unit that just returned it"
    RETURNED_BEFORE = "returned_before", "须曾被退回", "was returned by a unit"
    NO_OPEN_REQUEST = "no_open_request", "无待批延期", "no extension waits for approval"
    BEFORE_EXPIRY = "before_expiry", "须在到期前", "before the deadline"
    OPEN_REQUEST = "open_request", "有待批延期", "an extension waits for approval"
    OTHER_THAN_ASKED = "other_than_asked", "不得为申请人本人", "not by who asked"
    NOT_A_PART = "not_a_part", "子案不得再拆分", "is not itself a part"
    NO_APPEAL_YET = "no_appeal_yet", "每案限一次", "once per case"
    WAS_OVERDUE = "was_overdue", "限超时案卷", "was not on time"
    OPEN_APPEAL = "open_appeal", "有待审申诉", "an appeal waits for review"
    OTHER_REVIEWER = "other_reviewer", "两名不同审核人", "two different reviewers, neither who asked"


@dataclasses.dataclass(frozen=True)
class Rule:
    """One line of the table.

    ``to`` None: back to the state the case was suspended in. ``permission`` None: a step of the system itself, never of a person.
    ``demands`` are the keys that the details of the step must hold.
    """

    to: S | None
    permission: str | None
    reason: bool = False
    guards: tuple[Guard, ...] = ()
    demands: tuple[str, ...] = ()


BEFORE_FILING = (S.REPORTED, S.PENDING_VERIFICATION, S.UNFOUNDED, S.PENDING_FILING)
WITH_THE_UNIT = (S.PENDING_HANDLING, S.HANDLING)
FILED = (S.PENDING_DISPATCH, *WITH_THE_UNIT, S.PENDING_CONFIRMATION, S.PENDING_CHECK, S.PENDING_CLOSING)
FINAL_STATES = frozenset({S.CLOSED, S.FORCE_CLOSED, S.REFUSED, S.VOIDED, S.MERGED})
OPEN_STATES = tuple(state for state in S if state not in FINAL_STATES)
RETURNED = (S.RETURNED_TO_INTAKE, S.RETURNED_TO_DISPATCH)  # who got a case back may correct it, nothing else
DONE_STATES = frozenset({S.CLOSED, S.FORCE_CLOSED})  # something was done about it
CLASSIFYING = frozenset({A.VERIFY, A.FILE, A.CORRECT})  # may name the class anew: details ``kind`` and ``class_code``
# What the database checks: who must have a unit and who may not.
IN_A_UNITS_HANDS = (*WITH_THE_UNIT, S.PENDING_CONFIRMATION, S.PENDING_CHECK)
IN_NO_UNITS_HANDS = (
    *BEFORE_FILING, S.PENDING_DISPATCH, S.RETURNED_TO_INTAKE, S.RETURNED_TO_DISPATCH, S.SPLIT, S.REFUSED, S.VOIDED, S.MERGED,
)  # fmt: skip


def _each(states: Iterable[S | None], action: A, rule: Rule) -> dict[tuple[S | None, A], Rule]:
    return {(state, action): rule for state in states}


def _staying(states: Iterable[S], action: A, rule: Rule) -> dict[tuple[S | None, A], Rule]:
    """Return lines of an action that leaves the state as it is."""
    return {(state, action): dataclasses.replace(rule, to=state) for state in states}


_EXTENDED = Rule(None, "case.extend.approve", guards=(Guard.OPEN_REQUEST, Guard.OTHER_THAN_ASKED))
_REVIEW = Rule(None, "case.appeal.review", reason=True, guards=(Guard.OPEN_APPEAL, Guard.OTHER_REVIEWER))

TABLE: Mapping[tuple[S | None, A], Rule] = {
    # Opening: by a report, or as a part of a case that was split.
    (None, A.REPORT): Rule(S.REPORTED, "case.report"),
    (None, A.SPLIT_OFF): Rule(S.PENDING_DISPATCH, None),
    (S.REPORTED, A.ASSIGN): Rule(S.REPORTED, None),
    # Verification before filing, filing or refusal.
    **_each((S.REPORTED, S.PENDING_FILING), A.REQUEST_VERIFICATION, Rule(S.PENDING_VERIFICATION, "case.request_verification")),
    (S.UNFOUNDED, A.REQUEST_VERIFICATION): Rule(S.PENDING_VERIFICATION, "case.request_verification", reason=True),
    (S.PENDING_VERIFICATION, A.VERIFY): Rule(S.PENDING_FILING, "case.verify"),
    (S.PENDING_VERIFICATION, A.VERIFY_UNFOUNDED): Rule(S.UNFOUNDED, "case.verify", reason=True),
    (S.REPORTED, A.FILE): Rule(S.PENDING_DISPATCH, "case.file", guards=(Guard.INSPECTOR_REPORT,)),
    (S.PENDING_FILING, A.FILE): Rule(S.PENDING_DISPATCH, "case.file"),
    **_each((S.REPORTED, S.UNFOUNDED, S.PENDING_FILING), A.REFUSE, Rule(S.REFUSED, "case.refuse", reason=True)),
    **_each((S.REPORTED, S.PENDING_VERIFICATION, S.PENDING_FILING), A.HANDLE_ON_SPOT,
            Rule(S.PENDING_CLOSING, "case.handle_on_spot", reason=True)),
    # Dispatch and return: who gets a case back may correct it, not move it on.
    (S.PENDING_DISPATCH, A.DISPATCH): Rule(S.PENDING_HANDLING, "case.dispatch", guards=(Guard.OTHER_UNIT,), demands=("unit_code",)),
    (S.PENDING_DISPATCH, A.DISPATCH_AGAIN): Rule(S.PENDING_HANDLING, "case.dispatch", reason=True, guards=(Guard.RETURNED_BEFORE,)),
    (S.PENDING_DISPATCH, A.RETURN_TO_INTAKE): Rule(S.RETURNED_TO_INTAKE, "case.return", reason=True),
    **_each(WITH_THE_UNIT, A.RETURN_TO_DISPATCH, Rule(S.RETURNED_TO_DISPATCH, "case.return", reason=True, guards=(Guard.OWN_UNIT,))),
    (S.PENDING_CLOSING, A.RETURN_TO_INTAKE): Rule(S.RETURNED_TO_INTAKE, "case.close", reason=True, guards=(Guard.HAS_NO_UNIT,)),
    (S.RETURNED_TO_INTAKE, A.CORRECT): Rule(S.PENDING_FILING, "case.file", reason=True),
    (S.RETURNED_TO_DISPATCH, A.CORRECT): Rule(S.PENDING_DISPATCH, "case.dispatch", reason=True),
    # Handling: done when the department says so, not when the worker does.
    (S.PENDING_HANDLING, A.ACCEPT): Rule(S.HANDLING, "case.accept", guards=(Guard.OWN_UNIT,)),
    (S.HANDLING, A.HANDLE): Rule(S.PENDING_CONFIRMATION, "case.handle", reason=True, guards=(Guard.OWN_UNIT,)),
    (S.PENDING_CONFIRMATION, A.CONFIRM_HANDLED): Rule(S.PENDING_CHECK, "case.confirm_handled", guards=(Guard.OWN_UNIT,)),
    (S.PENDING_CONFIRMATION, A.REJECT_HANDLED): Rule(S.HANDLING, "case.confirm_handled", reason=True, guards=(Guard.OWN_UNIT,)),
    # Extension: the first at once, from the second on by approval of another.
    **_staying(WITH_THE_UNIT, A.REQUEST_EXTENSION,
               Rule(None, "case.extend.request", reason=True, demands=("until",),
                    guards=(Guard.OWN_UNIT, Guard.NO_OPEN_REQUEST, Guard.BEFORE_EXPIRY))),
    **_staying(WITH_THE_UNIT, A.APPROVE_EXTENSION, _EXTENDED),
    **_staying(WITH_THE_UNIT, A.REJECT_EXTENSION, dataclasses.replace(_EXTENDED, reason=True)),
    # Check, rework (unit and evidence stay), closing.
    (S.PENDING_CHECK, A.CHECK_PASSED): Rule(S.PENDING_CLOSING, "case.check", guards=(Guard.OTHER_HANDS,)),
    (S.PENDING_CHECK, A.REWORK): Rule(S.HANDLING, "case.check", reason=True),
    (S.PENDING_CLOSING, A.REWORK): Rule(S.HANDLING, "case.close", reason=True, guards=(Guard.HAS_UNIT,)),
    (S.PENDING_CLOSING, A.CLOSE): Rule(S.CLOSED, "case.close", guards=(Guard.OTHER_HANDS,)),
    **_each((*FILED, S.SUSPENDED), A.FORCE_CLOSE, Rule(S.FORCE_CLOSED, "case.force_close", reason=True)),
    **_each((*BEFORE_FILING, S.PENDING_DISPATCH), A.VOID, Rule(S.VOIDED, "case.void", reason=True)),
    # Suspended on account, and back to where it was.
    **_each((S.PENDING_DISPATCH, *WITH_THE_UNIT), A.SUSPEND, Rule(S.SUSPENDED, "case.suspend", reason=True, demands=("pool", "review_on"))),
    (S.SUSPENDED, A.RESUME): Rule(None, "case.resume", reason=True),
    **_staying(OPEN_STATES, A.SUPERVISE, Rule(None, "case.supervise", reason=True)),
    # Who answers for the place: set by hand, or worked out again when boundaries or appointments changed.
    **_staying([state for state in OPEN_STATES if state not in RETURNED], A.OVERRIDE_RESPONSIBILITY,
               Rule(None, "case.reassign", reason=True)),
    **_staying(OPEN_STATES, A.REASSIGN, Rule(None, None)),
    # Who meets the same problem again says so here instead of opening a second case.
    **_staying(OPEN_STATES, A.NOTE, Rule(None, "case.note", reason=True)),
    # Parts and duplicates.
    (S.PENDING_DISPATCH, A.SPLIT): Rule(S.SPLIT, "case.split", reason=True, guards=(Guard.NOT_A_PART,), demands=("parts",)),
    (S.SPLIT, A.PARTS_DONE): Rule(S.PENDING_CLOSING, None),
    (S.SPLIT, A.PARTS_DROPPED): Rule(S.PENDING_DISPATCH, None),
    **_each((*BEFORE_FILING, S.PENDING_DISPATCH), A.MERGE, Rule(S.MERGED, "case.merge", demands=("into",))),
    # Appeal against a timeout: never changes what the clock says.
    **_staying((S.CLOSED, S.FORCE_CLOSED), A.REQUEST_APPEAL,
               Rule(None, "case.appeal.request", reason=True, guards=(Guard.NO_APPEAL_YET, Guard.WAS_OVERDUE))),
    **_staying((S.CLOSED, S.FORCE_CLOSED), A.SUPPORT_APPEAL, _REVIEW),
    **_staying((S.CLOSED, S.FORCE_CLOSED), A.REJECT_APPEAL, _REVIEW),
}  # fmt: skip

PERMISSIONS = frozenset(rule.permission for rule in TABLE.values() if rule.permission)


def find_rule(state: S | None, action: A) -> Rule | None:
    """Return the line for an action in a state (None: the case is not open yet), or None when there is none."""
    return TABLE.get((state, action))


def list_actions(state: S) -> list[A]:
    """Return what people may do in a state, in the order of the enum; guards may still refuse it."""
    return [action for action in A if (rule := TABLE.get((state, action))) and rule.permission]
