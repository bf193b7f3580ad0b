"""Who is told of a step of a case (办理通知): written with the step, in its transaction."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.cases.model import Case, CaseStep
from gridmgmt.cases.model import CaseAction as A
from gridmgmt.cases.step_store import NewStep
from gridmgmt.city.model import Level
from gridmgmt.messages.model import Audience, Topic
from gridmgmt.messages.outbox import announce

LONGEST_REASON = 120


@dataclasses.dataclass(frozen=True)
class Told:
    """What the table below looks at: the case before and after the step, and who reported it."""

    before: Case
    after: Case
    step: NewStep
    reporter: str


@dataclasses.dataclass(frozen=True)
class News:
    """What is told and to whom; the sentences go on after the case number."""

    topic: Topic
    to: Sequence[Audience]
    zh: str
    en: str


def announce_step(session: Session, before: Case, step: NewStep, after: Case, steps: Sequence[CaseStep]) -> None:
    """Tell those concerned of a step just appended; ``steps`` are the ones before it."""
    tell = NEWS.get(step.action)
    if tell is None:
        return
    news = tell(Told(before, after, step, steps[0].actor))
    reason = (step.reason or "")[:LONGEST_REASON]
    zh, en = f"案卷 {after.case_no} {news.zh}", f"Case {after.case_no} {news.en}"
    if reason:
        zh, en = f"{zh}：{reason}", f"{en}: {reason}"
    announce(session, news.topic, to=news.to, about=after.case_no, zh=zh, en=en, at=step.at, by=step.actor)


def announce_report(session: Session, case: Case, *, actor: str) -> None:
    """Tell the road chief who answers for a case just opened."""
    if case.person_id is not None:
        zh, en = f"责任区内新上报案卷 {case.case_no}", f"New case {case.case_no} where you answer"
        announce(
            session, Topic.REPORTED, to=[Audience(person_id=case.person_id)], about=case.case_no, zh=zh, en=en, at=case.opened_at, by=actor
        )


def areas_of(case: Case) -> tuple[tuple[Level, str], ...]:
    """Return the areas a case lies in; whoever sees one of them sees the case."""
    return tuple((level, code) for level in Level if (code := getattr(case, level.code_field)) is not None)


def _who(case: Case, permission: str) -> list[Audience]:
    return [Audience(permission=permission, areas=areas_of(case))]


def _unit(case: Case) -> list[Audience]:
    return [Audience(unit_code=case.unit_code)] if case.unit_code else []


def _to_those_who(permission: str, topic: Topic, zh: str, en: str) -> Callable[[Told], News]:
    return lambda told: News(topic, _who(told.after, permission), zh, en)


def _to_the_unit(topic: Topic, zh: str, en: str) -> Callable[[Told], News]:
    return lambda told: News(topic, _unit(told.after), zh, en)


def _supervised(told: Told) -> News:
    to = _unit(told.after) or _who(told.after, "case.dispatch")
    return News(Topic.SUPERVISED, to, "被督办", "is under a supervision order")


def _ended(zh: str, en: str) -> Callable[[Told], News]:
    """Tell the unit, and the person who reported; a citizen without an account follows the case by its number."""
    return lambda told: News(Topic.CLOSED, [*_unit(told.before), Audience(account=told.reporter)], zh, en)


NEWS: Mapping[A, Callable[[Told], News]] = {
    A.REQUEST_VERIFICATION: _to_those_who("case.verify", Topic.VERIFY, "待核实", "is to be verified"),
    A.DISPATCH: _to_the_unit(Topic.DISPATCHED, "已派遣给本单位", "was dispatched to your unit"),
    A.DISPATCH_AGAIN: _to_the_unit(Topic.DISPATCHED, "维持原派遣，仍由本单位处置", "was dispatched to your unit again"),
    A.RETURN_TO_INTAKE: _to_those_who("case.file", Topic.RETURNED, "被退回受理", "was returned to intake"),
    A.RETURN_TO_DISPATCH: _to_those_who("case.dispatch", Topic.RETURNED, "被退回派遣", "was returned to dispatch"),
    A.CONFIRM_HANDLED: _to_those_who("case.check", Topic.CHECK, "待核查", "is to be checked"),
    A.REWORK: _to_the_unit(Topic.REWORK, "核查未通过，返工", "is to be done again"),
    A.SUSPEND: _to_the_unit(Topic.SUSPENDED, "已挂账", "was suspended"),
    A.RESUME: _to_the_unit(Topic.RESUMED, "已恢复办理", "was resumed"),
    A.REQUEST_EXTENSION: _to_those_who("case.extend.approve", Topic.EXTENSION_ASKED, "申请延期", "asks for an extension"),
    A.APPROVE_EXTENSION: _to_the_unit(Topic.EXTENSION_DECIDED, "延期已批准", "was given an extension"),
    A.REJECT_EXTENSION: _to_the_unit(Topic.EXTENSION_DECIDED, "延期未批准", "was given no extension"),
    A.SUPERVISE: _supervised,
    A.REQUEST_APPEAL: _to_those_who("case.appeal.review", Topic.APPEAL_ASKED, "提出超时申诉", "has an appeal to be reviewed"),
    A.SUPPORT_APPEAL: _to_the_unit(Topic.APPEAL_DECIDED, "超时申诉审核同意", "had its appeal supported"),
    A.REJECT_APPEAL: _to_the_unit(Topic.APPEAL_DECIDED, "超时申诉审核驳回", "had its appeal rejected"),
    A.CLOSE: _ended("已结案", "was closed"),
    A.FORCE_CLOSE: _ended("已强制结案", "was closed by force"),
    A.REFUSE: _ended("不予立案", "was refused"),
    A.VOID: _ended("已作废", "was voided"),
    A.MERGE: _ended("已并入另一案卷", "was merged into another case"),
}
