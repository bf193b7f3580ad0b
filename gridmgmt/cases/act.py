"""Act on a case (办理): the one way in which a case moves."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases import photo_store, split, step_store, store
from gridmgmt.cases.announce import announce_step
from gridmgmt.cases.demands import Said, check_demands, tidy
from gridmgmt.cases.effects import effect_of
from gridmgmt.cases.guards import Situation, check_guards
from gridmgmt.cases.history import read_history
from gridmgmt.cases.keep_clock import was_overdue, with_clock
from gridmgmt.cases.merge import check_target
from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep, Origin
from gridmgmt.cases.override import with_place
from gridmgmt.cases.photos_given import check_demanded, photos_given
from gridmgmt.cases.step_store import NewStep
from gridmgmt.cases.workflow import CLASSIFYING, FINAL_STATES, Rule, find_rule
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city import store as city_store
from gridmgmt.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError

NOWHERE = Origin()
SHOWING = frozenset({"page", "api"})  # from where an action must show the photos it demands: a terminal has no camera


def act_on_case(
    session: Session, case_no: str, action: CaseAction, *, actor: str, now: datetime.datetime, reason: str | None = None,
    details: Mapping[str, Any] | None = None, expected_version: int | None = None, client_request_id: str | None = None,
    origin: Origin = NOWHERE, unit_code: str | None = None, permissions: Collection[str] | None = None,
) -> Case:  # fmt: skip
    """Do one thing to a case and return the case as it stands then; the same ``client_request_id`` acts once.

    ``unit_code`` is the unit the actor speaks for and ``permissions`` what the actor may do; None means that the door does not ask.
    Raises NotFoundError, InvalidInputError (field named), NotAllowedError, and ConflictError when the state of the case does not allow
    the action or somebody acted since ``expected_version``: it says who did what.
    """
    said = tidy(actor, reason, details)
    into_no = str(said.details.get("into", "")) if action is CaseAction.MERGE else ""
    locked = step_store.lock_cases(session, case_no, into_no)
    case = locked.get(case_no)
    if case is None:
        raise NotFoundError(f"there is no case {case_no}", zh=f"没有案卷 {case_no}")
    steps = store.list_steps(session, case.id)
    if client_request_id is not None and _acted_before(steps, action, said, client_request_id):
        return case
    rule = _rule(case, steps, action, expected_version, permissions)
    at = max(now, steps[-1].at)  # the clocks of two servers may differ; a history never runs backwards
    source = step_store.get_source(session, case.report_id)
    late = was_overdue(case, at)
    situation = Situation(case, source, read_history(steps), said.actor, at, said.details, unit_code, case.due_at, late)
    _check(session, action, rule, said, situation, origin=origin)
    step = with_place(session, case, with_clock(session, case, steps, _step(action, rule, said, situation)))
    if action is CaseAction.MERGE:
        target = check_target(case, locked.get(into_no), into_no)
        step = dataclasses.replace(step, changes={**step.changes, "merged_into_id": target.id})
    step = dataclasses.replace(step, origin=origin, client_request_id=client_request_id)
    moved = step_store.append_step(session, case, step)
    announce_step(session, case, step, moved, steps)
    if action is CaseAction.SPLIT:
        split.split_off(session, moved, step)
    if moved.parent_id is not None and moved.state in FINAL_STATES:
        parent = next(other for other in locked.values() if other.id == moved.parent_id)
        split.let_parent_go_on(session, parent, now=at)
    return moved


def _acted_before(steps: Sequence[CaseStep], action: CaseAction, said: Said, client_request_id: str) -> bool:
    """Say whether a step was made by this very request; raise ConflictError when the id belongs to another act."""
    for step in steps:
        if step.client_request_id == client_request_id:
            same = (step.action, step.actor, step.reason) == (action, said.actor, said.reason)
            if same and said.details.items() <= dict(step.details).items():
                return True
            raise ConflictError(
                f"this request was received before with other contents: {_told(step)}", zh=f"该请求已用于：{_told(step, 'zh')}"
            )
    return False


def _rule(
    case: Case, steps: Sequence[CaseStep], action: CaseAction, expected_version: int | None, permissions: Collection[str] | None
) -> Rule:
    newest = steps[-1]
    if expected_version is not None and expected_version != case.version:
        meanwhile = [step for step in steps if step.seq > expected_version] or [newest]
        told, told_zh = "; ".join(map(_told, meanwhile)), "；".join(_told(step, "zh") for step in meanwhile)
        raise ConflictError(f"case {case.case_no} was changed meanwhile: {told}", zh=f"案卷 {case.case_no} 已被他人办理：{told_zh}")
    rule = find_rule(case.state, action)
    if rule is None or rule.permission is None:
        raise ConflictError(
            f"case {case.case_no} is {case.state.en.lower()}: {action.en.lower()} is not possible; the last step was {_told(newest)}",
            zh=f"案卷 {case.case_no}{case.state.zh}，不能{action.zh}；最近一步：{_told(newest, 'zh')}",
        )
    if permissions is not None and rule.permission not in permissions:
        raise NotAllowedError(f"{action.en} needs the permission {rule.permission}", zh=f"没有{action.zh}的权限")
    return rule


def _check(session: Session, action: CaseAction, rule: Rule, said: Said, situation: Situation, *, origin: Origin) -> None:
    profile = city_store.get_profile(session)
    today = profile.day_of(situation.now)
    check_demands(action, rule, said, now=situation.now, today=today)
    if "unit_code" in rule.demands and step_store.find_unit(session, said.details["unit_code"]) is None:
        unit = said.details["unit_code"]
        raise InvalidInputError("unit_code", f"there is no unit {unit}", zh=f"没有处置单位 {unit}")
    named = [said.details] if action in CLASSIFYING else said.details["parts"] if "parts" in rule.demands else []
    for entry in named:
        if "class_code" in entry:
            _check_class(session, profile.catalogue_standard, ManagedKind(entry["kind"]), entry["class_code"])
    check_guards(rule, situation)
    photos = photos_given(said.details)
    if origin.channel in SHOWING:
        check_demanded(action, photos, photo_store.list_demanded(session, action))


def _check_class(session: Session, standard: str, kind: ManagedKind, code: str) -> None:
    known = catalogue_store.find_class(session, standard, kind, code)
    if known is None or known.code != code:
        raise InvalidInputError("class_code", f"{kind.value} {code} is not in {standard}", zh=f"{standard} 中没有{kind.zh}编码 {code}")


def _step(action: CaseAction, rule: Rule, said: Said, situation: Situation) -> NewStep:
    effect = effect_of(action, situation)
    to = CaseState(rule.to or situation.history.suspended_in or "")  # a case is only ever resumed to where it was
    return NewStep(
        action, to, situation.now, said.actor, said.reason, details={**said.details, **effect.details}, changes=effect.columns
    )  # fmt: skip


def _told(step: CaseStep, language: str = "en") -> str:
    when = f"{step.at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    to = step.to_state.label(language)
    return f"{when} {step.actor} {step.action.label(language)} → {to}"
